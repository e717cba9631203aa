"""The cage: a decoder that dies or hangs costs one image, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest

from crawler.errors import DecoderCrashed, NotAnImage, StorageError, Undecodable
from crawler.imaging import Limits, WorkerPool, profiles
from crawler.imaging.workers import pool
from crawler.models import Rendition, Writer
from tests.imaging.pictures import photo, save
from tests.imaging.writers import (
    Decoders,
    FullDisk,
    Gate,
    Hanging,
    MemoryWriter,
    Mortal,
    Pid,
    Suicide,
)

PICTURE = save(photo((400, 300)), "PNG")
ROOT = Path(__file__).parents[2]


@contextlib.asynccontextmanager
async def opened(workers: int = 1, **limits: float) -> AsyncIterator[WorkerPool]:
    workers_pool = WorkerPool(workers=workers, limits=Limits(**limits))  # type: ignore[arg-type]
    try:
        yield workers_pool
    finally:
        await workers_pool.close()


async def attempt(chosen: WorkerPool, writer: Writer, payload: bytes = PICTURE) -> Rendition:
    return await chosen.render(
        payload, subject="x", profiles=profiles((160,), "jpeg"), writer=writer
    )


async def pid(chosen: WorkerPool) -> int:
    return int((await attempt(chosen, Pid())).original.path)


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def children() -> set[int]:
    return {process.pid for process in psutil.Process().children(recursive=True)}


def test_same_as_in_process() -> None:
    """A worker returns the rendition that `render` returns here."""

    async def main() -> None:
        async with opened() as chosen:
            rendition = await attempt(chosen, MemoryWriter())

            assert [each.profile for each in rendition.derivatives] == [
                "converted",
                "thumbnail-160",
            ]
            assert rendition.original.width == 400

    asyncio.run(main())


def test_errors_come_home() -> None:
    """Errors about the image and of the writer arrive as what they are; the process lives on."""

    async def main() -> None:
        async with opened() as chosen:
            first = await pid(chosen)
            with pytest.raises(NotAnImage) as caught:
                await attempt(chosen, MemoryWriter(), b"<html>")
            with pytest.raises(StorageError, match="full"):
                await attempt(chosen, FullDisk())

            fault = caught.value.fault
            assert (fault.subject, fault.detail) == ("x", "looks like an HTML page")
            assert await pid(chosen) == first

    asyncio.run(main())


def test_lazy() -> None:
    """No process starts before there is something to decode, and no more than are needed."""

    async def main() -> None:
        async with opened(workers=4) as chosen:
            before = children()
            assert not before & {await pid(chosen)}
            assert await pid(chosen) == await pid(chosen)

    asyncio.run(main())


def test_death() -> None:
    """A process that dies costs the image that it had in hand; the others go on."""

    async def main() -> None:
        async with opened(workers=2) as chosen:
            outcomes = await asyncio.gather(
                attempt(chosen, Suicide()),
                *(attempt(chosen, MemoryWriter()) for _ in range(6)),
                return_exceptions=True,
            )

            assert isinstance(outcomes[0], DecoderCrashed)
            assert all(isinstance(outcome, Rendition) for outcome in outcomes[1:])

    asyncio.run(main())


def test_second_chance(tmp_path: Path) -> None:
    """What dies once is tried again in a fresh process, which the next image finds, too."""

    async def main() -> None:
        async with opened() as chosen:
            first = await pid(chosen)
            mark = tmp_path / "mark"
            second = int((await attempt(chosen, Mortal(mark=mark))).original.path)

            assert int(mark.read_text()) == first != second
            assert await pid(chosen) == second

    asyncio.run(main())


def test_killed_from_outside(pipe: Path) -> None:
    """A process that is killed twice costs its image, and the next image has a new process."""

    async def main() -> None:
        async with opened() as chosen:
            task = asyncio.create_task(attempt(chosen, Hanging(pipe=pipe)))
            victims = []
            for _ in range(2):
                victims.append(int(await asyncio.to_thread(pipe.read_text)))
                os.kill(victims[-1], signal.SIGKILL)

            with pytest.raises(DecoderCrashed, match="died"):
                await task
            assert len({*victims, await pid(chosen)}) == 3

    asyncio.run(main())


def test_hang() -> None:
    """A process that takes too long is killed, and its image is over."""

    async def main() -> None:
        async with opened(seconds=0.3) as chosen:
            with pytest.raises(DecoderCrashed, match=r"stopped after 0\.3 s"):
                await attempt(chosen, Hanging())

        async with opened() as chosen:
            assert (await attempt(chosen, MemoryWriter())).derivatives

    asyncio.run(main())


def test_death_between_images() -> None:
    """A process that dies while it has nothing in hand costs no image."""

    async def main() -> None:
        async with opened() as chosen:
            victim = psutil.Process(await pid(chosen))
            victim.kill()
            await asyncio.to_thread(victim.wait)

            assert await pid(chosen) != victim.pid

    asyncio.run(main())


@contextlib.contextmanager
def no_more_files() -> Iterator[None]:
    """Let this process open nothing more."""
    os.close(lowest := os.dup(0))
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_no_process_to_be_had() -> None:
    """Where no process can be started, each image that waits hears of it; later ones have one."""

    async def main() -> None:
        async with opened(workers=2) as chosen:
            attempts = [asyncio.create_task(attempt(chosen, MemoryWriter())) for _ in range(9)]
            with no_more_files():
                outcomes = await asyncio.gather(*attempts, return_exceptions=True)

            assert {str(outcome) for outcome in outcomes} == {
                (
                    "no process that decodes images can be started: Too many open files;"
                    " allow more open files (ulimit -n)"
                )
            }
            assert (await attempt(chosen, MemoryWriter())).derivatives

    asyncio.run(main())


def test_cancelled(pipe: Path, tmp_path: Path) -> None:
    """Who stops waiting is free at once; the process finishes first, then serves others."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)

    async def main() -> None:
        async with opened() as chosen:
            task = asyncio.create_task(attempt(chosen, Gate(pipe=pipe, gate=gate)))
            process = int(await asyncio.to_thread(pipe.read_text))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

            following = asyncio.create_task(pid(chosen))
            await asyncio.to_thread(gate.write_text, "done")
            assert await following == process

    asyncio.run(main())


def test_close_does_not_wait_for_a_hang(pipe: Path) -> None:
    """Closing kills what is busy; nothing of the pool is left."""

    async def main() -> None:
        async with opened(workers=2) as chosen:
            task = asyncio.create_task(attempt(chosen, Hanging(pipe=pipe)))
            busy = psutil.Process(int(await asyncio.to_thread(pipe.read_text)))
            idle = psutil.Process(await pid(chosen))
            await chosen.close()

            with pytest.raises(asyncio.CancelledError):
                await task
            _, alive = await asyncio.to_thread(psutil.wait_procs, [busy, idle], timeout=10)
            assert not alive
            with pytest.raises(RuntimeError, match="closed"):
                await attempt(chosen, MemoryWriter())

    asyncio.run(main())


def test_recycling(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process makes place for a fresh one after a number of images."""
    monkeypatch.setattr(pool, "_RECYCLE", 2)

    async def main() -> None:
        async with opened() as chosen:
            pids = [await pid(chosen) for _ in range(5)]

            assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4]

    asyncio.run(main())


def test_decoders() -> None:
    """In a worker Pillow has no decoder but those that are named and tested."""

    async def main() -> None:
        async with opened() as chosen:
            await attempt(chosen, MemoryWriter())
            registered, modules = (await attempt(chosen, Decoders())).original.path.split(";")

            assert registered == ""
            assert modules == "Avif Bmp Gif Ico Jpeg Png Ppm Tiff WebP"

    asyncio.run(main())


def test_memory() -> None:
    """An image that asks for more memory than a process may have is undecodable."""
    payload = save(photo((40, 30)).resize((7000, 7000), 0), "PNG", compress_level=1)

    async def main() -> None:
        async with opened(memory=250 << 20) as chosen:
            first = await pid(chosen)
            with pytest.raises(Undecodable, match="memory"):
                await attempt(chosen, MemoryWriter(), payload)
            assert await pid(chosen) == first

    asyncio.run(main())


def test_silence(capfd: pytest.CaptureFixture[str]) -> None:
    """What a C library has to say about a broken image is not for the terminal."""
    payload = bytearray(save(photo((40, 30)), "TIFF", compression="tiff_lzw"))
    payload[8:200] = b"\xff" * 192

    async def main() -> None:
        async with opened() as chosen:
            with pytest.raises(Undecodable):
                await attempt(chosen, MemoryWriter(), bytes(payload))

    asyncio.run(main())
    assert capfd.readouterr() == ("", "")


def test_signals(pipe: Path, tmp_path: Path) -> None:
    """Ctrl-C and a service manager's signal to all leave a worker at its work."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)

    async def main() -> None:
        async with opened() as chosen:
            task = asyncio.create_task(attempt(chosen, Gate(pipe=pipe, gate=gate)))
            process = int(await asyncio.to_thread(pipe.read_text))
            os.kill(process, signal.SIGINT)
            os.kill(process, signal.SIGTERM)
            await asyncio.to_thread(gate.write_text, "done")

            assert (await task).original.path == "done"

    asyncio.run(main())


def run(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.imaging.orphans", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_worker_imports_nothing_of_the_caller() -> None:
    """A worker knows neither Scrapy nor the command line, and the end of a program is silent."""
    with run() as program:
        output, errors = program.communicate()

    assert (output, errors, program.returncode) == ("imported: \n", "", 0)


def test_orphans(pipe: Path) -> None:
    """When the program is killed with SIGKILL, its workers die too, hanging ones included."""
    with run(str(pipe)) as program:
        pipe.read_text()
        parent = psutil.Process(program.pid)
        family = parent.children(recursive=True)
        program.kill()
        program.communicate()

    _, alive = psutil.wait_procs(family, timeout=20)
    assert family
    assert not alive

"""What handing an image to a worker process costs, and what one dead process takes with it.

    python -m pip install pebble loky
    python benchmarks/pools.py [--images N]

Renders JPEGs in two worker processes of our own pool and of others, 16 at once. Prints the
processor time that the process of the crawl spends on an image, and how many of 40 tasks are lost
where the sixth kills its process.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from io import BytesIO
from typing import Any

from PIL import Image

from crawler.imaging import Limits, WorkerPool, profiles
from crawler.imaging.render import render
from crawler.models import Rendition
from tests.imaging.writers import MemoryWriter

_WORKERS, _AT_ONCE = 2, 16
_SIZES = ((256, 172), (1280, 860))
_TASKS, _DEADLY = 40, 5
_PROFILES = profiles((320,), "jpeg")

Submit = Callable[..., "Future[Any]"]


def work(payload: bytes) -> Rendition:
    """Render an image as our own worker does."""
    return render(payload, subject="x", profiles=_PROFILES, limits=Limits(), writer=MemoryWriter())


def task(number: int) -> int:
    """Do nothing for a moment; the sixth dies."""
    if number == _DEADLY:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return number


@contextmanager
def _executor() -> Iterator[Submit]:
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(_WORKERS, mp_context=context) as pool:
        yield pool.submit


@contextmanager
def _pebble() -> Iterator[Submit]:
    context = multiprocessing.get_context("forkserver")
    with import_module("pebble").ProcessPool(_WORKERS, context=context) as pool:
        yield lambda function, *arguments: pool.schedule(function, args=arguments, timeout=60)


@contextmanager
def _loky() -> Iterator[Submit]:
    with import_module("loky").ProcessPoolExecutor(_WORKERS) as pool:
        yield pool.submit


_POOLS = {"ProcessPoolExecutor": _executor, "pebble": _pebble, "loky": _loky}


async def cost(run: Callable[[], Awaitable[object]], count: int) -> float:
    """Return the milliseconds of processor time that this process spends on one of *count*."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def one() -> None:
        async with places:
            await run()

    await asyncio.gather(*(one() for _ in range(_AT_ONCE)))  # the processes start
    before = time.process_time()
    await asyncio.gather(*(one() for _ in range(count)))
    return 1000 * (time.process_time() - before) / count


async def cost_of_ours(payload: bytes, count: int) -> float:
    """Return the same for our own pool."""
    pool = WorkerPool(workers=_WORKERS, limits=Limits())
    writer = MemoryWriter()
    run = partial(pool.render, payload, subject="x", profiles=_PROFILES, writer=writer)
    try:
        return await cost(run, count)
    finally:
        await pool.close()


def cost_of_theirs(pool: Callable[[], Any], payload: bytes, count: int) -> float:
    """Return the same for a pool of futures."""
    with pool() as submit:

        async def measured() -> float:
            return await cost(lambda: asyncio.wrap_future(submit(work, payload)), count)

        return asyncio.run(measured())


def lost(pool: Callable[[], Any]) -> int:
    """Return how many tasks have no result where one kills its process."""
    count = 0
    with pool() as submit:
        futures = [submit(task, number) for number in range(_TASKS)]
        for future in futures:
            try:
                future.result(60)
            except Exception:  # noqa: BLE001 - each library has an error of its own
                count += 1
    return count


def _jpeg(size: tuple[int, int]) -> bytes:
    file = BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(file, "JPEG", quality=80)
    return file.getvalue()


def main() -> None:
    """Print what each costs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", type=int, default=400)
    options = parser.parse_args()
    for size in _SIZES:
        payload = _jpeg(size)
        ours = asyncio.run(cost_of_ours(payload, options.images))
        print(f"{len(payload):,} bytes: ours {ours:.2f} ms", flush=True)
        for name, pool in _POOLS.items():
            theirs = cost_of_theirs(pool, payload, options.images)
            print(f"{len(payload):,} bytes: {name} {theirs:.2f} ms", flush=True)
    for name, pool in _POOLS.items():
        print(f"{name}: {lost(pool)} of {_TASKS} lost", flush=True)


if __name__ == "__main__":
    main()

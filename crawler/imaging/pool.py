"""The worker processes, one a core, each in a cage of its own.

In a shared executor the death of one process breaks every future; here it costs the one image
that the process had in hand.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from crawler.errors import DecoderCrashed
from crawler.imaging import worker
from crawler.imaging.launch import context, launch
from crawler.imaging.limits import Limits
from crawler.imaging.worker import Job
from crawler.model import Derivative, Profile, Rendition, Writer

_KILL = 9
_RECYCLE = 1000
"""Images after which a process makes place for a fresh one: decoders leak."""
_FAREWELL = 5.0
"""Seconds that an idle process has to leave by itself."""


class WorkerPool:
    """Renders images in worker processes, none of which starts before it is needed."""

    def __init__(self, *, workers: int | None = None, limits: Limits) -> None:
        self._limits = limits
        self._workers = [_Worker(limits) for _ in range(workers or _cores())]
        # Last in, first out: a run with little to decode starts few processes.
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        for each in reversed(self._workers):
            self._idle.put_nowait(each)
        self._busy: set[asyncio.Task[Rendition]] = set()
        self._warming: set[asyncio.Task[None]] = set()
        self._warmed = False
        self._closed = False

    @property
    def size(self) -> int:
        """How many processes there are at most."""
        return len(self._workers)

    async def render(
        self,
        payload: bytes,
        *,
        subject: str,
        profiles: Sequence[Profile],
        writer: Writer,
        present: Sequence[Derivative] = (),
    ) -> Rendition:
        """Do what `imaging.render` does, in a worker process.

        Raises DecoderCrashed where the process dies or hangs, and a fresh one as well.

        When the caller is cancelled, the process still finishes what it has in hand.
        """
        if self._closed:
            raise RuntimeError("the pool is closed")
        chosen = await self._idle.get()
        job = Job(
            payload=payload,
            subject=subject,
            profiles=profiles,
            limits=self._limits,
            writer=writer,
            present=present,
        )
        task = asyncio.create_task(self._run(chosen, job))
        self._busy.add(task)
        task.add_done_callback(self._settle)
        return await asyncio.shield(task)

    def warm(self) -> None:
        """Start the processes ahead of the first image; they are ready when its bytes are."""
        if not self._warmed and not self._closed:
            self._warmed = True
            for _ in self._workers:
                task = asyncio.create_task(self._warm_one())
                self._warming.add(task)
                task.add_done_callback(self._warming.discard)

    async def _warm_one(self) -> None:
        chosen = await self._idle.get()
        try:
            await chosen.start()
        finally:
            self._idle.put_nowait(chosen)

    async def close(self) -> None:
        """End all processes: the idle ones leave, the busy ones are killed."""
        self._closed = True
        for task in (*self._busy, *self._warming):
            task.cancel()
        await asyncio.gather(*self._busy, *self._warming, return_exceptions=True)
        await asyncio.gather(*(each.stop() for each in self._workers))

    async def _run(self, chosen: _Worker, job: Job) -> Rendition:
        try:
            return await chosen.run(job)
        finally:
            self._idle.put_nowait(chosen)

    def _settle(self, task: asyncio.Task[Rendition]) -> None:
        self._busy.discard(task)
        if not task.cancelled():
            task.exception()  # asked for, lest asyncio complain where the caller was cancelled


class _Worker:
    """One process at a time, and the executor that speaks with it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._executor: ProcessPoolExecutor | None = None
        self._pid = 0
        self._jobs = 0

    async def run(self, job: Job) -> Rendition:
        """Do *job*; where its process dies or hangs, once more in a fresh one.

        What the process did before, or the memory that others took, may have been the reason.
        """
        try:
            return await self._attempt(job)
        except DecoderCrashed:
            return await self._attempt(job)

    async def _attempt(self, job: Job) -> Rendition:
        subject = job.subject
        try:
            future = await self._submit(job)
            async with asyncio.timeout(self._limits.seconds):
                return await asyncio.wrap_future(future)
        except BrokenProcessPool as error:
            self._dismiss()
            raise DecoderCrashed(subject, "the decoder died") from error
        except TimeoutError as error:
            self._kill()
            seconds = f"{self._limits.seconds:g} s"
            raise DecoderCrashed(subject, f"the decoder was stopped after {seconds}") from error
        except asyncio.CancelledError:
            self._kill()
            raise

    async def _submit(self, job: Job) -> Future[Rendition]:
        if self._jobs >= _RECYCLE:
            self._dismiss()
        self._jobs += 1
        try:
            return (self._executor or await self._start()).submit(worker.work, job)
        except BrokenProcessPool:  # died since its last image, which was none of this one's doing
            return (await self._start()).submit(worker.work, job)

    async def start(self) -> None:
        """Start the process if there is none."""
        if self._executor is None:
            await self._start()

    async def stop(self) -> None:
        """Let the process leave, or make it."""
        executor, self._executor = self._executor, None
        if executor is None:
            return
        leaving = asyncio.create_task(asyncio.to_thread(executor.shutdown))
        done, _ = await asyncio.wait([leaving], timeout=_FAREWELL)
        if not done:
            _kill(self._pid)
            await leaving

    async def _start(self) -> ProcessPoolExecutor:
        executor = ProcessPoolExecutor(
            max_workers=1,
            mp_context=context(),
            initializer=worker.prepare,
            initargs=(self._limits,),
        )
        self._pid = await asyncio.wrap_future(await asyncio.to_thread(launch, executor))
        self._executor, self._jobs = executor, 1
        return executor

    def _kill(self) -> None:
        _kill(self._pid)
        self._dismiss()

    def _dismiss(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=False)
        self._executor = None


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, _KILL)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

"""The worker processes, one a core, each in a cage of its own.

In a shared executor the death of one process breaks every future; here it costs the one image
that the process had in hand.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crawler.errors import DecoderCrashed, NoDecoderError
from crawler.imaging.limits import Limits
from crawler.imaging.workers.hindrances import reason_in_words
from crawler.imaging.workers.process import WorkerProcess
from crawler.imaging.workers.worker import Job, Outcome
from crawler.models import Derivative, Profile, Rendition, Writer

_RECYCLE = 1000
"""Images after which a process makes place for a fresh one: decoders leak."""
_IN_HAND = 2
"""Images that a process has at once: the next is there when it is done with one."""


class WorkerPool:
    """Renders images in worker processes, which start when they are needed, or `warm` says so."""

    def __init__(self, *, workers: int | None = None, limits: Limits) -> None:
        self._waiting: deque[_Turn] = deque()
        self._workers = [
            _Worker(limits, self._waiting, self._feed) for _ in range(workers or _cores())
        ]
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

        Raises DecoderCrashed where the process dies or hangs, and a fresh one as well, and
        NoDecoderError where none can be started.

        When the caller is cancelled, the process still finishes what it has in hand.
        """
        if self._closed:
            raise RuntimeError("the pool is closed")
        job = Job(
            subject=subject,
            profiles=profiles,
            writer=writer,
            present=present,
        )
        turn = _Turn(job=job, payload=payload, future=asyncio.get_running_loop().create_future())
        if self._has_none():
            # What kept the processes from being started may have passed.
            for worker in self._workers:
                worker.hindrance = None
        self._waiting.append(turn)
        self._feed()
        return (await turn.future).result()

    async def warm(self) -> None:
        """Start the processes ahead of the first image; they make ready beside what follows.

        Raises NoDecoderError where none can be started.
        """
        await asyncio.gather(*(each.launched() for each in self._workers))
        self.check()

    async def ready(self) -> None:
        """Return when it is known that some process can work. Raises NoDecoderError if none can."""
        for each in self._workers:
            if any(worker.is_ready for worker in self._workers):
                return
            await each.started()
        self.check()

    def check(self) -> None:
        """Raise NoDecoderError where none of the processes could be started when it was tried."""
        if self._has_none():
            raise NoDecoderError(self._workers[0].hindrance or "")

    def _has_none(self) -> bool:
        return all(each.hindrance is not None for each in self._workers)

    async def close(self) -> None:
        """End all processes: the idle ones leave, the busy ones are killed."""
        self._closed = True
        for turn in self._waiting:
            turn.future.cancel()
        self._waiting.clear()
        await asyncio.gather(*(each.stop() for each in self._workers))

    def _feed(self) -> None:
        """Give what waits to the processes that have least in hand; the first is taken first."""
        try:
            self.check()
        except NoDecoderError as error:
            while self._waiting:
                self._waiting.popleft().settle(Outcome(error=error))
        while self._waiting:
            chosen = max(self._workers, key=lambda each: each.room)
            if not chosen.room:
                return
            turn = self._waiting.popleft()
            if not turn.future.cancelled():
                chosen.take(turn)


@dataclass(slots=True, eq=False, kw_only=True)
class _Turn:
    """An image on its way through the pool."""

    job: Job
    payload: bytes
    future: asyncio.Future[Outcome]
    tried: bool = False
    """Whether a process has died of it already."""

    def settle(self, outcome: Outcome) -> None:
        """Tell the caller, who may have gone."""
        if not self.future.done():
            self.future.set_result(outcome)

    def crashed(self, detail: str) -> None:
        """Tell the caller that the image has none."""
        self.settle(Outcome(fault=DecoderCrashed(self.job.subject, detail).fault))


class _Worker:
    """One process at a time, and the images that it has in hand: first that which it works on."""

    def __init__(self, limits: Limits, waiting: deque[_Turn], on_room: Callable[[], None]) -> None:
        self._limits = limits
        self._waiting = waiting
        self._on_room = on_room
        self._hand: deque[_Turn] = deque()
        self._process: WorkerProcess | None = None
        self._starting: asyncio.Task[None] | None = None
        self._launched = asyncio.Event()
        self._alarm: asyncio.TimerHandle | None = None
        self._served = 0
        self._cause = ""
        self._stopped = False
        self.hindrance: str | None = None
        """Why its process could not be started; then the others have its images."""

    @property
    def is_ready(self) -> bool:
        """Whether it has a process that can work."""
        return self._process is not None

    @property
    def room(self) -> int:
        """How many images it takes: none beside one that a process has died of."""
        if self._stopped or self.hindrance or any(turn.tried for turn in self._hand):
            return 0
        return min(_IN_HAND, _RECYCLE - self._served) - len(self._hand)

    def take(self, turn: _Turn) -> None:
        """Have *turn* done, after what is in hand."""
        self._hand.append(turn)
        if self._process is None:
            self.begin()
        else:
            self._send(turn)

    def begin(self) -> None:
        """Start the process, if there is none."""
        if self._process is None and self._starting is None and not self._stopped:
            self._starting = asyncio.create_task(self._start())

    async def launched(self) -> None:
        """Start the process, if there is none, and return when it is there, or cannot be."""
        self.begin()
        if self._starting is not None:
            there = asyncio.create_task(self._launched.wait())
            await asyncio.wait({self._starting, there}, return_when=asyncio.FIRST_COMPLETED)
            there.cancel()

    async def started(self) -> None:
        """Start the process, if there is none, and return when it can work, or never will."""
        if self.hindrance is None:
            self.begin()
        if self._starting is not None:
            await self._starting

    async def stop(self) -> None:
        """Let the process leave, or make it."""
        self._stopped = True
        if self._starting is not None:
            await self._starting
        self._watch(None)
        process = self._process
        if process is not None:
            if self._hand:
                process.kill()
            await process.stop()
        for turn in self._hand:
            turn.future.cancel()
        self._hand.clear()

    async def _start(self) -> None:
        self._launched.clear()
        try:
            process = await WorkerProcess.start(self._limits, self._arrived, self._ended)
            self._launched.set()
            await process.ready()
            self._process = process
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may wait for ever
            self._hinder(reason_in_words(error))
        finally:
            self._starting = None
        self._served = 0
        for turn in self._hand:
            self._send(turn)
        self._on_room()

    def _hinder(self, reason: str) -> None:
        """Leave what is in hand to the others: there is no process here."""
        self.hindrance = reason
        self._waiting.extendleft(reversed(self._hand))
        self._hand.clear()

    def _send(self, turn: _Turn) -> None:
        assert self._process is not None  # noqa: S101 - for the type checker
        self._process.send(turn.job, turn.payload)
        if turn is self._hand[0]:
            self._watch(turn)

    def _arrived(self, outcome: Outcome) -> None:
        if self._stopped:
            return
        self._served += 1
        self._hand.popleft().settle(outcome)
        self._watch(self._hand[0] if self._hand else None)
        if self._served >= _RECYCLE and not self._hand and self._process is not None:
            self._process.dismiss()
        self._on_room()

    def _watch(self, turn: _Turn | None) -> None:
        """Kill the process unless it is done with *turn* in time."""
        if self._alarm is not None:
            self._alarm.cancel()
        loop = asyncio.get_running_loop()
        self._alarm = loop.call_later(self._limits.seconds, self._too_long) if turn else None

    def _too_long(self) -> None:
        self._cause = f"the decoder was stopped after {self._limits.seconds:g} s"
        if self._process is not None:
            self._process.kill()

    def _ended(self, process: WorkerProcess) -> None:
        """Try again what the process died of, alone; what waited behind it is others' to do."""
        if process is not self._process or self._stopped:
            return
        self._process, self._served = None, 0
        self._watch(None)
        cause, self._cause = self._cause or "the decoder died", ""
        hand, self._hand = list(self._hand), deque()
        for first in hand[:1]:
            if first.tried:
                first.crashed(cause)
            else:
                # What the process did before, or the memory that others took, may be the reason.
                first.tried = True
                self._hand.append(first)
                self.begin()
        self._waiting.extendleft(reversed(hand[1:]))
        self._on_room()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

"""One worker process, as the event loop of the crawl knows it: no threads stand between the two.

An executor has two threads for each process, and the event loop would wait for the interpreter's
lock at each of its system calls: a third of the time of a run over small images.
"""

from __future__ import annotations

import asyncio
import atexit
import socket
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Self

from crawler.imaging.limits import Limits
from crawler.imaging.workers import worker
from crawler.imaging.workers.channel import Frames, frame, length_of
from crawler.imaging.workers.launch import launch
from crawler.imaging.workers.worker import Job, Outcome, Ready

_BUFFER = 1 << 20
"""Bytes that the system is asked to take off our hands at once."""
_COPIED = 65_536
"""Bytes that are copied sooner than a second system call is made for them."""
_PATIENCE = 60.0
"""Seconds that a process has to become ready."""
_FAREWELL = 5.0
"""Seconds that an idle process has to leave by itself."""


class WorkerProcess(asyncio.Protocol):
    """Does the jobs that it is sent, one after the other; *on_end* is called when it has died."""

    def __init__(
        self, on_outcome: Callable[[Outcome], None], on_end: Callable[[WorkerProcess], None]
    ) -> None:
        self._on_outcome = on_outcome
        self._on_end = on_end
        self._frames = Frames()
        self._process: BaseProcess | None = None
        self._told: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()

    @classmethod
    async def start(
        cls,
        limits: Limits,
        on_outcome: Callable[[Outcome], None],
        on_end: Callable[[WorkerProcess], None],
    ) -> Self:
        """Return a process that has been started; raises as `launch` does."""
        ours, theirs = socket.socketpair()
        # What does not fit costs another round of the event loop; the system has its own limit.
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        try:
            with theirs:
                process = await asyncio.to_thread(launch, worker.serve, theirs, limits)
        except BaseException:
            ours.close()
            raise
        loop = asyncio.get_running_loop()
        _, self = await loop.create_connection(lambda: cls(on_outcome, on_end), sock=ours)
        self._process = process
        # multiprocessing would wait at exit for a process that waits for the next job.
        atexit.register(self.kill)
        return self

    async def ready(self) -> None:
        """Return when the process can work.

        Raises ChildProcessError where it says why it cannot, ends as it begins, or says nothing.
        """
        try:
            told = await asyncio.wait_for(self._told, _PATIENCE)
        except TimeoutError:
            self.kill()
            told = Ready(f"it was not ready after {_PATIENCE:g} s")
        if told.hindrance is not None:
            raise ChildProcessError(told.hindrance)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember how to send."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Pass on what the process sends."""
        for told in self._frames.feed(data):
            if isinstance(told, Ready):
                self._tell(told)
            else:
                assert isinstance(told, Outcome)  # noqa: S101 - for the type checker
                self._on_outcome(told)

    def connection_lost(self, _error: Exception | None) -> None:
        """Note that the process is gone, or has been told to go."""
        atexit.unregister(self.kill)
        self._tell(Ready("it ended as it began"))
        self._on_end(self)

    def _tell(self, told: Ready) -> None:
        if not self._told.done():
            self._told.set_result(told)

    def send(self, job: Job, payload: bytes) -> None:
        """Give the process *job* over *payload*; it begins when it is done with those before."""
        head = frame(job) + length_of(payload)
        if len(payload) <= _COPIED:
            self._transport.write(head + payload)
        else:
            self._transport.write(head)
            # What does not go at once is cut off, which copies bytes but not a view of them.
            self._transport.write(memoryview(payload))

    def kill(self) -> None:
        """End the process at once, unless it is known to be gone: others may have its number."""
        if self._process is not None:
            self._process.kill()

    def dismiss(self) -> None:
        """Let the process leave when it is done."""
        self._transport.close()

    async def stop(self) -> None:
        """Let the process leave, or make it, and return when it is gone."""
        self.dismiss()
        process, self._process = self._process, None
        if process is None:
            return  # asked for before
        await asyncio.to_thread(process.join, _FAREWELL)
        process.kill()
        await asyncio.to_thread(process.join)
        process.close()  # its pipes would stay open until somebody looks for garbage

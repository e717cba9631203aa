"""What is remembered of a host during a run: its places, and how long it asked to be left alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from crawler.common import urls
from crawler.common.stop_signal import StopFlag
from crawler.errors import (
    ConnectionFailed,
    Fault,
    HostNotFound,
    RateLimited,
    ServerError,
    TimedOut,
    TlsFailed,
)

_PATIENCE = 6
"""Images in a row that fail in a way that may pass, until the host is left alone."""
_CLIMBS = 3
"""Images in a row that are refused whatever the Referer, until the host is asked once for each."""

_OF_THE_HOST = (ConnectionFailed, HostNotFound, RateLimited, ServerError, TimedOut, TlsFailed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A host of which nothing is asked at the moment, as whoever watches the run sees it."""

    host: str
    reason: str
    """What was seen there, ``HTTP 429``, or what comes first."""
    seconds: float | None = None
    """How long still, if that is known."""
    closed: bool = False
    """Whether it is left alone for the rest of the run."""


class Host:
    """At most *per_host* requests at once; each begins with `enter` and ends with `leave`.

    They begin *delay* seconds after each other. Who waits for a turn when the run stops is left for
    later.
    """

    def __init__(self, per_host: int, stop: StopFlag, *, delay: float = 0.0) -> None:
        self._delay = delay
        self._next = 0.0
        """When the next request may begin."""
        self._places = asyncio.Semaphore(per_host)
        self._stop = stop
        self._paused_until = 0.0
        self._reason: Fault | None = None
        self._seen = ""
        """What was seen when it paused or was closed."""
        self._closed = False
        self._failed = 0
        self._refused = 0
        self.liked: str | None = None
        """The rung of the Referer ladder that worked last where another had been refused."""

    @property
    def climbs(self) -> bool:
        """Whether an image that is refused is asked for with other Referers.

        A host that has refused three images in a row whatever the Referer means it: it is not
        bothered further, until it lets one in.
        """
        return self._refused < _CLIMBS

    def refused(self) -> None:
        """Note that an image was refused on every rung of the ladder."""
        self._refused += 1

    def let_in(self, learned: str | None) -> None:
        """Note that an image came, and the rung that was *learned* from it, if one was."""
        self._refused = 0
        self.liked = learned or self.liked

    def pause(self, seconds: float, reason: Fault) -> None:
        """Let no request begin for *seconds*: the host asked for it, for all of its images."""
        self._paused_until = max(self._paused_until, _clock() + seconds)
        self._reason = reason
        self._seen = reason.detail

    def close(self, reason: Fault, seen: str | None = None) -> None:
        """Ask nothing more of the host in this run; *seen* says why in fewer words."""
        self._reason = reason
        self._seen = seen or reason.detail
        self._closed = True

    def waiting(self, name: str) -> Waiting | None:
        """Return why nothing is asked of it now; any thread may ask."""
        left = self._paused_until - _clock()
        if not self._closed and left <= 0:
            return None
        seconds = None if self._closed else left
        return Waiting(host=name, reason=self._seen, seconds=seconds, closed=self._closed)

    def succeeded(self) -> None:
        """Note that the host answered."""
        self._failed = 0

    def failed(self, fault: Fault) -> None:
        """Note that an image did not come, and draw the conclusion.

        An answer that is merely no whole image says that the host is well.
        """
        if not issubclass(fault.kind, _OF_THE_HOST):
            self.succeeded()
            return
        self._failed += 1
        if self._failed >= _PATIENCE and not self._closed:
            detail = (
                f"{fault.detail}; {self._failed} images in a row failed, the host is left alone"
            )
            self.close(replace(fault, detail=detail, permanent=False), seen=fault.detail)

    @asynccontextmanager
    async def place(self, url: str) -> AsyncIterator[None]:
        """Hold one of the places for *url*; raises as `enter` does."""
        await self.enter(url)
        try:
            yield
        finally:
            self.leave()

    async def enter(self, url: str) -> None:
        """Have one of the places for *url*, until `leave` is called.

        Raises the ArchiveError that closed the host, or, once the run stops, that made it pause;
        and RunStopped when the run stops before there is a place.
        """
        if self._places.locked():
            await self._wait(self._places.acquire())
        else:
            await self._places.acquire()
        try:
            await self.ready(url)
        except BaseException:
            self.leave()
            raise

    def leave(self) -> None:
        """Let another request have the place."""
        self._places.release()

    async def ready(self, url: str) -> None:
        """Return when the host wants to be asked; raises as `enter` does."""
        await self._unpaused(url)
        if self._delay:
            begins = max(_clock(), self._next)
            self._next = begins + self._delay
            await self._wait(asyncio.sleep(begins - _clock()))
            await self._unpaused(url)

    async def _unpaused(self, url: str) -> None:
        # Another image of the host may prolong the pause in the meantime.
        while (pause := self._paused_until - _clock()) > 0 or self._closed:
            if self._reason is not None and (self._closed or self._stop.is_set()):
                raise replace(self._reason.about(url), asked=False).error()
            await self._stop.sleep(pause)

    async def _wait(self, turn: Coroutine[Any, Any, object]) -> None:
        """Return when *turn* is over; raises RunStopped when the run stops before."""
        waiting = asyncio.ensure_future(turn)
        try:
            await self._stop.outlast(waiting)
            if not waiting.done():
                self._stop.check()
            await waiting
        finally:
            waiting.cancel()


class Hosts:
    """The hosts of a run, by name: the ports of one machine share its places."""

    def __init__(self, per_host: int, stop: StopFlag, *, delay: float = 0.0) -> None:
        self._per_host = per_host
        self._stop = stop
        self._delay = delay
        self._hosts: dict[str, Host] = {}

    def of(self, url: str) -> Host:
        """Return the host of *url*."""
        name = urls.host(url)
        if name not in self._hosts:
            self._hosts[name] = Host(self._per_host, self._stop, delay=self._delay)
        return self._hosts[name]

    def waiting(self) -> tuple[Waiting, ...]:
        """Return the hosts that are asked for nothing now; any thread may ask."""
        found = (host.waiting(name) for name, host in list(self._hosts.items()))
        return tuple(waiting for waiting in found if waiting)


class Slot:
    """One image's place at the host that it is asking, kept while it goes on asking there.

    It is never at two hosts at once: else two images could wait for each other's place.
    """

    def __init__(self, hosts: Hosts) -> None:
        self.stays = False
        """Whether it is kept until it is released, because the host is being learned about."""
        self._hosts = hosts
        self._host: Host | None = None

    async def take(self, url: str) -> None:
        """Have a place for *url*; raises as `Host.enter` does."""
        host = self._hosts.of(url)
        if host is self._host:
            await host.ready(url)
            return
        self.leave()
        await host.enter(url)
        self._host = host

    def release(self) -> None:
        """Leave the place, and learn about no host any more."""
        self.stays = False
        self.leave()

    def leave(self) -> None:
        """Let others have the place."""
        host, self._host = self._host, None
        if host is not None:
            host.leave()


def _clock() -> float:
    # That of the event loop, for threads that have none.
    return time.monotonic()

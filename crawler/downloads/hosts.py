"""What is remembered of a host during a run: its places, and how long it asked to be left alone."""

from __future__ import annotations

import asyncio
from types import TracebackType

from crawler.errors import ArchiveError
from crawler.grounds import urls
from crawler.grounds.stopping import StopFlag


class Host:
    """At most *per_host* requests at once; ``async with host:`` is one of them.

    Entering raises the ArchiveError that closed the host, or, once *stop* is set, the one that made
    it pause.
    """

    def __init__(self, per_host: int, stop: StopFlag) -> None:
        self._places = asyncio.Semaphore(per_host)
        self._stop = stop
        self._paused_until = 0.0
        self._reason: ArchiveError | None = None
        self._closed = False

    def pause(self, seconds: float, reason: ArchiveError) -> None:
        """Let no request begin for *seconds*: the host asked for it, for all of its images."""
        self._paused_until = max(self._paused_until, _clock() + seconds)
        self._reason = reason

    def close(self, reason: ArchiveError) -> None:
        """Ask nothing more of the host in this run."""
        self._reason = reason
        self._closed = True

    async def __aenter__(self) -> None:
        await self._places.acquire()
        try:
            await self._wait()
        except BaseException:
            self._places.release()
            raise

    async def _wait(self) -> None:
        # Another image of the host may prolong the pause in the meantime.
        while (left := self._paused_until - _clock()) > 0 or self._closed:
            if self._reason is not None and (self._closed or self._stop.is_set()):
                raise self._reason
            await self._stop.sleep(left)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._places.release()


class Hosts:
    """The hosts of a run, by name: the ports of one machine share its places."""

    def __init__(self, per_host: int, stop: StopFlag) -> None:
        self._per_host = per_host
        self._stop = stop
        self._hosts: dict[str, Host] = {}

    def of(self, url: str) -> Host:
        """Return the host of *url*."""
        return self._hosts.setdefault(urls.host(url), Host(self._per_host, self._stop))


def _clock() -> float:
    return asyncio.get_running_loop().time()

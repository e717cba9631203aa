"""What is remembered of a host during a run: its places, and how long it asked to be left alone."""

from __future__ import annotations

import asyncio
from types import TracebackType

from crawler.errors import ArchiveError
from crawler.grounds import urls


class Host:
    """At most *per_host* requests at once; ``async with host:`` is one of them."""

    def __init__(self, per_host: int) -> None:
        self._places = asyncio.Semaphore(per_host)
        self._paused_until = 0.0
        self._closed_by: ArchiveError | None = None

    def pause(self, seconds: float) -> None:
        """Let no request begin for *seconds*: the host asked for it, for all of its images."""
        self._paused_until = max(self._paused_until, _clock() + seconds)

    def close(self, error: ArchiveError) -> None:
        """Ask nothing more of the host in this run, because of *error*."""
        self._closed_by = error

    def check(self, url: str) -> None:
        """Raise for *url* what closed the host, if anything did."""
        if self._closed_by is not None:
            raise self._closed_by.about(url)

    async def __aenter__(self) -> None:
        await self._places.acquire()
        try:
            while (left := self._paused_until - _clock()) > 0:
                await asyncio.sleep(left)
        except BaseException:
            self._places.release()
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._places.release()


class Hosts:
    """The hosts of a run, by name: the ports of one machine share its places."""

    def __init__(self, per_host: int) -> None:
        self._per_host = per_host
        self._hosts: dict[str, Host] = {}

    def of(self, url: str) -> Host:
        """Return the host of *url*."""
        return self._hosts.setdefault(urls.host(url), Host(self._per_host))


def _clock() -> float:
    return asyncio.get_running_loop().time()

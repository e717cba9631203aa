"""robots.txt by RFC 9309, asked once a host before any image.

Our own rather than Scrapy's middleware: that one lets concurrent first requests through unasked,
and takes a server error for permission.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from protego import Protego

from crawler.downloads.transport import Answer
from crawler.errors import (
    AddressNotAllowed,
    ArchiveError,
    ConnectionFailed,
    DisallowedByRobots,
    HostNotFound,
    TimedOut,
    TlsFailed,
)
from crawler.grounds import urls

_MOST_BYTES = 500 * 1024
"""RFC 9309, 2.5: a parser reads at least 500 kibibytes."""

_UNREACHABLE = (AddressNotAllowed, ConnectionFailed, HostNotFound, TimedOut, TlsFailed)
"""What keeps robots.txt away keeps the images away, and is the true cause."""

FetchRobots = Callable[[str], Awaitable[Answer]]
"""Fetches a robots.txt, redirects followed, whatever the status; raises ArchiveError."""


class Robots:
    """The verdicts of the hosts' robots.txt for *user_agent*, kept for the run."""

    def __init__(self, fetch: FetchRobots, user_agent: str) -> None:
        self._fetch = fetch
        self._user_agent = user_agent
        self._verdicts: dict[str, asyncio.Task[Protego | ArchiveError]] = {}

    async def check(self, url: str) -> None:
        """Raise DisallowedByRobots if *url* may not be fetched.

        Where robots.txt cannot be reached, raise the cause of that: the image cannot be either.
        """
        origin = urls.origin(url)
        if origin not in self._verdicts:
            # One task that all first requests to the host await.
            self._verdicts[origin] = asyncio.ensure_future(self._ask(origin))
        verdict = await asyncio.shield(self._verdicts[origin])
        if isinstance(verdict, ArchiveError):
            raise verdict.about(url)
        if not verdict.can_fetch(url, self._user_agent):
            raise DisallowedByRobots(url, f"{origin}/robots.txt disallows it")

    async def _ask(self, origin: str) -> Protego | ArchiveError:
        url = f"{origin}/robots.txt"
        try:
            answer = await self._fetch(url)
        except _UNREACHABLE as error:
            return error
        except ArchiveError as error:
            # 2.3.1.4 again: what cannot be read says nothing of the images themselves.
            detail = f"{url} cannot be read ({error.detail}), which disallows everything for now"
            return DisallowedByRobots(url, detail, permanent=False)
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            # 2.3.1.4: unreachable by a server's error means complete disallow, not for ever.
            detail = f"{url} answers HTTP {answer.status}, which disallows everything for now"
            return DisallowedByRobots(url, detail, permanent=False)
        # 2.3.1.3: unavailable means that everything may be fetched.
        found = answer.body if answer.status == HTTPStatus.OK else b""
        return Protego.parse(found[:_MOST_BYTES].decode(errors="replace"))

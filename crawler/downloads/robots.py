"""robots.txt by RFC 9309, asked once a host before any image.

Our own rather than Scrapy's middleware: that one lets concurrent first requests through unasked,
and takes a server error for permission.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Protocol

from protego import Protego

from crawler.common import urls
from crawler.common.dates import now
from crawler.downloads.answers import Answer
from crawler.downloads.client import Client, redirected
from crawler.downloads.content_encoding import FOR_DOCUMENTS
from crawler.downloads.host_limits import Waiting
from crawler.downloads.retry_policy import Budget, Retries
from crawler.errors import (
    AddressNotAllowed,
    ArchiveError,
    ConnectionFailed,
    DisallowedByRobots,
    Fault,
    HostNotFound,
    RateLimited,
    TimedOut,
    TlsFailed,
)

_MOST_BYTES = 500 * 1024
"""RFC 9309, 2.5: a parser reads at least 500 kibibytes."""

_FRESH = timedelta(days=1)
"""RFC 9309, 2.4: a cached robots.txt should not be used for longer than a day."""

_PRODUCT = "image-archiver"
"""The product token (RFC 9309, 2.2.1): rules for it hold whatever User-Agent a person chose."""

_UNREACHABLE = (
    AddressNotAllowed,
    ConnectionFailed,
    HostNotFound,
    RateLimited,
    TimedOut,
    TlsFailed,
)
"""What keeps robots.txt away keeps the images away, and is the true cause."""

_REDIRECTS = 5
"""RFC 9309, 2.3.1.2."""
_RECEIVED = 10_000_000
"""Bytes; RFC 9309, 2.5, asks for 500 kibibytes at least."""
_HEADERS = {"Accept": "text/plain,*/*;q=0.8", "Accept-Encoding": FOR_DOCUMENTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsRecord:
    """What an origin answered when it was asked for its robots.txt."""

    origin: str
    date: str
    """RFC 3339."""
    status: int
    body: bytes
    """As far as a parser reads it; empty for an answer that is none."""


class RobotsMemory(Protocol):
    """Remembers robots.txt from run to run."""

    def get(self, origin: str) -> RobotsRecord | None:
        """Return the last record of *origin*, however old, or None."""

    def put(self, record: RobotsRecord) -> None:
        """Remember *record* in the place of the origin's last."""


class Robots:
    """The verdicts of the hosts' robots.txt, kept for the run.

    With a *memory*, an answer is used for a day. Only what is a rule is remembered (2xx, 4xx): a
    server in trouble is asked again by the next run.
    """

    def __init__(self, client: Client, memory: RobotsMemory | None = None) -> None:
        self._client = client
        self._memory = memory
        self._verdicts: dict[str, asyncio.Task[Protego | Fault]] = {}

    async def check(self, url: str) -> None:
        """Raise DisallowedByRobots if *url* may not be fetched.

        Where robots.txt cannot be reached, raise the cause of that: the image cannot be either.
        """
        origin = urls.origin(url)
        if origin not in self._verdicts:
            # One task that all first requests to the host await.
            self._verdicts[origin] = asyncio.ensure_future(self._ask(origin))
        verdict = await asyncio.shield(self._verdicts[origin])
        if isinstance(verdict, Fault):
            raise verdict.about(url).error()
        if not verdict.can_fetch(url, _PRODUCT):
            raise DisallowedByRobots(url, f"{origin}/robots.txt disallows it")

    def waiting(self) -> tuple[Waiting, ...]:
        """Return the hosts whose robots.txt is on its way; any thread may ask."""
        return tuple(
            Waiting(host=urls.host(origin), reason="robots.txt comes first")
            for origin, verdict in list(self._verdicts.items())
            if not verdict.done()
        )

    async def _ask(self, origin: str) -> Protego | Fault:
        known = self._memory.get(origin) if self._memory else None
        if known is not None:
            age = datetime.now(UTC) - datetime.fromisoformat(known.date)
            # A date in the future is a clock that was wrong.
            if timedelta(0) <= age < _FRESH:
                return _rules(known)
        url = f"{origin}/robots.txt"
        answer = await self._fetch(url)
        if isinstance(answer, Fault):
            if issubclass(answer.kind, _UNREACHABLE):
                return answer
            # 2.3.1.4 again: what cannot be read says nothing of the images themselves.
            return _disallowed(url, f"cannot be read ({answer.detail})")
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            # 2.3.1.4: unreachable by a server's error means complete disallow, not for ever.
            return _disallowed(url, f"answers HTTP {answer.status}")
        # 2.3.1.3: unavailable means that everything may be fetched.
        body = answer.body[:_MOST_BYTES] if answer.status == HTTPStatus.OK else b""
        record = RobotsRecord(origin=origin, date=now(), status=answer.status, body=body)
        if self._memory is not None and not 300 <= answer.status < 400:  # noqa: PLR2004 - redirects
            self._memory.put(record)
        return _rules(record)

    async def _fetch(self, url: str) -> Answer | Fault:
        """Return the answer, whatever its status, as often as the policy tries."""
        budget = Budget(self._client.policy.total)
        retries, stop = Retries(self._client.policy, budget), self._client.stop
        while True:
            try:
                return await self._answer(url)
            except ArchiveError as error:
                fault = retries.judge(error.fault)
            if retries.wait is None or stop.is_set():
                return fault
            await stop.sleep(retries.wait)
            if stop.is_set():
                return fault

    async def _answer(self, url: str) -> Answer:
        """Return the answer at the end of the redirects. 429 is none: it raises RateLimited."""
        seconds = self._client.policy.timeout
        for _ in range(_REDIRECTS + 1):
            self._client.check_address(url)
            async with self._client.hosts.of(url).place(url):
                headers = self._client.with_manners(_HEADERS)
                answer = await self._client.get(url, headers, max_bytes=_RECEIVED, seconds=seconds)
            following = redirected(answer)
            if following is None:
                break
            url = following
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            # No word about what is allowed: the host asks for less, of everything.
            self._client.accept(answer)
        return answer


def _disallowed(url: str, reason: str) -> Fault:
    detail = f"{url} {reason}, which disallows everything for now"
    return DisallowedByRobots(url, detail, permanent=False).fault


def _rules(record: RobotsRecord) -> Protego:
    return Protego.parse(record.body.decode(errors="replace"))

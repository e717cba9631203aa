"""One image from its URL: robots.txt, redirects, retries, and the window that bounds memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Generic, TypeVar

from crawler.downloads import acceptance
from crawler.downloads.guard import refused_literal
from crawler.downloads.hosts import Hosts
from crawler.downloads.policy import Policy, with_retries
from crawler.downloads.referers import referer
from crawler.downloads.robots import Robots, RobotsMemory
from crawler.downloads.transport import Answer, Transport
from crawler.errors import (
    AddressNotAllowed,
    ArchiveError,
    HttpError,
    InvalidReference,
    RateLimited,
    TooManyRedirects,
    UnsupportedScheme,
)
from crawler.grounds import urls
from crawler.grounds.dates import now
from crawler.grounds.media_types import ACCEPT
from crawler.grounds.stopping import StopFlag
from crawler.model import Attempt, Capture, Redirect

_Result = TypeVar("_Result")

_ROBOTS_REDIRECTS = 5
"""RFC 9309, 2.3.1.2."""
_ROBOTS_BYTES = 10_000_000
"""RFC 9309, 2.5, asks for 500 kibibytes at least."""
DOCUMENT_BYTES = 50_000_000
"""Of one page, feed or sitemap; the sitemap protocol's own limit."""
_FOR_DOCUMENTS = (
    "text/html,application/xhtml+xml,application/atom+xml,application/rss+xml,"
    "application/feed+json,text/markdown,application/xml;q=0.9,*/*;q=0.8"
)
_FOR_ROBOTS = {"Accept": "text/plain,*/*;q=0.8"}
_NOT_RECORDED = frozenset({"set-cookie", "set-cookie2", "authorization", "proxy-authorization"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server gave to tell later whether a document changed (RFC 9110, 8.8)."""

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> Iterator[tuple[str, str]]:
        """Yield the headers of a conditional request."""
        if self.etag is not None:
            yield "If-None-Match", self.etag
        if self.last_modified is not None:
            yield "If-Modified-Since", self.last_modified


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to fetch, and on whose behalf."""

    url: str
    referrer_policy: str | None = None
    """Of the reference, by its standard name."""
    post_url: str | None = None
    accept: str = ACCEPT
    max_bytes: int | None = None
    """None is the policy's."""
    validators: Validators | None = None
    """Given, the answer may be 304 without a body."""
    liked: str | None = None
    """The rung of the Referer ladder that worked at this host before; it is tried first."""
    published: str | None = None
    """When the post was published (RFC 3339): a copy from that time is looked for."""
    second_choice: str | None = None
    """A URL that is tried when `url` fails for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """The bytes of an answer and how they came."""

    capture: Capture
    body: bytes
    last: bool = True
    """Whether no other Referer is left to try: a stand-in is better kept than refused."""

    @property
    def not_modified(self) -> bool:
        """Whether the server has nothing newer than the validators that were sent."""
        return self.capture.status == HTTPStatus.NOT_MODIFIED


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched(Generic[_Result]):
    """What came of an image that was wanted."""

    capture: Capture
    result: _Result
    """What the settle callback made of the bytes."""
    trace: tuple[Attempt, ...] = ()
    """Every request that was made for it, in order."""
    liked: str | None = None
    """The rung that worked, to be remembered for the host; None where nothing was learned."""
    doubt: str | None = None
    """Why the bytes may be a stand-in, though they are an image."""
    insecure: tuple[str, ...] = ()
    """The hosts among those asked whose TLS was not verified."""


class _Stopped(Exception):
    """The run came to its end before the turn of a document."""


Settle = Callable[[Download], Awaitable[_Result]]
"""Proves and keeps the bytes.

Raises ArchiveError where they are no image; and Placeholder where they are a known stand-in, unless
the download is the last: then another Referer is tried.
"""


class Fetcher:
    """Fetches images within the limits of a policy, for the whole of a run.

    *window* has as many places as images may be in memory at once.
    """

    def __init__(
        self,
        transport: Transport,
        policy: Policy,
        window: asyncio.Semaphore,
        stop: StopFlag,
        *,
        robots_memory: RobotsMemory | None = None,
    ) -> None:
        self.requests = 0
        self.downloaded_bytes = 0
        self._transport = transport
        self._policy = policy
        self._stop = stop
        self._hosts = Hosts(policy.per_host, stop)
        self._window = window
        self._robots = Robots(self._fetch_robots, policy.user_agent, robots_memory)

    async def fetch(
        self, wanted: Wanted, *, admit: Callable[[], None], settle: Settle[_Result]
    ) -> Fetched[_Result]:
        """Return the capture and what *settle* made of its bytes.

        *admit* is called when the image's turn has come, and may raise to give it up. *settle*
        proves and keeps the bytes; the place in the window is held until it is done. What it raises
        counts like an error of the transfer: if it may pass, the image is asked for again. Raises
        ArchiveError, which knows how many attempts there were.
        """
        attempts = 0

        async def attempt() -> tuple[Capture, _Result]:
            nonlocal attempts
            attempts += 1
            capture, result = await self._attempt(wanted, admit, settle)
            return replace(capture, attempts=attempts), result

        host = self._hosts.of(wanted.url)
        try:
            capture, result = await with_retries(attempt, self._policy, self._stop)
        except ArchiveError as error:
            if not error.final:
                host.failed(error)
            sent = referer(wanted.referrer_policy, wanted.post_url, wanted.url)
            error.tried_referers = (sent,)
            raise
        host.succeeded()
        return Fetched(capture=capture, result=result)

    async def document(self, url: str, validators: Validators | None = None) -> Download | None:
        """Return the page, feed or sitemap at *url*, with its bytes; None once the run stops.

        Raises ArchiveError.
        """

        def admit() -> None:
            if self._stop.is_set():
                raise _Stopped

        async def settle(download: Download) -> Download:
            return download

        wanted = Wanted(
            url=url, accept=_FOR_DOCUMENTS, max_bytes=DOCUMENT_BYTES, validators=validators
        )
        try:
            return (await self.fetch(wanted, admit=admit, settle=settle)).result
        except _Stopped:
            return None

    async def _attempt(
        self, wanted: Wanted, admit: Callable[[], None], settle: Settle[_Result]
    ) -> tuple[Capture, _Result]:
        url = wanted.url
        redirects: list[Redirect] = []
        while len(redirects) <= self._policy.max_redirects:
            await self._check(url)
            sent = referer(wanted.referrer_policy, wanted.post_url, url)
            # The host first, then the window: who waits for a slow host is in nobody's way. On a
            # redirect both are left, so that no two images wait for each other's place.
            async with AsyncExitStack() as at_host, AsyncExitStack() as in_window:
                await at_host.enter_async_context(self._hosts.of(url).place(url))
                await in_window.enter_async_context(self._window)
                admit()
                most = wanted.max_bytes or self._policy.max_bytes
                answer = await self._get(url, _headers(wanted, sent), most)
                await at_host.aclose()
                target = acceptance.redirect_target(answer)
                if target is None:
                    self._accept(answer, wanted)
                    capture = _capture(answer, sent, tuple(redirects))
                    return capture, await settle(Download(capture=capture, body=answer.body))
            redirects.append(Redirect(url=url, status=answer.status))
            url = _followed(url, target)
        raise TooManyRedirects(url, f"more than {self._policy.max_redirects} redirects")

    def _check_address(self, url: str) -> None:
        """Raise what forbids to connect for *url*, whoever asks."""
        if urls.scheme(url) not in urls.NETWORK_SCHEMES:
            raise UnsupportedScheme(url, f"{urls.scheme(url)}: is not fetched")
        refused = None if self._policy.allow_private_addresses else refused_literal(url)
        if refused is not None:
            raise AddressNotAllowed(url, f"{refused} is not a public address")

    async def _check(self, url: str) -> None:
        """Raise what forbids to ask for *url*, before anything is sent."""
        self._check_address(url)
        if self._policy.obey_robots:
            await self._robots.check(url)

    async def _get(self, url: str, headers: Mapping[str, str], max_bytes: int) -> Answer:
        self.requests += 1
        answer = await self._transport.get(url, headers, max_bytes=max_bytes)
        self.downloaded_bytes += len(answer.body)
        return answer

    def _accept(self, answer: Answer, wanted: Wanted) -> None:
        if wanted.validators is not None and answer.status == HTTPStatus.NOT_MODIFIED:
            return
        try:
            acceptance.check(answer)
        except HttpError as error:
            if error.retry_after is None and answer.status not in acceptance.ASKS_TO_WAIT:
                raise
            host = self._hosts.of(answer.url)
            seconds = self._policy.backoff if error.retry_after is None else error.retry_after
            if seconds <= self._policy.patience:
                host.pause(seconds, error)
                raise
            detail = f"{error.detail}, asks to wait {seconds:.0f} s"
            limited = RateLimited(answer.url, detail)
            limited.retry_after = seconds
            limited.final = True
            host.close(limited)
            raise limited from error

    async def _fetch_robots(self, first: str) -> Answer:
        async def attempt() -> Answer:
            url = first
            for _ in range(_ROBOTS_REDIRECTS + 1):
                self._check_address(url)
                async with self._hosts.of(url).place(url):
                    answer = await self._get(url, _FOR_ROBOTS, _ROBOTS_BYTES)
                target = acceptance.redirect_target(answer)
                if target is None:
                    break
                url = _followed(url, target)
            return answer

        return await with_retries(attempt, self._policy, self._stop)


def _headers(wanted: Wanted, sent_referer: str | None) -> dict[str, str]:
    headers = {"Accept": wanted.accept}
    if wanted.validators is not None:
        headers.update(wanted.validators.headers())
    if sent_referer is not None:
        headers["Referer"] = sent_referer
    return headers


def _followed(url: str, target: str) -> str:
    resolved = urls.resolve(target, url)
    if resolved is None:
        shown = urls.without_credentials(target)
        raise InvalidReference(url, f"redirects to {shown!r}, which is no URL")
    return resolved


def _capture(answer: Answer, sent: str | None, redirects: tuple[Redirect, ...]) -> Capture:
    return Capture(
        via="live",
        date=now(),
        url=urls.without_credentials(answer.url),
        status=answer.status,
        redirects=redirects,
        referer=sent,
        declared_media_type=acceptance.declared_media_type(answer),
        etag=answer.header("ETag"),
        last_modified=answer.header("Last-Modified"),
        headers=tuple(pair for pair in answer.headers if pair[0].lower() not in _NOT_RECORDED),
    )

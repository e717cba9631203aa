"""What is asked of a fetcher, and what it gives back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Generic, TypeVar

from crawler.common.media_types import ACCEPT
from crawler.downloads.content_encoding import FOR_IMAGES
from crawler.models import Attempt, Capture

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server gave to tell later whether its answer changed (RFC 9110, 8.8)."""

    etag: str | None = None
    last_modified: str | None = None
    of: str | None = None
    """The URL that gave them: of another they would say nothing. None: whichever is asked."""

    def headers(self, url: str) -> Iterator[tuple[str, str]]:
        """Yield the headers of a conditional request for *url*; none if it did not give them."""
        if self.of not in {None, url}:
            return
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
    accept_encoding: str = FOR_IMAGES
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
    live_only: bool = False
    """Whether no archive of the web is asked for it."""

    @property
    def accepts(self) -> dict[str, str]:
        """The headers that say in which forms it is taken."""
        return {"Accept": self.accept, "Accept-Encoding": self.accept_encoding}

    def conditions(self, url: str) -> dict[str, str]:
        """Return the headers that make a request for *url* conditional; empty: it is not."""
        return dict(self.validators.headers(url)) if self.validators else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """The bytes of an answer and how they came."""

    capture: Capture
    body: bytes
    last: bool = True
    """Whether no other Referer is left to try: a stand-in is then better kept than refused."""
    doubt: str | None = None
    """Why the bytes may be a stand-in, as far as the way to them tells."""

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


Settle = Callable[[Download], Awaitable[_Result]]
"""Proves and keeps the bytes.

Raises ArchiveError where they are no image; and Placeholder where they are a known stand-in, unless
the download is the last: then another Referer is tried.
"""

"""What is asked of a fetcher, and what it gives back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from crawler.common.media_types import ACCEPT
from crawler.downloads.content_encoding import FOR_IMAGES
from crawler.errors import Fault
from crawler.models import Attempt, Capture


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
class ImageRequest:
    """What to fetch, and on whose behalf; a document is asked for as an image is."""

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
    tries_referers: bool = True
    """Whether a server that refuses is asked with other Referers, and learned about."""
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
class Missed:
    """Why an image that was asked for did not come, and what was tried."""

    fault: Fault
    attempts: int = 0
    """How often it was asked for; the redirects of one asking are not counted."""
    tried_referers: tuple[str | None, ...] = ()
    trace: tuple[Attempt, ...] = ()
    """Every request that was made for it, in order."""

    @property
    def asked(self) -> bool:
        """Whether anybody was asked for it, or it failed by itself."""
        return self.fault.asked or self.attempts > 0

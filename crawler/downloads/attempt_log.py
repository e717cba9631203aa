"""What one image costs and leaves behind: its time, its requests, the Referers that were sent."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from crawler.common import urls
from crawler.common.dates import now
from crawler.downloads import response_checks
from crawler.downloads.host_limits import Seat
from crawler.downloads.image_request import Wanted
from crawler.downloads.retry_policy import Budget
from crawler.downloads.transport import Answer
from crawler.errors import ArchiveError
from crawler.models import Attempt, Capture, Redirect

NOT_RECORDED = frozenset(
    {"authorization", "cookie", "proxy-authorization", "set-cookie", "set-cookie2"}
)
"""What is between the two alone."""
_URLS = frozenset({"content-location", "location", "referer", "refresh"})
_AUTHORITY = re.compile(r"""//([^\s/?#<>"',;\\]++)""")
"""Where a URL inside of any header may have a user name and a password."""
_ARRIVED = "archived"
_LED_ON = "redirect"


class Errand:
    """One image that was asked for, until it is there or given up."""

    def __init__(
        self, wanted: Wanted, admit: Callable[[], None], *, budget: Budget, seat: Seat
    ) -> None:
        self.wanted = wanted
        self.admit = admit
        self.budget = budget
        self.seat = seat
        self.attempts = 0
        """How often it was asked for; the redirects of one asking are not counted."""
        self.trace: list[Attempt] = []
        self.insecure: dict[str, None] = {}
        """The hosts whose TLS was not verified, in order."""
        self._referers: dict[str | None, None] = {}

    @property
    def tried_referers(self) -> tuple[str | None, ...]:
        """The Referers that the image's server was sent, in order."""
        return tuple(self._referers)

    def sends(self, referer: str | None) -> None:
        """Note what is about to be sent."""
        self._referers[referer] = None

    def asking(self, url: str, headers: Mapping[str, str]) -> Callable[[Answer | None], None]:
        """Begin a request; what this returns is to be called with the answer, if there is one.

        What is thought of the answer comes later.
        """
        date, begun = now(), time.monotonic()

        def note(answer: Answer | None) -> None:
            seconds = time.monotonic() - begun
            self.budget.spend(seconds)
            self.trace.append(
                Attempt(
                    url=url,
                    date=date,
                    seconds=round(seconds, 3),
                    request_headers=recorded(headers.items()),
                    response_headers=recorded(answer.headers) if answer else (),
                    status=answer.status if answer else None,
                )
            )

        return note

    @contextmanager
    def judging(self) -> Iterator[None]:
        """Write the verdict on the last request into the trace."""
        try:
            yield
        except ArchiveError as error:
            self._judge(error.code, error.detail)
            raise

    def led_on(self, target: str) -> None:
        """Note that the last request was answered by a redirect."""
        self._judge(_LED_ON, f"to {target}")

    def arrived(self, doubt: str | None) -> None:
        """Note that the last request brought the image."""
        self._judge(_ARRIVED, doubt or "")

    def _judge(self, verdict: str, detail: str) -> None:
        self.trace[-1] = replace(self.trace[-1], verdict=verdict, detail=detail)


def recorded(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return *headers* without cookies and credentials."""
    return tuple(
        (name, _without_credentials(name.lower(), value))
        for name, value in headers
        if name.lower() not in NOT_RECORDED
    )


def _without_credentials(name: str, value: str) -> str:
    whole = urls.without_credentials(value) if name in _URLS else value
    return _AUTHORITY.sub(lambda found: "//" + found[1].rpartition("@")[2], whole)


def capture_of(
    answer: Answer, redirects: tuple[Redirect, ...], *, referer: str | None = None
) -> Capture:
    """Return the record of an answer that came from the live web."""
    return Capture(
        via="live",
        date=now(),
        url=urls.without_credentials(answer.url),
        status=answer.status,
        redirects=redirects,
        referer=referer,
        declared_media_type=response_checks.declared_media_type(answer),
        etag=answer.header("ETag"),
        last_modified=answer.header("Last-Modified"),
        headers=recorded(answer.headers),
    )

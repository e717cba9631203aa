"""The attempt log of one image: its requests, the Referers that were sent, the time it has left."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Self

from crawler.common import urls
from crawler.common.dates import now
from crawler.downloads import response_checks
from crawler.downloads.answers import Answer
from crawler.downloads.retry_policy import Budget
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


class AttemptLog:
    """What was asked for one image, until it is there or given up."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.attempts = 0
        """How often it was asked for; the redirects of one asking are not counted."""
        self.trace: list[Attempt] = []
        self.insecure: dict[str, None] = {}
        """The hosts whose TLS was not verified, in order."""
        self.referers: dict[str | None, None] = {}
        """What the image's server was sent, in order."""

    def request(self, url: str, headers: Mapping[str, str]) -> LoggedRequest:
        """Return what logs a request, for as long as its answer is made use of."""
        return LoggedRequest(self, url, headers)


class LoggedRequest:
    """One request: it begins when it is entered, and is in the log when that is left.

    An ArchiveError that leaves it is the verdict on the answer.
    """

    def __init__(self, log: AttemptLog, url: str, headers: Mapping[str, str]) -> None:
        self._log = log
        self._url = url
        self._headers = headers
        self._answer: Answer | None = None
        self._seconds: float | None = None
        self._verdict = _ARRIVED, ""

    def __enter__(self) -> Self:
        self._date, self._begun = now(), time.monotonic()
        return self

    def answered(self, answer: Answer | None) -> None:
        """Note that the answer is there: what is made of it costs the image no time."""
        self._answer = answer
        self._seconds = time.monotonic() - self._begun
        self._log.budget.spend(self._seconds)

    def leads_to(self, target: str) -> None:
        """Note that the answer is a redirect."""
        self._verdict = _LED_ON, f"to {target}"

    def doubted(self, doubt: str | None) -> None:
        """Note what is odd about the image that came."""
        self._verdict = _ARRIVED, doubt or ""

    def __exit__(
        self, _kind: object, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        if self._seconds is None:
            self.answered(None)
        if isinstance(error, ArchiveError):
            self._verdict = error.code, error.fault.detail
        elif error is not None:
            self._verdict = "", ""
        answer = self._answer
        self._log.trace.append(
            Attempt(
                url=self._url,
                date=self._date,
                seconds=round(self._seconds or 0.0, 3),
                request_headers=recorded(self._headers.items()),
                response_headers=recorded(answer.headers) if answer else (),
                status=answer.status if answer else None,
                verdict=self._verdict[0],
                detail=self._verdict[1],
            )
        )


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


def build_capture(
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

"""What is dead on the live web may be in an archive of it: Memento, RFC 7089.

A TimeGate is asked for the capture nearest to the post's date. What it leads to is accepted by the
rules that hold for a live answer, and only if it says itself that it is a capture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from typing import TypeVar

from crawler.common import urls
from crawler.common.dates import rfc3339
from crawler.common.stop_signal import StopFlag
from crawler.downloads import response_checks
from crawler.downloads.address_guard import is_of_private_network
from crawler.downloads.attempt_log import Errand, capture_of
from crawler.downloads.client import Guest
from crawler.downloads.image_request import Download, Fetched, Settle
from crawler.downloads.retry_policy import Policy, with_retries
from crawler.downloads.transport import Answer
from crawler.errors import (
    ArchiveError,
    Forbidden,
    Gone,
    HostNotFound,
    HttpError,
    NotAnImage,
    NotFound,
    Placeholder,
    ServerError,
    TooManyRedirects,
    Unauthorized,
    Undecodable,
)
from crawler.models import Redirect

_Result = TypeVar("_Result")

_NEIGHBOURS = 2
"""How many captures beside the nearest are tried where that one is unfit."""

_ELSEWHERE = {
    kind.code
    for kind in (
        NotFound,  # it was there once
        Gone,
        HostNotFound,  # how most sites end; it is not permanent, since names come back
        HttpError,
        Forbidden,  # an archive was let in, or came earlier
        Unauthorized,
        TooManyRedirects,
        NotAnImage,  # something else is in its place now
        Placeholder,
        Undecodable,  # the file was whole once
    )
}
"""Codes of failures that a capture can mend.

Not robots.txt, an exclusion or a limit: these are decisions, not losses. Not what may pass.
"""

_WAYBACK = re.compile(r"(https?://[^/]++/web/[0-9]{14})(?:[a-z]{2}_)?+(/.*+)", re.DOTALL)
"""A memento of the Internet Archive, or of who runs its software."""
_QUOTED = r'"((?:[^"\\]|\\.)*+)"?+'
_LINK = re.compile(rf'<([^<>]*+)>((?:[^",<]|{_QUOTED})*+)', re.DOTALL)
_PARAMETER = re.compile(rf';\s*+([\w-]++)\s*+=\s*+(?:{_QUOTED}|([^;\s"]*+))', re.DOTALL)


def may_be_elsewhere(failure: ArchiveError, url: str) -> bool:
    """Return whether an archive of the web can mend this failure of *url*.

    None is told what a private network holds.
    """
    return failure.code in _ELSEWHERE and not is_of_private_network(url)


def raw(url: str) -> str:
    """Return the URL of the captured bytes themselves, where *url* is one that shows them changed.

    >>> raw("https://web.archive.org/web/20211201001149/http://a.example/x.png")
    'https://web.archive.org/web/20211201001149id_/http://a.example/x.png'
    >>> raw("https://archive.example/20211201/http://a.example/x.png")
    'https://archive.example/20211201/http://a.example/x.png'
    """
    found = _WAYBACK.fullmatch(url)
    return f"{found[1]}id_{found[2]}" if found else url


def mementos(answer: Answer) -> Iterator[tuple[str, datetime]]:
    """Yield the captures that the Link headers of *answer* name, with their dates.

    Sources: https://www.rfc-editor.org/rfc/rfc8288#section-3 and RFC 7089, 2.2.4.
    """
    value = ", ".join(answer.values("Link"))
    for target, rest, _ in _LINK.findall(value):
        parameters = {
            name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)
        }
        if "memento" not in parameters.get("rel", "").lower().split():
            continue
        moment = _moment(parameters.get("datetime"))
        resolved = urls.resolve(target, answer.url)
        if moment and resolved:
            yield raw(resolved), moment


class WebArchive:
    """An archive of the web behind the policy's TimeGate, a host with places of its own."""

    def __init__(self, guest: Guest, policy: Policy, timegate: str, stop: StopFlag) -> None:
        self._guest = guest
        self._policy = policy
        self._timegate = timegate
        self._stop = stop

    async def nearest(self, errand: Errand, url: str, settle: Settle[_Result]) -> Fetched[_Result]:
        """Return the capture of *url* nearest to the post's date that is an image.

        Raises an ArchiveError whose detail says what the archive has; it is permanent unless the
        archive could not be asked.
        """
        name, host = urls.host(self._timegate), self._guest.hosts.of(self._timegate)
        search = _Search(url, errand.wanted.published)
        try:
            fetched = await self._first_fit(errand, search, settle)
        except ArchiveError as error:
            if error is search.unfit:
                host.succeeded()
            elif not error.final:
                host.failed(error)
            raise _told(url, name, error, unfit=error is search.unfit) from error
        host.succeeded()
        return fetched

    async def _first_fit(
        self, errand: Errand, search: _Search, settle: Settle[_Result]
    ) -> Fetched[_Result]:
        url, left = f"{self._timegate}{search.url}", _NEIGHBOURS
        while True:
            attempt = partial(self._capture, errand, search, settle, url)
            try:
                return await with_retries(attempt, self._policy, self._stop, errand.budget)
            except ArchiveError as error:
                following = search.neighbour() if left and error is search.unfit else None
                if following is None:
                    raise
                url, left = following, left - 1

    async def _capture(
        self, errand: Errand, search: _Search, settle: Settle[_Result], url: str
    ) -> Fetched[_Result]:
        def headers(_url: str) -> Mapping[str, str]:
            return {
                **errand.wanted.accepts,
                "Accept-Datetime": format_datetime(search.moment, usegmt=True),
            }

        def lead(answer: Answer, target: str) -> str:
            search.see(answer)
            return raw(target)

        async def arrive(answer: Answer, redirects: tuple[Redirect, ...]) -> Fetched[_Result]:
            errand.seat.leave()
            search.see(answer)
            captured = _moment(answer.header("Memento-Datetime"))
            if captured is None:
                self._guest.accept(answer)
                raise ServerError(answer.url, "the answer is no capture")
            try:
                search.check(answer)
                capture = replace(
                    capture_of(answer, redirects), via="memento", date=rfc3339(captured)
                )
                result = await settle(Download(capture=capture, body=answer.body, last=False))
            except ArchiveError as error:
                error.final = True
                search.unfit = error
                raise
            errand.arrived(None)
            return Fetched(capture=capture, result=result)

        async with errand.seat:
            return await self._guest.follow(errand, url, headers=headers, arrive=arrive, lead=lead)


class _Search:
    """What is known of the captures of one URL, and which of them were seen."""

    def __init__(self, url: str, published: str | None) -> None:
        self.url = url
        self.moment = _published(published)
        self.unfit: ArchiveError | None = None
        """What was wrong with the capture that was looked at last."""
        self._known: dict[str, datetime] = {}
        self._seen: set[str] = set()

    def see(self, answer: Answer) -> None:
        """Note the captures that *answer* is or names."""
        self._seen.add(raw(answer.url))
        self._known.update(mementos(answer))

    def check(self, capture: Answer) -> None:
        """Raise what HTTP says is wrong with *capture*, for good; Placeholder if by its name."""
        try:
            response_checks.check(capture)
        except ArchiveError as error:
            error.permanent = True
            raise
        doubt = response_checks.doubt(self.url, capture.url)
        if doubt is not None:
            raise Placeholder(self.url, doubt)

    def neighbour(self) -> str | None:
        """Return the nearest capture that was not seen yet, or None."""
        left = [url for url in self._known if url not in self._seen]
        return min(left, key=lambda url: abs(self._known[url] - self.moment), default=None)


def _told(url: str, archive: str, error: ArchiveError, *, unfit: bool) -> ArchiveError:
    """Return what an archive's *error* means for the image at *url*."""
    if unfit:
        detail = f"what {archive} has of it is none ({error.detail})"
        return NotFound(url, detail, permanent=error.permanent)
    if not error.permanent:
        return ServerError(url, f"{archive} could not be asked ({error.detail})")
    if isinstance(error, NotFound):
        return NotFound(url, f"{archive} has no capture of it")
    return NotFound(url, f"{archive} gives no capture of it ({error.detail})")


def _moment(value: str | None) -> datetime | None:
    if not value:
        return None
    with suppress(ValueError, TypeError, IndexError, OverflowError):
        moment = parsedate_to_datetime(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _published(value: str | None) -> datetime:
    with suppress(ValueError, OverflowError):
        if value:
            return datetime.fromisoformat(value).astimezone(UTC)
    return datetime.now(UTC)

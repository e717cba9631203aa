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

from crawler.common import urls
from crawler.common.dates import rfc3339
from crawler.downloads import response_checks
from crawler.downloads.address_guard import is_of_private_network
from crawler.downloads.answers import Answer
from crawler.downloads.attempt_log import build_capture
from crawler.downloads.client import Client
from crawler.downloads.host_limits import Slot
from crawler.downloads.image_request import Download, ImageRequest
from crawler.downloads.routes import Route
from crawler.errors import (
    ArchiveError,
    Fault,
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

NEIGHBOURS = 2
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
"""Codes of faults that a capture can mend.

Not robots.txt, an exclusion or a limit: these are decisions, not losses. Not what may pass.
"""

_WAYBACK = re.compile(r"(https?://[^/]++/web/[0-9]{14})(?:[a-z]{2}_)?+(/.*+)", re.DOTALL)
"""A memento of the Internet Archive, or of who runs its software."""
_QUOTED = r'"((?:[^"\\]|\\.)*+)"?+'
_LINK = re.compile(rf'<([^<>]*+)>((?:[^",<]|{_QUOTED})*+)', re.DOTALL)
_PARAMETER = re.compile(rf';\s*+([\w-]++)\s*+=\s*+(?:{_QUOTED}|([^;\s"]*+))', re.DOTALL)


def may_be_elsewhere(fault: Fault, url: str) -> bool:
    """Return whether an archive of the web can mend this fault of *url*.

    None is told what a private network holds.
    """
    return fault.code in _ELSEWHERE and not is_of_private_network(url)


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


class MementoRoute(Route):
    """An archive of the web, which leads to a capture or is asked for one."""

    def __init__(
        self, url: str, search: Search, request: ImageRequest, client: Client, slot: Slot
    ) -> None:
        self.url = url
        self.has_capture = False
        """Whether one was there, be it an image or not."""
        self._search = search
        self._request = request
        self._client = client
        self._slot = slot

    def headers(self, url: str) -> Mapping[str, str]:  # noqa: ARG002 - as the protocol has it
        """Return what to send, with the date of the post."""
        moment = format_datetime(self._search.moment, usegmt=True)
        return {**self._request.accepts, "Accept-Datetime": moment}

    def follow(self, answer: Answer, target: str) -> str:
        """Return where the captured bytes themselves are, if *target* shows them changed."""
        self._search.see(answer)
        return raw(target)

    def receive(self, answer: Answer, redirects: tuple[Redirect, ...]) -> Download:
        """Return the capture. Raises ArchiveError where it is none, or unfit by what HTTP says."""
        self._slot.leave()
        self._search.see(answer)
        captured = _moment(answer.header("Memento-Datetime"))
        if captured is None:
            self._client.accept(answer)
            raise ServerError(answer.url, "the answer is no capture")
        self.has_capture = True
        self._search.check(answer)
        capture = replace(build_capture(answer, redirects), via="memento", date=rfc3339(captured))
        return Download(capture=capture, body=answer.body, last=False)

    def judge(self, fault: Fault, body: bytes) -> Fault:  # noqa: ARG002 - as the protocol has it
        """Return *fault*: what is wrong with a capture stays wrong for this run."""
        return replace(fault, final=True)


class Search:
    """What is known of the captures of one URL, and which of them were seen."""

    def __init__(self, url: str, published: str | None) -> None:
        self.url = url
        self.moment = _published(published)
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
            raise replace(error.fault, permanent=True, final=True).error() from error
        doubt = response_checks.doubt(self.url, capture.url)
        if doubt is not None:
            raise Placeholder(self.url, doubt, final=True)

    def neighbour(self) -> str | None:
        """Return the nearest capture that was not seen yet, or None."""
        left = [url for url in self._known if url not in self._seen]
        return min(left, key=lambda url: abs(self._known[url] - self.moment), default=None)


def explain(fault: Fault, url: str, archive: str, *, is_unfit: bool) -> Fault:
    """Return what the *fault* that came of asking an *archive* means for the image at *url*.

    *is_unfit* says that there was a capture, and it is no image.
    """
    if is_unfit:
        detail = f"what {archive} has of it is none ({fault.detail})"
        return NotFound(url, detail, permanent=fault.permanent).fault
    if not fault.permanent:
        return ServerError(url, f"{archive} could not be asked ({fault.detail})").fault
    if issubclass(fault.kind, NotFound):
        return NotFound(url, f"{archive} has no capture of it").fault
    return NotFound(url, f"{archive} gives no capture of it ({fault.detail})").fault


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

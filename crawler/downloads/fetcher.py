"""One image from its URL: the Referer ladder, retries, and where else it may be had."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import TypeVar

from crawler.common.stop_signal import RunStopped, StopFlag
from crawler.downloads import response_checks
from crawler.downloads.attempt_log import Errand, capture_of
from crawler.downloads.client import Guest
from crawler.downloads.content_encoding import FOR_DOCUMENTS
from crawler.downloads.host_limits import Seat, Waiting
from crawler.downloads.image_request import Download, Fetched, Settle, Validators, Wanted
from crawler.downloads.memento import WebArchive, may_be_elsewhere
from crawler.downloads.referers import Ladder, Sender
from crawler.downloads.retry_policy import Budget, Policy, with_retries
from crawler.downloads.robots import RobotsMemory
from crawler.downloads.transport import Answer, Transport
from crawler.errors import ArchiveError, HostNotFound, NotAnImage, Placeholder
from crawler.models import Redirect

_Result = TypeVar("_Result")

DOCUMENT_BYTES = 50_000_000
"""Of one page, feed or sitemap; the sitemap protocol's own limit."""
_FOR_DOCUMENTS = (
    "text/html,application/xhtml+xml,application/atom+xml,application/rss+xml,"
    "application/feed+json,text/markdown,application/xml;q=0.9,*/*;q=0.8"
)


class _Once:
    """Memory of a host that is asked with one Referer only, of which nothing is learned."""

    liked: str | None = None
    climbs = False

    def refused(self) -> None:
        """Learn nothing."""

    def let_in(self, learned: str | None) -> None:
        """Learn nothing."""


_ONCE = _Once()


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
        self._policy = policy
        self._stop = stop
        self._guest = Guest(transport, policy, window, stop, robots_memory)
        self._archive = (
            WebArchive(self._guest, policy, policy.timegate, stop) if policy.timegate else None
        )

    @property
    def requests(self) -> int:
        """How many requests the run has made."""
        return self._guest.requests

    @property
    def downloaded_bytes(self) -> int:
        """How many bytes of bodies it has received."""
        return self._guest.downloaded_bytes

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """The hosts that are asked for no image at the moment; any thread may look."""
        return self._guest.waiting

    async def fetch(
        self, wanted: Wanted, *, admit: Callable[[], None], settle: Settle[_Result]
    ) -> Fetched[_Result]:
        """Return the capture and what *settle* made of its bytes.

        *admit* is called before it is asked for, wherever and however often, and may raise to give
        it up; what is on its way comes to its end, redirects included. *settle*
        proves and keeps the bytes; the place in the window is held until it is done. What it raises
        counts like an error of the transfer: if it may pass, the image is asked for again. Where
        the URL fails for good, the second choice is asked for, and then an archive of the web.
        Raises ArchiveError, which knows what was tried.
        """
        errand = self._errand(wanted, admit)
        try:
            return _with_trace(await self._from_anywhere(errand, settle), errand)
        except ArchiveError as error:
            error.attempts = errand.attempts
            error.unasked &= errand.attempts == 0
            error.tried_referers = errand.tried_referers
            error.trace = tuple(errand.trace)
            raise

    async def document(self, url: str, validators: Validators | None = None) -> Download | None:
        """Return the page, feed or sitemap at *url*, with its bytes; None once the run stops.

        Raises ArchiveError.
        """

        async def settle(download: Download) -> Download:
            return download

        wanted = Wanted(
            url=url,
            accept=_FOR_DOCUMENTS,
            accept_encoding=FOR_DOCUMENTS,
            max_bytes=DOCUMENT_BYTES,
            validators=validators,
        )
        errand = self._errand(wanted, self._stop.check)
        try:
            return (await self._live(errand, wanted, settle, climbs=False)).result
        except RunStopped:
            return None

    def _errand(self, wanted: Wanted, admit: Callable[[], None]) -> Errand:
        seat = Seat(self._guest.hosts, admit)
        return Errand(wanted, admit, budget=Budget(self._policy.total), seat=seat)

    async def _from_anywhere(self, errand: Errand, settle: Settle[_Result]) -> Fetched[_Result]:
        try:
            return await self._from_live_web(errand, settle)
        except ArchiveError as error:
            failure = error
        for url in filter(None, (errand.wanted.url, errand.wanted.second_choice)):
            if self._archive is None or errand.wanted.live_only:
                break
            if not _is_lost(failure) or not may_be_elsewhere(failure, url):
                break
            try:
                return await self._archive.nearest(errand, url, settle)
            except ArchiveError as error:
                failure = _joined(failure, error.detail, error)
        raise failure

    async def _from_live_web(self, errand: Errand, settle: Settle[_Result]) -> Fetched[_Result]:
        wanted = errand.wanted
        try:
            return await self._live(errand, wanted, settle)
        except ArchiveError as error:
            failure = error
        second = wanted.second_choice
        if second is None or not _is_lost(failure):
            raise failure
        try:
            found = await self._live(errand, replace(wanted, url=second, liked=None), settle)
        except ArchiveError as error:
            raise _joined(failure, f"{second}: {error.detail}", error) from error
        # What was learned is of the other host.
        return replace(found, liked=None)

    async def _live(
        self, errand: Errand, wanted: Wanted, settle: Settle[_Result], *, climbs: bool = True
    ) -> Fetched[_Result]:
        host = self._guest.hosts.of(wanted.url)
        ladder = Ladder(
            Sender(
                policy=wanted.referrer_policy,
                article=wanted.post_url,
                table=self._policy.referers,
            ),
            host if climbs else _ONCE,
            liked=wanted.liked,
        )
        attempt = partial(self._climbing, errand, wanted, settle, ladder)
        try:
            fetched = await with_retries(attempt, self._policy, self._stop, errand.budget)
        except ArchiveError as error:
            if not error.final:
                host.failed(error)
            raise
        host.succeeded()
        return fetched

    async def _climbing(
        self, errand: Errand, wanted: Wanted, settle: Settle[_Result], ladder: Ladder
    ) -> Fetched[_Result]:
        """Ask on one rung of the ladder after the other, as long as the server refuses."""
        async with errand.seat:
            while True:
                try:
                    fetched = await self._on_rung(errand, wanted, settle, ladder)
                except ArchiveError as error:
                    if not error.refusal:
                        raise
                    if not ladder.climb(error):
                        raise ladder.verdict or error from None
                    errand.seat.stays = True
                else:
                    ladder.arrive(doubted=fetched.doubt is not None)
                    return fetched

    async def _on_rung(
        self, errand: Errand, wanted: Wanted, settle: Settle[_Result], ladder: Ladder
    ) -> Fetched[_Result]:
        def headers(url: str) -> Mapping[str, str]:
            sent = ladder.referer(url)
            errand.sends(sent)
            return _headers(wanted, url, sent)

        async def arrive(answer: Answer, redirects: tuple[Redirect, ...]) -> Fetched[_Result]:
            same = answer.status == HTTPStatus.NOT_MODIFIED and bool(wanted.conditions(answer.url))
            if not same:
                self._guest.accept(answer)
            doubt = (
                response_checks.doubt(wanted.url, answer.url) if redirects and not same else None
            )
            if doubt is not None and not ladder.is_last():
                raise Placeholder(wanted.url, doubt)
            if not (errand.seat.stays or response_checks.is_text(answer.body)):
                errand.seat.leave()
            download = Download(
                capture=capture_of(answer, redirects, referer=ladder.sent),
                body=answer.body,
                last=ladder.is_last(),
                doubt=doubt,
            )
            result = await _settled(settle, download)
            errand.arrived(doubt)
            liked = None if doubt else ladder.learned
            return Fetched(capture=download.capture, result=result, liked=liked, doubt=doubt)

        return await self._guest.follow(errand, wanted.url, headers=headers, arrive=arrive)


def _with_trace(fetched: Fetched[_Result], errand: Errand) -> Fetched[_Result]:
    return replace(
        fetched,
        capture=replace(fetched.capture, attempts=errand.attempts),
        trace=tuple(errand.trace),
        insecure=tuple(errand.insecure),
    )


def _is_lost(failure: ArchiveError) -> bool:
    """Return whether a URL that failed like this is given up, and the image looked for elsewhere.

    A host without an address is how most sites end, though names may come back.
    """
    return failure.permanent or isinstance(failure, HostNotFound)


def _joined(failure: ArchiveError, words: str, other: ArchiveError) -> ArchiveError:
    """Return *failure* with what became of the *other* try; what may pass there may pass at all."""
    failure.detail += f"; {words}"
    failure.permanent = failure.permanent and other.permanent
    return failure


async def _settled(settle: Settle[_Result], download: Download) -> _Result:
    try:
        return await settle(download)
    except NotAnImage as error:
        # A server that shows words in an image's place may show the image to others.
        error.refusal = response_checks.is_text(download.body)
        raise


def _headers(wanted: Wanted, url: str, sent_referer: str | None) -> dict[str, str]:
    headers = {**wanted.accepts, **wanted.conditions(url)}
    if sent_referer is not None:
        headers["Referer"] = sent_referer
    return headers

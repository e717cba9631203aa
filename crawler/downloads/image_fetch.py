"""What to try next for one image, and what was tried: no request is made here.

First the image's own server, as often and with as many Referers as may help, then a second choice,
and then an archive of the web.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from crawler.common import urls
from crawler.downloads.attempt_log import AttemptLog
from crawler.downloads.client import Client
from crawler.downloads.host_limits import Slot
from crawler.downloads.image_request import Download, ImageRequest, Missed
from crawler.downloads.memento import NEIGHBOURS, MementoRoute, Search, explain, may_be_elsewhere
from crawler.downloads.retry_policy import Budget, Retries
from crawler.downloads.routes import LiveRoute, Route, build_ladder
from crawler.errors import Fault, HostNotFound


@dataclass(frozen=True, slots=True)
class Step:
    """What to try next."""

    route: Route
    wait: float = 0.0
    """Seconds until then."""


class Fetch:
    """One image that is asked for; leaving it gives back its place at the host.

    Whoever goes through its `steps` says of each what came of it: `take` or `fail`.
    """

    def __init__(self, request: ImageRequest, client: Client) -> None:
        self.request = request
        self.log = AttemptLog(Budget(client.policy.total))
        self.slot = Slot(client.hosts)
        self.learned: str | None = None
        """The rung of the Referer ladder that worked where another had been refused."""
        self._client = client
        self._taken: Download | None = None
        self._fault: Fault | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: object, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.slot.release()

    def take(self, download: Download) -> None:
        """Say that the step brought the image."""
        self._taken = replace(download, body=b"")
        self._fault = None

    def fail(self, fault: Fault) -> None:
        """Say that the step did not bring the image, for this reason."""
        self._fault = fault

    @property
    def most_bytes(self) -> int:
        """The largest answer that is taken."""
        return self.request.max_bytes or self._client.policy.max_bytes

    @property
    def missed(self) -> Missed:
        """What was tried in vain, after the last step."""
        assert self._fault is not None  # noqa: S101 - for the type checker
        return Missed(
            fault=self._fault,
            attempts=self.log.attempts,
            tried_referers=tuple(self.log.referers),
            trace=tuple(self.log.trace),
        )

    def steps(self) -> Iterator[Step]:
        """Yield what to try, until the image is taken or nothing else is of any use."""
        request, second = self.request, self.request.second_choice
        yield from self._live(request)
        if second is not None and (first := self._fault) is not None and _is_lost(first):
            yield from self._live(replace(request, url=second, liked=None))
            # What was learned is of the other host.
            self.learned = None
            if self._fault is not None:
                self._fault = _joined(first, f"{second}: {self._fault.detail}", self._fault)
        timegate = None if request.live_only else self._client.policy.timegate
        for url in filter(None, (request.url, second)):
            first = self._fault
            if timegate is None or first is None or not _is_lost(first):
                return
            if not may_be_elsewhere(first, url):
                return
            yield from self._archived(url, timegate)
            if self._fault is not None:
                self._fault = _joined(first, self._fault.detail, self._fault)

    def _live(self, request: ImageRequest) -> Iterator[Step]:
        host, ladder = self._client.hosts.of(request.url), build_ladder(request, self._client)
        yield from self._tries(LiveRoute(request, self._client, ladder, self.slot, self.log))
        if self._taken is not None:
            ladder.arrive(doubted=self._taken.doubt is not None)
            self.learned = None if self._taken.doubt else ladder.learned
            host.succeeded()
        elif self._fault is not None and not self._fault.final:
            host.failed(self._fault)

    def _archived(self, url: str, timegate: str) -> Iterator[Step]:
        host, search = self._client.hosts.of(timegate), Search(url, self.request.published)
        following: str | None = f"{timegate}{url}"
        left = NEIGHBOURS
        while following is not None:
            route = MementoRoute(following, search, self.request, self._client, self.slot)
            yield from self._tries(route)
            is_passed_over = self._fault is not None and route.has_capture and left > 0
            following, left = search.neighbour() if is_passed_over else None, left - 1
        if self._fault is None or route.has_capture:
            host.succeeded()
        elif not self._fault.final:
            host.failed(self._fault)
        if self._fault is not None:
            name = urls.host(timegate)
            self._fault = explain(self._fault, url, name, is_unfit=route.has_capture)

    def _tries(self, route: Route) -> Iterator[Step]:
        """Yield *route* for as long as another Referer or another attempt may help."""
        retries = Retries(self._client.policy, self.log.budget)
        while retries.wait is not None:
            before = self._fault
            yield Step(route, retries.wait)
            if self._fault is before and self._taken is None:
                return  # the run stopped meanwhile
            while self._fault is not None and route.turn(self._fault):
                yield Step(route)
            self.slot.release()
            if self._fault is None:
                return
            self._fault = retries.judge(route.verdict(self._fault))
            if self._client.stop.is_set():
                return


def _is_lost(fault: Fault) -> bool:
    """Return whether a URL that failed like this is given up, and the image looked for elsewhere.

    A host without an address is how most sites end, though names may come back.
    """
    return fault.permanent or issubclass(fault.kind, HostNotFound)


def _joined(fault: Fault, words: str, other: Fault) -> Fault:
    """Return *fault* with what became of the *other* try; what may pass there may pass at all."""
    permanent = fault.permanent and other.permanent
    return replace(fault, detail=f"{fault.detail}; {words}", permanent=permanent)

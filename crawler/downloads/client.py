"""Ask other people's servers as a guest: robots.txt first, a place at the host, no private address.

Whatever is fetched, every request of a run passes here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import TypeVar

from crawler.common import urls
from crawler.common.stop_signal import StopFlag
from crawler.downloads import response_checks
from crawler.downloads.address_guard import blocked_port, refused_literal
from crawler.downloads.attempt_log import Errand
from crawler.downloads.content_encoding import FOR_DOCUMENTS
from crawler.downloads.host_limits import Hosts, Waiting
from crawler.downloads.retry_policy import Budget, Policy, with_retries
from crawler.downloads.robots import Robots, RobotsMemory
from crawler.downloads.transport import Answer, Transport
from crawler.errors import (
    AddressNotAllowed,
    ArchiveError,
    HttpError,
    InvalidReference,
    RateLimited,
    TimedOut,
    TooManyRedirects,
    UnsupportedScheme,
    forget_frames,
)
from crawler.models import Redirect

_Result = TypeVar("_Result")

_ROBOTS_REDIRECTS = 5
"""RFC 9309, 2.3.1.2."""
_ROBOTS_BYTES = 10_000_000
"""RFC 9309, 2.5, asks for 500 kibibytes at least."""
_FOR_ROBOTS = {"Accept": "text/plain,*/*;q=0.8", "Accept-Encoding": FOR_DOCUMENTS}

Arrive = Callable[[Answer, tuple[Redirect, ...]], Awaitable[_Result]]
"""Takes an answer that is no redirect, and how it was come by."""


class Guest:
    """Sends the requests of a run, within the limits of a policy.

    *window* has as many places as images may be in memory at once.
    """

    def __init__(
        self,
        transport: Transport,
        policy: Policy,
        window: asyncio.Semaphore,
        stop: StopFlag,
        robots_memory: RobotsMemory | None,
    ) -> None:
        self.requests = 0
        self.hosts = Hosts(policy.per_host, stop, delay=policy.delay)
        self._transport = transport
        self._policy = policy
        self._window = window
        self._stop = stop
        self._robots = Robots(self._fetch_robots, robots_memory)

    @property
    def downloaded_bytes(self) -> int:
        """How many bytes of bodies were received, whatever became of them."""
        return self._transport.received

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """The hosts that are asked for no image at the moment; any thread may look."""
        # Who pauses has a better reason than that its robots.txt is not here yet.
        causes = (*self._robots.waiting(), *self.hosts.waiting())
        return tuple({cause.host: cause for cause in causes}.values())

    async def follow(
        self,
        errand: Errand,
        url: str,
        *,
        headers: Callable[[str], Mapping[str, str]],
        arrive: Arrive[_Result],
        lead: Callable[[Answer, str], str] = lambda _answer, target: target,
    ) -> _Result:
        """Return what *arrive* makes of the answer at the end of the redirects from *url*.

        *headers* are sent to each URL on the way, and *lead* may change where a redirect leads. The
        place in the window is held until *arrive* is done, which leaves the errand's seat at the
        host as soon as nothing more will be asked there. Raises ArchiveError.
        """
        try:
            return await self._follow(errand, url, headers=headers, arrive=arrive, lead=lead)
        except ArchiveError as error:
            # Where it was raised there are the bytes, and whoever waits to try again keeps it.
            forget_frames(error)
            raise

    async def _follow(
        self,
        errand: Errand,
        url: str,
        *,
        headers: Callable[[str], Mapping[str, str]],
        arrive: Arrive[_Result],
        lead: Callable[[Answer, str], str],
    ) -> _Result:
        redirects: list[Redirect] = []
        while len(redirects) <= self._policy.max_redirects:
            if redirects and urls.origin(url) != urls.origin(redirects[-1].url):
                # Its robots.txt is asked for first, which may need a place at the same host: who
                # holds one meanwhile would wait for itself.
                errand.seat.leave()
            await self._check(url)
            # The host first, then the window: who waits for a slow host is in nobody's way.
            await errand.seat.take(url)
            async with self._window:
                if not redirects:
                    errand.admit()
                    errand.attempts += 1
                answer = await self._ask(errand, url, headers(url))
                with errand.judging():
                    target = response_checks.redirect_target(answer)
                    if target is None:
                        return await arrive(answer, tuple(redirects))
                    following = lead(answer, _resolved(url, target))
            errand.led_on(following)
            redirects.append(Redirect(url=url, status=answer.status))
            url = following
        raise TooManyRedirects(url, f"more than {self._policy.max_redirects} redirects")

    def accept(self, answer: Answer) -> None:
        """Raise the HttpError that the status means, or Empty; let the host pause if it asks to."""
        try:
            response_checks.check(answer)
        except HttpError as error:
            if error.retry_after is None and answer.status not in response_checks.ASKS_TO_WAIT:
                raise
            host = self.hosts.of(answer.url)
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

    def _check_address(self, url: str) -> None:
        """Raise what forbids to connect for *url*, whoever asks."""
        if urls.scheme(url) not in urls.NETWORK_SCHEMES:
            raise UnsupportedScheme(url, f"{urls.scheme(url)}: is not fetched")
        port = blocked_port(url)
        if port is not None:
            raise AddressNotAllowed(url, f"port {port} is blocked, as in browsers")
        refused = None if self._policy.allow_private_addresses else refused_literal(url)
        if refused is not None:
            raise AddressNotAllowed(url, f"{refused} is not a public address")

    async def _check(self, url: str) -> None:
        """Raise what forbids to ask for *url*, before anything is sent."""
        self._check_address(url)
        if self._policy.obey_robots:
            await self._robots.check(url)

    async def _ask(self, errand: Errand, url: str, headers: Mapping[str, str]) -> Answer:
        seconds = errand.budget.left
        if seconds <= 0:
            raise TimedOut(url, errand.budget.words)
        sent = self._with_manners(headers)
        most = errand.wanted.max_bytes or self._policy.max_bytes
        if urls.scheme(url) == "https" and not self._verifies(url):
            errand.insecure[urls.host(url)] = None
        asking = errand.asking(url, sent)
        try:
            answer = await self._get(url, sent, max_bytes=most, seconds=seconds)
        except ArchiveError:
            asking(None)
            with errand.judging():
                raise
        asking(answer)
        return answer

    async def _get(
        self, url: str, headers: Mapping[str, str], *, max_bytes: int, seconds: float
    ) -> Answer:
        self.requests += 1
        return await self._transport.get(
            url,
            headers,
            max_bytes=max_bytes,
            seconds=min(self._policy.timeout, seconds),
            verify=self._verifies(url),
        )

    def _verifies(self, url: str) -> bool:
        return urls.host(url) not in self._policy.insecure_hosts

    def _with_manners(self, headers: Mapping[str, str]) -> dict[str, str]:
        return {"User-Agent": self._policy.user_agent, **headers}

    async def _fetch_robots(self, first: str) -> Answer:
        budget = Budget(self._policy.total)

        async def attempt() -> Answer:
            url = first
            for _ in range(_ROBOTS_REDIRECTS + 1):
                self._check_address(url)
                async with self.hosts.of(url).place(url, self._stop.check):
                    headers = self._with_manners(_FOR_ROBOTS)
                    answer = await self._get(
                        url, headers, max_bytes=_ROBOTS_BYTES, seconds=self._policy.timeout
                    )
                target = response_checks.redirect_target(answer)
                if target is None:
                    break
                url = _resolved(url, target)
            if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
                # No word about what is allowed: the host asks for less, of everything.
                self.accept(answer)
            return answer

        return await with_retries(attempt, self._policy, self._stop, budget)


def _resolved(url: str, target: str) -> str:
    resolved = urls.resolve(target, url)
    if resolved is None:
        shown = urls.without_credentials(target)
        raise InvalidReference(url, f"redirects to {shown!r}, which is no URL")
    return resolved

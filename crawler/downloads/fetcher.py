"""Ask for one image, step by step: robots.txt first, a place at the host, a place in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from crawler.common import urls
from crawler.common.digests import digest
from crawler.common.stop_signal import RunStopped, StopFlag
from crawler.downloads.answers import Transport
from crawler.downloads.client import Client, redirected
from crawler.downloads.content_encoding import FOR_DOCUMENTS
from crawler.downloads.host_limits import Waiting
from crawler.downloads.image_fetch import Fetch, Step
from crawler.downloads.image_request import Download, ImageRequest, Missed, Validators
from crawler.downloads.retry_policy import Policy
from crawler.downloads.robots import Robots, RobotsMemory
from crawler.downloads.routes import Route
from crawler.errors import ArchiveError, Placeholder, TimedOut, TooManyRedirects
from crawler.models import Redirect

DOCUMENT_BYTES = 50_000_000
"""Of one page, feed or sitemap; the sitemap protocol's own limit."""
_FOR_DOCUMENTS = (
    "text/html,application/xhtml+xml,application/atom+xml,application/rss+xml,"
    "application/feed+json,text/markdown,application/xml;q=0.9,*/*;q=0.8"
)


class Fetcher:
    """Fetches images within the limits of a policy, for the whole of a run.

    *window* has as many places as images may be in memory at once. A run that stops begins no
    further request: what is on its way comes to its end, redirects included.
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
        self._window = window
        self._stop = stop
        self._client = Client(transport, policy, stop)
        self._robots = Robots(self._client, robots_memory)

    @property
    def requests(self) -> int:
        """How many requests the run has made."""
        return self._client.requests

    @property
    def downloaded_bytes(self) -> int:
        """How many bytes of bodies it has received, whatever became of them."""
        return self._client.received

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """The hosts that are asked for no image at the moment; any thread may look."""
        # Who pauses has a better reason than that its robots.txt is not here yet.
        causes = (*self._robots.waiting(), *self._client.hosts.waiting())
        return tuple({cause.host: cause for cause in causes}.values())

    def begin(self, request: ImageRequest) -> Fetch:
        """Return what keeps the account of one image, to be entered and gone through by `steps`."""
        return Fetch(request, self._client)

    async def steps(self, fetch: Fetch) -> AsyncIterator[Step]:
        """Yield the steps of *fetch*, each when its time has come; a stop cuts the wait short."""
        for step in fetch.steps():
            if step.wait:
                await self._stop.sleep(step.wait)
            if not (step.wait and self._stop.is_set()):
                yield step

    @asynccontextmanager
    async def answer(self, fetch: Fetch, step: Step) -> AsyncIterator[Download]:
        """Give what comes of one step, holding a place in the window until it is made use of.

        An ArchiveError that is raised meanwhile refuses the bytes. Raises ArchiveError where there
        are none, and RunStopped where the run stops before its turn.
        """
        route, url, redirects = step.route, step.route.url, list[Redirect]()
        while len(redirects) <= self._policy.max_redirects:
            await self._enter(fetch, url, redirects)
            # The host first, then the window: who waits for a slow host is in nobody's way.
            async with self._window:
                headers = self._headers(fetch, route, url, is_first=not redirects)
                with fetch.log.request(url, headers) as logged:
                    answer = await self._client.get(
                        url, headers, max_bytes=fetch.most_bytes, seconds=fetch.log.budget.left
                    )
                    logged.answered(answer)
                    target = redirected(answer)
                    if target is None:
                        download = route.receive(answer, tuple(redirects))
                        logged.doubted(download.doubt)
                        try:
                            yield download
                        except ArchiveError as error:
                            raise route.judge(error.fault, download.body).error() from error
                        return
                    following = route.follow(answer, target)
                    logged.leads_to(following)
            redirects.append(Redirect(url=url, status=answer.status))
            url = following
        raise TooManyRedirects(url, f"more than {self._policy.max_redirects} redirects")

    async def _enter(self, fetch: Fetch, url: str, redirects: Sequence[Redirect]) -> None:
        """Have a place at the host of *url*. Raises what forbids to ask there."""
        if redirects and urls.origin(url) != urls.origin(redirects[-1].url):
            # Its robots.txt is asked for first, which may need a place at the same host: who holds
            # one meanwhile would wait for itself.
            fetch.slot.leave()
        self._client.check_address(url)
        if self._policy.obey_robots:
            await self._robots.check(url)
        await fetch.slot.take(url)

    def _headers(self, fetch: Fetch, route: Route, url: str, *, is_first: bool) -> dict[str, str]:
        """Return what to send to *url* now that its turn is here; raises TimedOut or RunStopped."""
        if is_first:
            self._stop.check()
            fetch.log.attempts += 1
        if fetch.log.budget.left <= 0:
            raise TimedOut(url, fetch.log.budget.words)
        if not self._client.verifies(url):
            fetch.log.insecure[urls.host(url)] = None
        return self._client.with_manners(route.headers(url))

    async def read(
        self, request: ImageRequest, *, expected: str | None = None
    ) -> Download | Missed:
        """Return what comes, whatever it is; with *expected*, only the bytes of that digest.

        Raises RunStopped where the run stops before its turn.
        """
        taken: Download | None = None
        with self.begin(request) as fetch:
            async for step in self.steps(fetch):
                try:
                    async with self.answer(fetch, step) as download:
                        if expected and await asyncio.to_thread(digest, download.body) != expected:
                            # No other Referer would bring them.
                            detail = "it shows other bytes today"
                            raise Placeholder(request.url, detail, refusal=False, final=True)
                        fetch.take(download)
                        taken = download
                except ArchiveError as error:
                    fetch.fail(error.fault)
        return taken or fetch.missed

    async def document(self, url: str, validators: Validators | None = None) -> Download | None:
        """Return the page, feed or sitemap at *url*, with its bytes; None once the run stops.

        Raises ArchiveError.
        """
        request = ImageRequest(
            url=url,
            accept=_FOR_DOCUMENTS,
            accept_encoding=FOR_DOCUMENTS,
            max_bytes=DOCUMENT_BYTES,
            validators=validators,
            tries_referers=False,
            live_only=True,
        )
        try:
            found = await self.read(request)
        except RunStopped:
            return None
        if isinstance(found, Missed):
            raise found.fault.error()
        return found

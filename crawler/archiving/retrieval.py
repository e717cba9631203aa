"""Ask for an image, and do with its bytes what an order says, until that is done or in vain.

An order is a record: it can be carried out wherever the bytes are.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from crawler.archiving.placeholders import at_many_paths, in_words, looks_empty
from crawler.archiving.run import Run
from crawler.common import urls
from crawler.common.digests import digest
from crawler.downloads import Download, Fetch, Fetcher, ImageRequest, Missed, Step
from crawler.errors import ArchiveError, Placeholder
from crawler.imaging import WorkerPool
from crawler.models import Attempt, Capture, Profile, Version
from crawler.store.bundle import Bundle, BundleWriter, Nowhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Prove that the bytes are a whole image, and keep it with its derivatives.

    A known stand-in is refused as long as another Referer may bring something better.
    """

    url: str
    """Of the entry."""
    profiles: tuple[Profile, ...]
    writer: BundleWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """Keep the image only where it is another one, and neither broken nor a stand-in."""

    keep: Keep
    current: str
    """The digest of what is archived."""
    versions: tuple[Version, ...]
    """All that the entry has had; one of them that comes back is not kept twice."""
    bundle: Bundle
    """Where their files are."""


Order = Keep | Compare
"""What is to be done with the bytes of an image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """An image that came."""

    capture: Capture
    version: Version | None
    """As it is kept; None where it is the one that it was compared with."""
    doubt: str | None = None
    """Why it may be a stand-in, though it is an image."""
    liked: str | None = None
    """The rung of the Referer ladder that worked; None where nothing was learned."""
    trace: tuple[Attempt, ...] = ()
    """Every request that was made for it, in order."""
    insecure: tuple[str, ...] = ()
    """The hosts among those asked whose TLS was not verified."""


class Retriever:
    """Carries out orders for the whole of a run."""

    def __init__(self, run: Run, fetcher: Fetcher, pool: WorkerPool) -> None:
        self._run = run
        self._catalog = run.archive.catalog
        self._fetcher = fetcher
        self._pool = pool

    async def retrieve(self, request: ImageRequest, order: Order) -> Retrieved | Missed:
        """Return what came of *request*, the files written as *order* says.

        Raises StorageError, NoDecoderError, and RunStopped where the run stops before its turn.
        """
        # What nobody could look at is not asked for.
        await self._pool.ready()
        taken: Retrieved | None = None
        with self._fetcher.begin(request) as fetch:
            async for step in self._fetcher.steps(fetch):
                taken = await self._try(fetch, step, order)
        self._run.check_limits()
        if taken is None:
            return fetch.missed
        return replace(
            taken,
            capture=replace(taken.capture, attempts=fetch.log.attempts),
            liked=fetch.learned,
            trace=tuple(fetch.log.trace),
            insecure=tuple(fetch.log.insecure),
        )

    async def _try(self, fetch: Fetch, step: Step, order: Order) -> Retrieved | None:
        try:
            async with self._fetcher.answer(fetch, step) as download:
                self._run.check_limits()
                taken = await self._carry_out(order, download)
                fetch.take(download)
                return taken
        except ArchiveError as error:
            # Only its value is kept: an error holds the frames with the bytes.
            fetch.fail(error.fault)
            return None

    async def _carry_out(self, order: Order, download: Download) -> Retrieved:
        match order:
            case Keep():
                if not download.last and await self._is_stand_in(order.url, download.body):
                    raise Placeholder(order.url, in_words(urls.host(order.url)))
                return await self._keep(order, download)
            case Compare():
                return await self._compare(order, download)

    async def _keep(self, order: Keep, download: Download) -> Retrieved:
        rendition = await self._pool.render(
            download.body, subject=order.url, profiles=order.profiles, writer=order.writer
        )
        version = Version(
            capture=download.capture,
            original=rendition.original,
            derivatives=rendition.derivatives,
        )
        doubt = download.doubt or looks_empty(rendition)
        return Retrieved(capture=download.capture, version=version, doubt=doubt)

    async def _compare(self, order: Compare, download: Download) -> Retrieved:
        same = Retrieved(capture=download.capture, version=None, doubt=download.doubt)
        if download.not_modified:
            return same
        value = await asyncio.to_thread(digest, download.body)
        if value == order.current:
            return same
        await self._refuse_stand_in(order.keep.url, value, download)
        former = _find(value, order)
        if former is not None:
            return replace(same, version=former)
        return await self._keep(order.keep, download)

    async def _is_stand_in(self, url: str, body: bytes) -> bool:
        host = urls.host(url)
        if not self._catalog.has_stand_ins(host):
            return False
        return self._catalog.is_stand_in(await asyncio.to_thread(digest, body), host)

    async def _refuse_stand_in(self, url: str, value: str, download: Download) -> None:
        """Raise Placeholder where the bytes look like a stand-in, which replaces nothing."""
        if self._catalog.is_no_placeholder(value):
            return
        look = await self._pool.render(download.body, subject=url, profiles=(), writer=Nowhere())
        detail = download.doubt or looks_empty(look) or at_many_paths(url, value, self._catalog)
        if detail is not None:
            raise Placeholder(url, detail)


def _find(value: str, order: Compare) -> Version | None:
    """Return the version that has these bytes, if its files are there."""
    return next(
        (v for v in order.versions if v.original.digest == value and order.bundle.holds(v)), None
    )

"""Bring one image to a version or a failure, from wherever its bytes are to be had."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from crawler.bundles.bundle import Bundle
from crawler.bundles.catalog import CaptureRow
from crawler.bundles.names import Stem
from crawler.downloads import Download, Fetcher, Wanted
from crawler.errors import (
    ArchiveError,
    HttpError,
    InvalidReference,
    NotAnImage,
    UnsupportedScheme,
)
from crawler.grounds import urls
from crawler.grounds.dates import now, rfc3339
from crawler.imaging import WorkerPool
from crawler.manifests import failure_of
from crawler.model import Capture, Failure, Post, Reference, Rendition, Version, Via
from crawler.pipelines.local import read_local
from crawler.run import Run

OF_OPTIONS = frozenset(
    {
        "address-not-allowed",
        "disallowed-by-robots",
        "excluded",
        "no-base-url",
        "too-large",
        "too-many-pixels",
    }
)
"""Codes whose reason an option may lift; otherwise such a failure is as permanent as it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One image of a post, to be brought to a state."""

    url: str
    references: tuple[Reference, ...]
    post: Post
    bundle: Bundle
    stem: Stem
    former: Failure | None
    reconsider: bool
    """Whether options changed since the former failure."""
    admit: Callable[[], None]
    """Called when the image's turn has come; raises RunStopped to leave it for later."""


class _Source(Protocol):
    async def __call__(self, task: Task) -> Version:
        """Return the version, its files written. Raises ArchiveError."""


class Settler:
    """Settles images for the whole of a run; the same URL is fetched once."""

    def __init__(
        self, run: Run, fetcher: Fetcher, pool: WorkerPool, window: asyncio.Semaphore
    ) -> None:
        self._run = run
        self._fetcher = fetcher
        self._pool = pool
        self._window = window
        self._in_flight: dict[str, asyncio.Event] = {}
        self._sources: Mapping[str | None, _Source] = {
            "http": self._from_network,
            "https": self._from_network,
            "data": self._from_data,
            None: self._from_file,
        }

    async def settle(self, task: Task) -> Version | Failure:
        """Return the version, its files written, or why there is none.

        Raises StorageError, and RunStopped where the run ends before the image's turn.
        """
        if urls.scheme(task.url) not in urls.NETWORK_SCHEMES:
            return await self._outcome(task)
        while (busy := self._in_flight.get(task.url)) is not None:
            await busy.wait()
        known = self._known(task)
        if known is not None:
            return known
        self._in_flight[task.url] = done = asyncio.Event()
        host = self._run.hosts[urls.host(task.url)]
        host.wanted += 1
        try:
            outcome = await self._outcome(task)
            self._remember(task, outcome)
        finally:
            del self._in_flight[task.url]
            host.done += 1
            done.set()
        return outcome

    async def _outcome(self, task: Task) -> Version | Failure:
        try:
            source = self._sources.get(urls.scheme(task.url))
            if source is None:
                raise UnsupportedScheme(task.url, f"{urls.scheme(task.url)}: is not fetched")
            return await source(task)
        except ArchiveError as error:
            return failure_of(error, task.former, next_attempt=_next_attempt(error))

    def _known(self, task: Task) -> Version | Failure | None:
        """Return the outcome that the catalog has for the URL, if it still holds."""
        row = self._run.archive.catalog.capture(task.url)
        if row is None:
            return None
        if row.version is not None:
            holder = self._run.archive.bundle(row.bundle)
            if holder.folder.resolve() == task.bundle.folder.resolve():
                return row.version if task.bundle.holds(row.version) else None
            return task.bundle.adopt(row.version, holder, task.stem)
        if row.failure is None or row.run == self._run.token:
            return row.failure
        lifted = task.reconsider and row.failure.code in OF_OPTIONS
        return row.failure if row.failure.permanent and not lifted else None

    def _remember(self, task: Task, outcome: Version | Failure) -> None:
        catalog = self._run.archive.catalog
        if isinstance(outcome, Version):
            twin = catalog.twin_of(outcome.original.digest)
            if twin is not None and twin.version is not None:
                holder = self._run.archive.bundle(twin.bundle)
                task.bundle.share(outcome.original, holder.folder / twin.version.original.path)
        catalog.put_capture(
            CaptureRow(
                url=task.url,
                bundle=self._run.archive.relative(task.bundle),
                run=self._run.token,
                state="archived" if isinstance(outcome, Version) else "failed",
                version=outcome if isinstance(outcome, Version) else None,
                failure=outcome if isinstance(outcome, Failure) else None,
            )
        )

    async def _from_network(self, task: Task) -> Version:
        if urls.resolve(task.url, None) != task.url:
            raise InvalidReference(task.url, "it is not a URL that a browser would ask for")
        policies = (reference.referrer_policy for reference in task.references)

        async def settle(download: Download) -> Rendition:
            return await self._render(task, download.body)

        def admit() -> None:
            self._run.check_limits()
            task.admit()

        capture, rendition = await self._fetcher.fetch(
            Wanted(
                url=task.url,
                referrer_policy=next(filter(None, policies), None),
                post_url=task.post.url,
            ),
            admit=admit,
            settle=settle,
        )
        return _version(capture, rendition)

    async def _from_data(self, task: Task) -> Version:
        payload = task.post.payloads.get(task.url, b"")
        if not payload:
            raise NotAnImage(task.url, "the data: URL holds no image")
        async with self._window:
            task.admit()
            rendition = await self._render(task, payload)
        return _version(_here("data", task.url), rendition)

    async def _from_file(self, task: Task) -> Version:
        async with self._window:
            task.admit()
            most = self._run.options.policy.max_bytes
            payload = await asyncio.to_thread(read_local, task.post, task.url, most)
            rendition = await self._render(task, payload)
        return _version(_here("file", task.url), rendition)

    async def _render(self, task: Task, payload: bytes) -> Rendition:
        return await self._pool.render(
            payload,
            subject=task.url,
            profiles=self._run.options.profiles,
            writer=task.bundle.writer(task.stem),
        )


def _version(capture: Capture, rendition: Rendition) -> Version:
    return Version(capture=capture, original=rendition.original, derivatives=rendition.derivatives)


def _here(via: Via, url: str) -> Capture:
    return Capture(via=via, date=now(), url=url)


def _next_attempt(error: ArchiveError) -> str | None:
    if not error.final or not isinstance(error, HttpError) or error.retry_after is None:
        return None
    return rfc3339(datetime.now(UTC) + timedelta(seconds=error.retry_after))

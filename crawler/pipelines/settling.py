"""Bring one image to a version or a failure, from wherever its bytes are to be had."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
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
from crawler.grounds.digests import digest
from crawler.imaging import WorkerPool
from crawler.manifests import failure_of
from crawler.model import (
    Capture,
    Derivative,
    Entry,
    Failure,
    Original,
    Post,
    Reference,
    Rendition,
    Version,
    Via,
)
from crawler.posts.local import read_local
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
            outcome = await self._outcome(task)
            if isinstance(outcome, Failure) and task.former and _is_same(outcome, task.former):
                # Looking for a file again is no attempt: while it is not there, nothing changed.
                return task.former
            return outcome
        while (busy := self._in_flight.get(task.url)) is not None:
            await busy.wait()
        self._in_flight[task.url] = done = asyncio.Event()
        try:
            known = await self._known(task)
            return known if known is not None else await self._asked(task)
        finally:
            del self._in_flight[task.url]
            done.set()

    async def restore(self, task: Task, original: Original) -> tuple[Derivative, ...] | None:
        """Return the derivatives of an original that is here, made again without the network.

        None if the bytes are no longer what they were, or cannot be rendered.
        """
        path = task.bundle.folder / original.path
        try:
            async with self._window:
                task.admit()
                payload = await asyncio.to_thread(path.read_bytes)
                if await asyncio.to_thread(digest, payload) != original.digest:
                    return None
                return (await self._render(task, payload)).derivatives
        except (OSError, ArchiveError):
            return None

    def recall(self, bundle: Bundle, entries: Iterable[Entry]) -> None:
        """Tell the catalog what a manifest knows and it does not: it may have been lost."""
        catalog = self._run.archive.catalog
        for entry in entries:
            network = urls.scheme(entry.url) in urls.NETWORK_SCHEMES
            if network and entry.state != "skipped" and catalog.capture(entry.url) is None:
                self._put(entry.url, bundle, version_of(entry) or entry.failure)

    async def _asked(self, task: Task) -> Version | Failure:
        host = self._run.hosts[urls.host(task.url)]
        host.wanted += 1
        try:
            outcome = await self._outcome(task)
            if isinstance(outcome, Version):
                await self._share(task.bundle, outcome.original)
            self._put(task.url, task.bundle, outcome)
        finally:
            host.done += 1
        return outcome

    async def _outcome(self, task: Task) -> Version | Failure:
        try:
            source = self._sources.get(urls.scheme(task.url))
            if source is None:
                raise UnsupportedScheme(task.url, f"{urls.scheme(task.url)}: is not fetched")
            return await source(task)
        except ArchiveError as error:
            return failure_of(error, task.former, next_attempt=_next_attempt(error))

    async def _known(self, task: Task) -> Version | Failure | None:
        """Return the outcome that the catalog has for the URL, if it still holds."""
        row = self._run.archive.catalog.capture(task.url)
        if row is None:
            return None
        if row.version is not None:
            holder = self._run.archive.bundle(row.bundle)
            if holder.folder.resolve() == task.bundle.folder.resolve():
                return row.version if task.bundle.holds(row.version) else None
            return await asyncio.to_thread(task.bundle.adopt, row.version, holder, task.stem)
        if row.failure is None or row.run == self._run.token:
            return row.failure
        lifted = task.reconsider and row.failure.code in OF_OPTIONS
        return row.failure if row.failure.permanent and not lifted else None

    async def _share(self, bundle: Bundle, original: Original) -> None:
        """Make one file of the same bytes from two URLs."""
        twin = self._run.archive.catalog.twin_of(original.digest)
        if twin is not None and twin.version is not None:
            path = self._run.archive.bundle(twin.bundle).folder / twin.version.original.path
            await asyncio.to_thread(bundle.share, original, path)

    def _put(self, url: str, bundle: Bundle, outcome: Version | Failure | None) -> None:
        self._run.archive.catalog.put_capture(
            CaptureRow(
                url=url,
                bundle=self._run.archive.relative(bundle),
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

        fetched = await self._fetcher.fetch(
            Wanted(
                url=task.url,
                referrer_policy=next(filter(None, policies), None),
                post_url=task.post.url,
                published=task.post.date,
            ),
            admit=admit,
            settle=settle,
        )
        return _version(fetched.capture, fetched.result)

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


def version_of(entry: Entry) -> Version | None:
    """Return the version that an entry has, if it is archived or suspect."""
    if entry.capture is None or entry.original is None:
        return None
    return Version(capture=entry.capture, original=entry.original, derivatives=entry.derivatives)


def _is_same(one: Failure, other: Failure) -> bool:
    return (one.code, one.detail) == (other.code, other.detail)


def _version(capture: Capture, rendition: Rendition) -> Version:
    return Version(capture=capture, original=rendition.original, derivatives=rendition.derivatives)


def _here(via: Via, url: str) -> Capture:
    return Capture(via=via, date=now(), url=url)


def _next_attempt(error: ArchiveError) -> str | None:
    if not error.final or not isinstance(error, HttpError) or error.retry_after is None:
        return None
    return rfc3339(datetime.now(UTC) + timedelta(seconds=error.retry_after))

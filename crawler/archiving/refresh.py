"""Ask for archived images again: conditionally, and so that nothing good is lost over the answer.

A changed image is a new version, written beside the former ones. What is no true image, or none at
all, changes no file: that its server has it no longer stands in the ``failure`` of what stays
archived. What came of an image is told to the catalog first, and from there brought into each
manifest that names it, whichever post asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, replace

from crawler.archiving.images import Settler, Task, asked_to_wait, versions_of
from crawler.archiving.memory import learn, liked_by
from crawler.archiving.placeholders import at_many_paths, looks_empty
from crawler.archiving.run import Run
from crawler.common import urls
from crawler.common.dates import now, rfc3339
from crawler.common.digests import digest
from crawler.downloads import Download, Fetched, Fetcher, Validators, Wanted
from crawler.errors import (
    AddressNotAllowed,
    ArchiveError,
    DisallowedByRobots,
    Placeholder,
    TooLarge,
    TooManyPixels,
)
from crawler.imaging import WorkerPool
from crawler.models import Capture, Entry, Failure, Version
from crawler.store.bundle import Bundle, Nowhere
from crawler.store.catalog import CaptureRow, FreshnessRow
from crawler.store.image_names import successors_stem
from crawler.store.manifest import failure_of, scheduled

_OURS = (AddressNotAllowed, DisallowedByRobots, TooLarge, TooManyPixels)
"""Permanent, but by an option of this run: they say nothing of what the server has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One image that is to be asked for again."""

    task: Task
    before: Entry
    """What the manifest has."""
    row: CaptureRow
    """What the catalog has: the manifest may be behind."""
    version: Version
    """Of the row."""
    fresh: FreshnessRow


class Refresher:
    """Refreshes images for the whole of a run; the same URL is asked for once."""

    def __init__(self, run: Run, fetcher: Fetcher, pool: WorkerPool, settler: Settler) -> None:
        self._run = run
        self._catalog = run.archive.catalog
        self._fetcher = fetcher
        self._pool = pool
        self._settler = settler
        self._asked: set[int] = set()
        """Hashes of the URLs that had their turn."""

    def due(self, bundle: Bundle, entries: Collection[Entry]) -> frozenset[str]:
        """Return the URLs of the *entries* of *bundle* that are to be seen to now."""
        if self._run.options.refresh is not None:
            self._settler.recall(bundle, entries)  # the catalog may have been lost
        named = frozenset(entry.url for entry in entries if entry.references)
        return named & self._run.due_in(self._run.archive.relative(bundle))

    async def refreshed(self, task: Task, before: Entry, unverified: set[str]) -> Entry:
        """Return the entry as its server has the image now; *before*, where that is what it has.

        Hosts whose TLS was not verified are added to *unverified* where something came of them.
        Raises StorageError, and RunStopped where the run ends before the image's turn.
        """
        async with self._settler.turn(task.url):
            row = self._catalog.capture(task.url)
            if row is None or row.version is None:
                return before
            fresh = self._catalog.freshness(task.url)
            if fresh is not None and self._is_due(fresh):
                case = _Case(task=task, before=before, row=row, version=row.version, fresh=fresh)
                row = await self._ask(case, unverified)
            return await self._in_line(task, before, row)

    def _is_due(self, fresh: FreshnessRow) -> bool:
        if hash(fresh.url) in self._asked or fresh.date > self._run.confirmed_before:
            return False
        until = fresh.failure.next_attempt if fresh.failure else None
        return until is None or until <= rfc3339(self._run.began)

    async def _ask(self, case: _Case, unverified: set[str]) -> CaptureRow:
        """Return what the catalog has of the image from now on."""
        host = self._run.hosts[urls.host(case.row.url)]
        host.wanted += 1
        try:
            fetched = await self._fetched(case)
        except ArchiveError as error:
            self._asked.add(hash(case.row.url))
            return self._refused(case, error)
        finally:
            host.done += 1
        self._asked.add(hash(case.row.url))
        if fetched.result is None:
            return self._confirmed(case, fetched)
        unverified.update(fetched.insecure)
        return self._changed(case.task, fetched, fetched.result)

    async def _fetched(self, case: _Case) -> Fetched[Version | None]:
        """Return the new version, its files written, or None with the answer that there is none."""
        policies = (reference.referrer_policy for reference in case.task.references)
        url = _first_of(case.version.capture)

        async def settle(download: Download) -> Version | None:
            return await self._judged(case, download)

        fetched = await self._fetcher.fetch(
            Wanted(
                url=url,
                referrer_policy=next(filter(None, policies), None),
                post_url=case.task.post.url,
                validators=_validators(case.version.capture, case.fresh),
                liked=liked_by(urls.host(url), self._catalog),
                live_only=True,
            ),
            admit=self._run.admit,
            settle=settle,
        )
        learn(urls.host(url), fetched.liked, self._catalog)
        return fetched

    async def _judged(self, case: _Case, download: Download) -> Version | None:
        """Return the version that *download* is, its files written; None if it is known.

        Raises ArchiveError where it is none, and nothing is written.
        """
        if download.not_modified:
            return None
        value = await asyncio.to_thread(digest, download.body)
        if value == case.version.original.digest:
            return None
        task = case.task
        await self._doubt(task, value, download)
        former = _having(value, case.before, task.bundle)
        if former is not None:
            return replace(former, capture=download.capture)
        stem = successors_stem(_first_path(case.before))
        rendition = await self._pool.render(
            download.body,
            subject=task.url,
            profiles=self._run.options.profiles,
            writer=task.bundle.writer(stem),
        )
        return Version(
            capture=download.capture,
            original=rendition.original,
            derivatives=rendition.derivatives,
        )

    async def _doubt(self, task: Task, value: str, download: Download) -> None:
        """Raise Placeholder where the bytes look like a stand-in, which replaces nothing."""
        if self._catalog.is_no_placeholder(value):
            return
        look = await self._pool.render(
            download.body, subject=task.url, profiles=(), writer=Nowhere()
        )
        detail = (
            download.doubt or looks_empty(look) or at_many_paths(task.url, value, self._catalog)
        )
        if detail is not None:
            raise Placeholder(task.url, detail)

    def _confirmed(self, case: _Case, fetched: Fetched[Version | None]) -> CaptureRow:
        """Note that the image is what it was; that it is back, if it had been gone."""
        self._run.tally.refreshed["unchanged"] += 1
        row, capture = case.row, fetched.capture
        if row.state == "archived" and row.failure is not None:
            row = replace(row, failure=None)
            self._catalog.put_capture(row, is_news=True)
        fresh = replace(case.fresh, date=now(), failure=None)
        if case.version.capture.url == capture.url and _has_validators(capture):
            fresh = replace(fresh, etag=capture.etag, last_modified=capture.last_modified)
        self._catalog.put_freshness(fresh, fetched.trace)
        return row

    def _changed(
        self, task: Task, fetched: Fetched[Version | None], version: Version
    ) -> CaptureRow:
        """Tell the catalog of a new version.

        Others that came meanwhile may have the same bytes: the sweep at the end looks at all.
        """
        self._run.tally.refreshed["changed"] += 1
        if not self._catalog.is_no_placeholder(version.original.digest):
            at_many_paths(task.url, version.original.digest, self._catalog)
        row = CaptureRow(
            url=task.url,
            bundle=self._run.archive.relative(task.bundle),
            run=self._run.token,
            state="archived",
            version=replace(version, capture=fetched.capture),
            failure=None,
        )
        self._catalog.put_capture(row, fetched.trace, is_news=True)
        return row

    def _refused(self, case: _Case, error: ArchiveError) -> CaptureRow:
        """Note that the image did not come: for good with what is archived, else for the schedule.

        Nothing is noted of an image whose host was not asked at all.
        """
        row, fresh = case.row, case.fresh
        is_answer = error.permanent and not isinstance(error, _OURS)
        self._run.tally.refreshed["gone" if is_answer else "unanswered"] += 1
        if error.unasked and not error.trace:
            return row
        if not is_answer:
            failure = scheduled(
                failure_of(error, fresh.failure), self._run.began, not_before=asked_to_wait(error)
            )
            date = now() if error.permanent else fresh.date
            self._catalog.put_freshness(replace(fresh, date=date, failure=failure), error.trace)
            return row
        if row.state == "archived" and not _says(row.failure, error):
            row = replace(row, failure=failure_of(error, None))
            self._catalog.put_capture(row, is_news=True)
        self._catalog.put_freshness(replace(fresh, date=now(), failure=None), error.trace)
        return row

    async def _in_line(self, task: Task, before: Entry, row: CaptureRow) -> Entry:
        """Return the entry of this bundle for what the catalog has of the image."""
        if row.version is None or before.original is None:
            return before
        if row.version.original.digest == before.original.digest:
            if row.state == before.state == "suspect":
                return before
            return replace(before, state=row.state, failure=row.failure)
        version = await self._here(task, before, row, row.version)
        if version is None:
            return before
        return Entry(
            url=before.url,
            state=row.state,
            references=before.references,
            capture=version.capture,
            original=version.original,
            derivatives=version.derivatives,
            failure=row.failure,
            earlier=versions_of(before),
        )

    async def _here(
        self, task: Task, before: Entry, row: CaptureRow, version: Version
    ) -> Version | None:
        """Return *version* with its files in this bundle, or None where they are lost."""
        if row.bundle == self._run.archive.relative(task.bundle):
            return version if task.bundle.holds(version) else None
        stem = successors_stem(_first_path(before))
        holder = self._run.archive.bundle(row.bundle)
        return await asyncio.to_thread(task.bundle.adopt, version, holder, stem)


def _first_path(entry: Entry) -> str:
    """Return where the oldest original is: all later ones are called after it."""
    return versions_of(entry)[-1].original.path


def _having(value: str, entry: Entry, bundle: Bundle) -> Version | None:
    """Return the version of *entry* that has these bytes, if its files are in *bundle*."""
    return next(
        (v for v in versions_of(entry) if v.original.digest == value and bundle.holds(v)), None
    )


def _first_of(capture: Capture) -> str:
    """Return the URL that was asked for: that of a second choice, where that was what helped."""
    return capture.redirects[0].url if capture.redirects else capture.url


def _has_validators(capture: Capture) -> bool:
    return capture.etag is not None or capture.last_modified is not None


def _validators(capture: Capture, fresh: FreshnessRow) -> Validators:
    newer = fresh.etag is not None or fresh.last_modified is not None
    return Validators(
        etag=fresh.etag if newer else capture.etag,
        last_modified=fresh.last_modified if newer else capture.last_modified,
        of=capture.url,
    )


def _says(failure: Failure | None, error: ArchiveError) -> bool:
    return failure is not None and (failure.code, failure.detail) == (error.code, error.detail)

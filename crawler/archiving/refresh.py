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

from crawler.archiving.entries import ImageTask, get_versions
from crawler.archiving.images import ImageArchiver, wait_until
from crawler.archiving.memory import learn, liked_by
from crawler.archiving.placeholders import at_many_paths
from crawler.archiving.retrieval import Compare, Keep, Retrieved, Retriever
from crawler.archiving.run import Run
from crawler.common import urls
from crawler.common.dates import now, rfc3339
from crawler.downloads import ImageRequest, Missed, Validators
from crawler.errors import AddressNotAllowed, DisallowedByRobots, TooLarge, TooManyPixels
from crawler.models import Capture, Entry, Failure, Version
from crawler.store.bundle import Bundle
from crawler.store.catalog import CaptureRow, FreshnessRow
from crawler.store.image_names import successors_stem
from crawler.store.manifest import build_failure, scheduled

_OURS = (AddressNotAllowed, DisallowedByRobots, TooLarge, TooManyPixels)
"""Permanent, but by an option of this run: they say nothing of what the server has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """An entry as its server has the image now."""

    entry: Entry
    insecure: tuple[str, ...] = ()
    """The hosts whose TLS was not verified, where something came of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One image that is to be asked for again."""

    task: ImageTask
    before: Entry
    """What the manifest has."""
    row: CaptureRow
    """What the catalog has: the manifest may be behind."""
    version: Version
    """Of the row."""
    fresh: FreshnessRow


class Refresher:
    """Refreshes images for the whole of a run; the same URL is asked for once."""

    def __init__(self, run: Run, retriever: Retriever, images: ImageArchiver) -> None:
        self._run = run
        self._catalog = run.archive.catalog
        self._retriever = retriever
        self._images = images
        self._asked: set[int] = set()
        """Hashes of the URLs that had their turn."""

    def due(self, bundle: Bundle, entries: Collection[Entry]) -> frozenset[str]:
        """Return the URLs of the *entries* of *bundle* that are to be seen to now."""
        if self._run.options.refresh is not None:
            self._images.recall(bundle, entries)  # the catalog may have been lost
        named = frozenset(entry.url for entry in entries if entry.references)
        return named & self._run.due_in(self._run.archive.relative(bundle))

    async def refresh(self, task: ImageTask, before: Entry) -> Refreshed:
        """Return the entry as its server has the image now; *before*, where that is what it has.

        Raises StorageError, NoDecoderError, and RunStopped where the run ends before its turn.
        """
        async with self._images.turn(task.url):
            row = self._catalog.capture(task.url)
            if row is None or row.version is None:
                return Refreshed(entry=before)
            fresh, insecure = self._catalog.freshness(task.url), tuple[str, ...]()
            if fresh is not None and self._is_due(fresh):
                case = _Case(task=task, before=before, row=row, version=row.version, fresh=fresh)
                row, insecure = await self._ask(case)
            return Refreshed(entry=await self._in_line(task, before, row), insecure=insecure)

    def _is_due(self, fresh: FreshnessRow) -> bool:
        if hash(fresh.url) in self._asked or fresh.date > self._run.confirmed_before:
            return False
        until = fresh.failure.next_attempt if fresh.failure else None
        return until is None or until <= rfc3339(self._run.began)

    async def _ask(self, case: _Case) -> tuple[CaptureRow, tuple[str, ...]]:
        """Return what the catalog has of the image from now on, and the hosts not verified."""
        self._run.check_limits()
        with self._run.stats.asking(urls.host(case.row.url)):
            found = await self._retriever.retrieve(self._request(case), self._order(case))
        self._asked.add(hash(case.row.url))
        if isinstance(found, Missed):
            return self._refused(case, found), ()
        learn(urls.host(_asked_url(case.version.capture)), found.liked, self._catalog)
        if found.version is None:
            return self._confirmed(case, found), ()
        return self._changed(case.task, found, found.version), found.insecure

    def _request(self, case: _Case) -> ImageRequest:
        url = _asked_url(case.version.capture)
        return ImageRequest(
            url=url,
            referrer_policy=case.task.referrer_policy,
            post_url=case.task.post.url,
            validators=_validators(case.version.capture, case.fresh),
            liked=liked_by(urls.host(url), self._catalog),
            live_only=True,
        )

    def _order(self, case: _Case) -> Compare:
        task, versions = case.task, get_versions(case.before)
        return Compare(
            keep=Keep(
                url=task.url,
                profiles=self._run.options.profiles,
                writer=task.bundle.writer(successors_stem(_first_path(case.before))),
            ),
            current=case.version.original.digest,
            versions=versions,
            bundle=task.bundle,
        )

    def _confirmed(self, case: _Case, found: Retrieved) -> CaptureRow:
        """Note that the image is what it was; that it is back, if it had been gone."""
        self._run.stats.refreshed["unchanged"] += 1
        row, capture = case.row, found.capture
        if row.state == "archived" and row.failure is not None:
            row = replace(row, failure=None)
            self._catalog.put_capture(row, is_news=True)
        fresh = replace(case.fresh, date=now(), failure=None)
        has_validators = capture.etag is not None or capture.last_modified is not None
        if case.version.capture.url == capture.url and has_validators:
            fresh = replace(fresh, etag=capture.etag, last_modified=capture.last_modified)
        self._catalog.put_freshness(fresh, found.trace)
        return row

    def _changed(self, task: ImageTask, found: Retrieved, version: Version) -> CaptureRow:
        """Tell the catalog of a new version.

        Others that came meanwhile may have the same bytes: the sweep at the end looks at all.
        """
        self._run.stats.refreshed["changed"] += 1
        if not self._catalog.is_no_placeholder(version.original.digest):
            at_many_paths(task.url, version.original.digest, self._catalog)
        row = CaptureRow(
            url=task.url,
            bundle=self._run.archive.relative(task.bundle),
            run=self._run.token,
            state="archived",
            version=replace(version, capture=found.capture),
            failure=None,
        )
        self._catalog.put_capture(row, found.trace, is_news=True)
        return row

    def _refused(self, case: _Case, missed: Missed) -> CaptureRow:
        """Note that the image did not come: for good with what is archived, else for the schedule.

        Nothing is noted of an image whose host was not asked at all.
        """
        row, fresh, fault = case.row, case.fresh, missed.fault
        is_answer = fault.permanent and not issubclass(fault.kind, _OURS)
        self._run.stats.refreshed["gone" if is_answer else "unanswered"] += 1
        if not missed.asked:
            return row
        if not is_answer:
            failure = scheduled(
                _failure(missed, fresh.failure),
                self._run.began,
                not_before=wait_until(fault),
            )
            date = now() if fault.permanent else fresh.date
            self._catalog.put_freshness(replace(fresh, date=date, failure=failure), missed.trace)
            return row
        said = row.failure and (row.failure.code, row.failure.detail)
        if row.state == "archived" and said != (fault.code, fault.detail):
            row = replace(row, failure=_failure(missed, None))
            self._catalog.put_capture(row, is_news=True)
        self._catalog.put_freshness(replace(fresh, date=now(), failure=None), missed.trace)
        return row

    async def _in_line(self, task: ImageTask, before: Entry, row: CaptureRow) -> Entry:
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
            earlier=get_versions(before),
        )

    async def _here(
        self, task: ImageTask, before: Entry, row: CaptureRow, version: Version
    ) -> Version | None:
        """Return *version* with its files in this bundle, or None where they are lost."""
        if row.bundle == self._run.archive.relative(task.bundle):
            return version if task.bundle.holds(version) else None
        stem = successors_stem(_first_path(before))
        holder = self._run.archive.bundle(row.bundle)
        return await asyncio.to_thread(task.bundle.adopt, version, holder, stem)


def _first_path(entry: Entry) -> str:
    """Return where the oldest original is: all later ones are called after it."""
    return get_versions(entry)[-1].original.path


def _asked_url(capture: Capture) -> str:
    """Return the URL that was asked for: that of a second choice, where that was what helped."""
    return capture.redirects[0].url if capture.redirects else capture.url


def _validators(capture: Capture, fresh: FreshnessRow) -> Validators:
    newer = fresh.etag is not None or fresh.last_modified is not None
    return Validators(
        etag=fresh.etag if newer else capture.etag,
        last_modified=fresh.last_modified if newer else capture.last_modified,
        of=capture.url,
    )


def _failure(missed: Missed, former: Failure | None) -> Failure:
    return build_failure(
        missed.fault, former, attempts=missed.attempts, tried_referers=missed.tried_referers
    )

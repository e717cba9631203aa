"""Bring one image to an outcome, from wherever its bytes are to be had."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from crawler.archiving.memory import learn, liked_by
from crawler.archiving.outcome import Outcome
from crawler.archiving.placeholders import at_many_paths, in_words, looks_empty, suspicion
from crawler.archiving.run import Run
from crawler.common import urls
from crawler.common.dates import now
from crawler.common.digests import digest
from crawler.common.files import read_regular
from crawler.common.nested_urls import inner_url
from crawler.downloads import Download, Fetcher, Wanted
from crawler.errors import (
    ArchiveError,
    HttpError,
    InvalidReference,
    NotAnImage,
    Placeholder,
    UnsupportedScheme,
)
from crawler.imaging import WorkerPool, in_line
from crawler.models import (
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
from crawler.references.origins import WIKI_EMBED
from crawler.sources.local_images import read_local
from crawler.sources.obsidian_vault import Vault
from crawler.store.bundle import Bundle
from crawler.store.catalog import CaptureRow
from crawler.store.image_names import Stem
from crawler.store.manifest import failure_of, is_due, scheduled

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One image of a post, to be brought to a state."""

    url: str
    references: tuple[Reference, ...]
    post: Post
    bundle: Bundle
    stem: Stem
    before: Entry | None
    """What the manifest has for it."""
    reconsidered: frozenset[str]
    """Codes of failures whose reason may be gone, because an option changed."""
    again: bool
    """Whether a person wants it tried again, whatever is known of it."""

    @property
    def former(self) -> Failure | None:
        """Why the runs before did not archive it."""
        return self.before.failure if self.before else None


class _Source(Protocol):
    async def __call__(self, task: Task) -> Outcome:
        """Return what came of it, the files written. Raises ArchiveError."""


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
        self._vault = Vault()
        self._sources: Mapping[str | None, _Source] = {
            "http": self._from_network,
            "https": self._from_network,
            "data": self._from_data,
            None: self._from_file,
        }

    async def settle(self, task: Task) -> Outcome:
        """Return what came of the image, the files written, and the catalog told.

        Raises StorageError, and RunStopped where the run ends before the image's turn.
        """
        if urls.scheme(task.url) not in urls.NETWORK_SCHEMES:
            outcome = await self._outcome(task, task.former)
            if outcome.failure and task.former and _is_same(outcome.failure, task.former):
                # Looking for a file again is no attempt: while it is not there, nothing changed.
                return Outcome(failure=task.former)
            return outcome
        async with self.turn(task.url):
            row = self._run.archive.catalog.capture(task.url)
            known = await self._known(task, row) if row else None
            return known if known is not None else await self._asked(task, row)

    @asynccontextmanager
    async def turn(self, url: str) -> AsyncIterator[None]:
        """Let nobody else see to the image meanwhile."""
        while (busy := self._in_flight.get(url)) is not None:
            await busy.wait()
        self._in_flight[url] = done = asyncio.Event()
        try:
            yield
        finally:
            del self._in_flight[url]
            done.set()

    async def rederive(self, task: Task, version: Version) -> tuple[Derivative, ...] | None:
        """Return the derivatives of an original that is here, those that are missing made anew.

        Without the network. What is here stays as it is; what the profiles do not ask for is listed
        behind the others for as long as it is here. None if the bytes are no longer what they were,
        or cannot be rendered.
        """
        if not task.bundle.holds(replace(version, derivatives=())):
            return None
        present = tuple(each for each in version.derivatives if _holds(task.bundle, version, each))
        made = in_line(version.original, present, self._run.options.profiles)
        if made is None:
            made = await self._made_anew(task, version.original, present)
        if made is not None and made != version.derivatives:
            self._tell(task, replace(version, derivatives=made))
        return made

    async def _made_anew(
        self, task: Task, original: Original, present: Sequence[Derivative]
    ) -> tuple[Derivative, ...] | None:
        path = task.bundle.folder / original.path
        try:
            async with self._window:
                self._run.admit()
                payload = await asyncio.to_thread(read_regular, path, original.size)
                if await asyncio.to_thread(digest, payload) != original.digest:
                    return None
                return (await self._render(task, payload, present)).derivatives
        except (OSError, ArchiveError) as error:
            logger.warning("no derivatives of %s in %s: %s", original.path, task.post.id, error)
            return None

    def _tell(self, task: Task, version: Version) -> None:
        """Tell the catalog of new derivatives, if it is here that other posts take them from."""
        row = self._run.archive.catalog.capture(task.url)
        if row is not None and row.bundle == self._run.archive.relative(task.bundle):
            self._run.archive.catalog.put_capture(replace(row, version=version))

    def recall(self, bundle: Bundle, entries: Iterable[Entry]) -> None:
        """Tell the catalog what a manifest knows and it does not: it may have been lost."""
        catalog = self._run.archive.catalog
        here = self._run.archive.relative(bundle)
        for entry in entries:
            if urls.scheme(entry.url) not in urls.NETWORK_SCHEMES or entry.state == "skipped":
                continue
            known = catalog.bundle_of(entry.url)
            if known is None:
                stands = entry.state == "archived"
                version = version_of(entry)
                outcome = Outcome(version=version, failure=entry.failure, stands=stands)
                self._put(entry.url, bundle, outcome)
            elif known != here:
                catalog.put_holder(entry.url, here)

    async def _asked(self, task: Task, row: CaptureRow | None) -> Outcome:
        host = self._run.hosts[urls.host(task.url)]
        host.wanted += 1
        try:
            former = task.former or (row.failure if row else None)
            outcome = await self._outcome(task, former)
            version = outcome.version
            alone = version is None or not await self._share(task.bundle, version.original)
            # From here on nothing is awaited: what others bring cannot come between.
            outcome = self._judged(task, outcome, former, alone=alone)
            self._put(task.url, task.bundle, outcome)
        finally:
            host.done += 1
        return outcome

    def _judged(
        self, task: Task, outcome: Outcome, former: Failure | None, *, alone: bool
    ) -> Outcome:
        """Return *outcome* with what makes it suspect, if something does.

        *alone* says that no other URL has these bytes.
        """
        if outcome.version is None:
            return _standing(task, outcome)
        catalog = self._run.archive.catalog
        if catalog.is_no_placeholder(outcome.version.original.digest):
            return outcome
        value = outcome.version.original.digest
        detail = outcome.doubt or at_many_paths(task.url, value, catalog, alone=alone)
        if detail is None:
            return outcome
        runs = (former.runs if former else 0) + 1
        return replace(outcome, failure=suspicion(detail, outcome.version.capture, runs))

    async def _outcome(self, task: Task, former: Failure | None) -> Outcome:
        try:
            source = self._sources.get(urls.scheme(task.url))
            if source is None:
                raise UnsupportedScheme(task.url, f"{urls.scheme(task.url)}: is not fetched")
            return await source(task)
        except ArchiveError as error:
            return Outcome(failure=self._failed(task, error, former), trace=error.trace)

    def _failed(self, task: Task, error: ArchiveError, former: Failure | None) -> Failure:
        """Return *error* as a failure, with the time of the next attempt."""
        asked = not error.unasked or error.trace
        if not asked and former is not None and (task.again or not former.permanent):
            return former
        failure = failure_of(error, former)
        if urls.scheme(task.url) not in urls.NETWORK_SCHEMES:
            return failure
        if not asked:
            failure = replace(failure, runs=0, attempts=0, tried_referers=())
        return scheduled(
            failure,
            self._run.began,
            not_before=asked_to_wait(error),
            elsewhere=self._run.options.policy.timegate is not None,
        )

    async def _known(self, task: Task, row: CaptureRow) -> Outcome | None:
        """Return the outcome that the catalog has for the URL, if it still holds."""
        if task.again and row.run != self._run.token:
            return None
        if row.version is not None:
            version = await self._adopted(task, row.version, row.bundle)
            stands = row.state == "archived"
            return Outcome(version=version, failure=row.failure, stands=stands) if version else None
        if row.failure is None or row.run == self._run.token:
            return Outcome(failure=row.failure) if row.failure else None
        lifted = row.failure.code in task.reconsidered
        waits = row.failure.permanent or not is_due(row.failure, self._run.began)
        return Outcome(failure=row.failure) if waits and not lifted else None

    async def _adopted(self, task: Task, version: Version, bundle: str) -> Version | None:
        holder = self._run.archive.bundle(bundle)
        if holder.folder.resolve() == task.bundle.folder.resolve():
            return version if task.bundle.holds(version) else None
        adopted = await asyncio.to_thread(task.bundle.adopt, version, holder, task.stem)
        if adopted is not None:
            self._run.tally.saved_size += task.bundle.shared_size(adopted)
        return adopted

    async def _share(self, bundle: Bundle, original: Original) -> bool:
        """Make one file of the same bytes from two URLs; return whether another URL has them."""
        twin = self._run.archive.catalog.twin_of(original.digest)
        if twin is None or twin.version is None:
            return False
        path = self._run.archive.bundle(twin.bundle).folder / twin.version.original.path
        shared = await asyncio.to_thread(bundle.share, original, path)
        self._run.tally.saved_size += original.size if shared else 0
        return True

    def _put(self, url: str, bundle: Bundle, outcome: Outcome) -> None:
        self._run.archive.catalog.put_capture(
            CaptureRow(
                url=url,
                bundle=self._run.archive.relative(bundle),
                run=self._run.token,
                state=outcome.state,
                version=outcome.version,
                failure=outcome.failure,
            ),
            outcome.trace,
        )

    async def _from_network(self, task: Task) -> Outcome:
        if urls.resolve(task.url, None) != task.url:
            raise InvalidReference(task.url, "it is not a URL that a browser would ask for")
        catalog, host = self._run.archive.catalog, urls.host(task.url)
        policies = (reference.referrer_policy for reference in task.references)

        async def settle(download: Download) -> Rendition:
            if not download.last and await self._is_stand_in(download.body, host):
                raise Placeholder(task.url, in_words(host))
            return await self._render(task, download.body)

        fetched = await self._fetcher.fetch(
            Wanted(
                url=task.url,
                referrer_policy=next(filter(None, policies), None),
                post_url=task.post.url,
                published=task.post.date,
                liked=liked_by(host, catalog),
                second_choice=inner_url(
                    task.url, allow_private=self._run.options.policy.allow_private_addresses
                ),
            ),
            admit=self._run.admit,
            settle=settle,
        )
        learn(host, fetched.liked, catalog)
        return Outcome(
            version=_version(fetched.capture, fetched.result),
            doubt=fetched.doubt or looks_empty(fetched.result),
            trace=fetched.trace,
            insecure=fetched.insecure,
        )

    async def _is_stand_in(self, body: bytes, host: str) -> bool:
        catalog = self._run.archive.catalog
        if not catalog.has_stand_ins(host):
            return False
        return catalog.is_stand_in(await asyncio.to_thread(digest, body), host)

    async def _from_data(self, task: Task) -> Outcome:
        payload = task.post.payloads.get(task.url, b"")
        if not payload:
            raise NotAnImage(task.url, "the data: URL holds no image")
        async with self._window:
            self._run.admit()
            rendition = await self._render(task, payload)
        return Outcome(version=_version(_here("data", task.url), rendition))

    async def _from_file(self, task: Task) -> Outcome:
        async with self._window:
            self._run.admit()
            most = self._run.options.policy.max_bytes
            is_embed = any(reference.origin == WIKI_EMBED for reference in task.references)
            vault = self._vault if is_embed else None
            payload = await asyncio.to_thread(read_local, task.post, task.url, most, vault=vault)
            rendition = await self._render(task, payload)
        return Outcome(version=_version(_here("file", task.url), rendition))

    async def _render(
        self, task: Task, payload: bytes, present: Sequence[Derivative] = ()
    ) -> Rendition:
        return await self._pool.render(
            payload,
            subject=task.url,
            profiles=self._run.options.profiles,
            writer=task.bundle.writer(task.stem),
            present=present,
        )


def version_of(entry: Entry) -> Version | None:
    """Return the version that an entry has, if it is archived or suspect."""
    if entry.capture is None or entry.original is None:
        return None
    return Version(capture=entry.capture, original=entry.original, derivatives=entry.derivatives)


def versions_of(entry: Entry) -> tuple[Version, ...]:
    """Return all that an entry has had, newest first."""
    newest = version_of(entry)
    return (newest, *entry.earlier) if newest else entry.earlier


def _holds(bundle: Bundle, version: Version, derivative: Derivative) -> bool:
    return bundle.holds(replace(version, derivatives=(derivative,)))


def _is_same(one: Failure, other: Failure) -> bool:
    return (one.code, one.detail) == (other.code, other.detail)


def _version(capture: Capture, rendition: Rendition) -> Version:
    return Version(capture=capture, original=rendition.original, derivatives=rendition.derivatives)


def _here(via: Via, url: str) -> Capture:
    return Capture(via=via, date=now(), url=url)


def _standing(task: Task, outcome: Outcome) -> Outcome:
    """Return a failed *outcome*; but what is suspect and here is better than nothing."""
    if task.before is None or task.before.state != "suspect":
        return outcome
    version = version_of(task.before)
    if version is None or not task.bundle.holds(version):
        return outcome
    return replace(outcome, version=version, failure=task.before.failure)


def asked_to_wait(error: ArchiveError) -> datetime | None:
    """Return until when the server asked to be left alone."""
    if not isinstance(error, HttpError) or error.retry_after is None:
        return None
    return datetime.now(UTC) + timedelta(seconds=error.retry_after)

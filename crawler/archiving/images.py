"""Bring one image to an outcome, from wherever its bytes are to be had."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crawler.archiving.entries import ImageOutcome, ImageTask, get_version
from crawler.archiving.memory import learn, liked_by
from crawler.archiving.placeholders import at_many_paths, suspicion
from crawler.archiving.retrieval import Keep, Retrieved, Retriever
from crawler.archiving.run import Run
from crawler.common import urls
from crawler.common.dates import now
from crawler.common.digests import digest
from crawler.common.files import read_regular
from crawler.common.nested_urls import inner_url
from crawler.downloads import ImageRequest, Missed
from crawler.errors import ArchiveError, Fault, InvalidReference, NotAnImage, UnsupportedScheme
from crawler.imaging import WorkerPool, in_line
from crawler.models import Capture, Derivative, Entry, Failure, Original, Rendition, Version, Via
from crawler.references.origins import WIKI_EMBED
from crawler.sources.local_images import read_local
from crawler.sources.obsidian_vault import Vault
from crawler.store.bundle import Bundle
from crawler.store.catalog import CaptureRow
from crawler.store.manifest import build_failure, is_due, scheduled

logger = logging.getLogger(__name__)


class ImageArchiver:
    """Archives images for the whole of a run; the same URL is asked for once."""

    def __init__(
        self, run: Run, retriever: Retriever, pool: WorkerPool, window: asyncio.Semaphore
    ) -> None:
        self._run = run
        self._catalog = run.archive.catalog
        self._retriever = retriever
        self._pool = pool
        self._window = window
        self._in_flight: dict[str, asyncio.Event] = {}
        self._vault = Vault()

    async def archive(self, task: ImageTask) -> ImageOutcome:
        """Archive the image: return its outcome, the files written and the catalog told.

        Raises StorageError, NoDecoderError, and RunStopped where the run ends before its turn.
        """
        if urls.scheme(task.url) not in urls.NETWORK_SCHEMES:
            return await self._archive_local(task)
        async with self.turn(task.url):
            row = self._catalog.capture(task.url)
            known = await self._known(task, row) if row else None
            if known is not None:
                return known
            self._run.check_limits()
            with self._run.stats.asking(urls.host(task.url)):
                order = Keep(
                    url=task.url,
                    profiles=self._run.options.profiles,
                    writer=task.bundle.writer(task.stem),
                )
                request = self._request(task)
                found = _refuse(task) or await self._retriever.retrieve(request, order)
                outcome = await self._conclude(task, row, found)
                self._put(task.url, task.bundle, outcome)
        return outcome

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

    def recall(self, bundle: Bundle, entries: Iterable[Entry]) -> None:
        """Tell the catalog what a manifest knows and it does not: it may have been lost."""
        here = self._run.archive.relative(bundle)
        for entry in entries:
            if urls.scheme(entry.url) not in urls.NETWORK_SCHEMES or entry.state == "skipped":
                continue
            known = self._catalog.bundle_of(entry.url)
            if known is None:
                stands = entry.state == "archived"
                version = get_version(entry)
                outcome = ImageOutcome(version=version, failure=entry.failure, stands=stands)
                self._put(entry.url, bundle, outcome)
            elif known != here:
                self._catalog.put_holder(entry.url, here)

    async def rederive(self, task: ImageTask, version: Version) -> tuple[Derivative, ...] | None:
        """Return the derivatives of an original that is here, those that are missing made anew.

        Without the network. What is here stays as it is; what the profiles do not ask for is listed
        behind the others for as long as it is here. None if the bytes are no longer what they were,
        or cannot be rendered.
        """
        if not task.bundle.holds(replace(version, derivatives=())):
            return None
        present = tuple(
            each
            for each in version.derivatives
            if task.bundle.holds(replace(version, derivatives=(each,)))
        )
        made = in_line(version.original, present, self._run.options.profiles)
        if made is None:
            made = await self._made_anew(task, version.original, present)
        if made is not None and made != version.derivatives:
            row = self._catalog.capture(task.url)
            # Other posts take them from here, if that is where the catalog has them.
            if row is not None and row.bundle == self._run.archive.relative(task.bundle):
                changed = replace(version, derivatives=made)
                self._catalog.put_capture(replace(row, version=changed))
        return made

    async def _made_anew(
        self, task: ImageTask, original: Original, present: Sequence[Derivative]
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

    async def _known(self, task: ImageTask, row: CaptureRow) -> ImageOutcome | None:
        """Return the outcome that the catalog has for the URL, if it still holds."""
        if task.again and row.run != self._run.token:
            return None
        if row.version is not None:
            version = await self._adopted(task, row.version, row.bundle)
            stands = row.state == "archived"
            outcome = ImageOutcome(version=version, failure=row.failure, stands=stands)
            return outcome if version else None
        if row.failure is None:
            return None
        lifted = row.failure.code in task.reconsidered
        waits = row.failure.permanent or not is_due(row.failure, self._run.began)
        holds = row.run == self._run.token or (waits and not lifted)
        return ImageOutcome(failure=row.failure) if holds else None

    async def _adopted(self, task: ImageTask, version: Version, bundle: str) -> Version | None:
        holder = self._run.archive.bundle(bundle)
        if holder.folder.resolve() == task.bundle.folder.resolve():
            return version if task.bundle.holds(version) else None
        adopted = await asyncio.to_thread(task.bundle.adopt, version, holder, task.stem)
        if adopted is not None:
            self._run.stats.saved_size += task.bundle.shared_size(adopted)
        return adopted

    def _request(self, task: ImageTask) -> ImageRequest:
        allow_private = self._run.options.policy.allow_private_addresses
        return ImageRequest(
            url=task.url,
            referrer_policy=task.referrer_policy,
            post_url=task.post.url,
            published=task.post.date,
            liked=liked_by(urls.host(task.url), self._catalog),
            second_choice=inner_url(task.url, allow_private=allow_private),
        )

    async def _conclude(
        self, task: ImageTask, row: CaptureRow | None, found: Retrieved | Missed
    ) -> ImageOutcome:
        """Return what *found* means for the entry."""
        former = task.former or (row.failure if row else None)
        if isinstance(found, Missed):
            failure = self._failure(task, found, former)
            return _keep_suspect(task, ImageOutcome(failure=failure, trace=found.trace))
        assert found.version is not None  # noqa: S101 - it was to be kept
        learn(urls.host(task.url), found.liked, self._catalog)
        version = replace(found.version, capture=found.capture)
        outcome = ImageOutcome(version=version, trace=found.trace, insecure=found.insecure)
        is_alone = not await self._share(task.bundle, version.original)
        # From here on nothing is awaited: what others bring cannot come between.
        value = version.original.digest
        if self._catalog.is_no_placeholder(value):
            return outcome
        detail = found.doubt or at_many_paths(task.url, value, self._catalog, alone=is_alone)
        if detail is None:
            return outcome
        runs = (former.runs if former else 0) + 1
        return replace(outcome, failure=suspicion(detail, version.capture, runs))

    async def _share(self, bundle: Bundle, original: Original) -> bool:
        """Make one file of the same bytes from two URLs; return whether another URL has them."""
        twin = self._catalog.twin_of(original.digest)
        if twin is None or twin.version is None:
            return False
        path = self._run.archive.bundle(twin.bundle).folder / twin.version.original.path
        shared = await asyncio.to_thread(bundle.share, original, path)
        self._run.stats.saved_size += original.size if shared else 0
        return True

    def _failure(self, task: ImageTask, missed: Missed, former: Failure | None) -> Failure:
        """Return why the image *missed* its archive, with the time of the next attempt."""
        if not missed.asked and former is not None and (task.again or not former.permanent):
            return former
        failure = build_failure(
            missed.fault,
            former,
            attempts=missed.attempts,
            tried_referers=missed.tried_referers,
        )
        if not missed.asked:
            failure = replace(failure, runs=0, attempts=0, tried_referers=())
        return scheduled(
            failure,
            self._run.began,
            not_before=wait_until(missed.fault),
            elsewhere=self._run.options.policy.timegate is not None,
        )

    def _put(self, url: str, bundle: Bundle, outcome: ImageOutcome) -> None:
        self._catalog.put_capture(
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

    async def _archive_local(self, task: ImageTask) -> ImageOutcome:
        """Archive what needs no network: an image in the article or beside it."""
        try:
            async with self._window:
                self._run.admit()
                via, payload = await self._payload(task)
                rendition = await self._render(task, payload)
        except ArchiveError as error:
            failure = build_failure(error.fault, task.former)
            former = task.former
            # Looking for a file again is no attempt: while it is not there, nothing changed.
            if former and (former.code, former.detail) == (failure.code, failure.detail):
                failure = former
            return ImageOutcome(failure=failure)
        capture = Capture(via=via, date=now(), url=task.url)
        return ImageOutcome(
            version=Version(
                capture=capture,
                original=rendition.original,
                derivatives=rendition.derivatives,
            )
        )

    async def _payload(self, task: ImageTask) -> tuple[Via, bytes]:
        """Return where the image was found and its bytes. Raises ArchiveError."""
        scheme = urls.scheme(task.url)
        if scheme == "data":
            payload = task.post.payloads.get(task.url, b"")
            if not payload:
                raise NotAnImage(task.url, "the data: URL holds no image")
            return "data", payload
        if scheme is not None:
            raise UnsupportedScheme(task.url, f"{scheme}: is not fetched")
        is_embed = any(reference.origin == WIKI_EMBED for reference in task.references)
        vault, most = self._vault if is_embed else None, self._run.options.policy.max_bytes
        return "file", await asyncio.to_thread(read_local, task.post, task.url, most, vault=vault)

    async def _render(
        self, task: ImageTask, payload: bytes, present: Sequence[Derivative] = ()
    ) -> Rendition:
        return await self._pool.render(
            payload,
            subject=task.url,
            profiles=self._run.options.profiles,
            writer=task.bundle.writer(task.stem),
            present=present,
        )


def wait_until(fault: Fault) -> datetime | None:
    """Return until when the server asked to be left alone."""
    if fault.retry_after is None:
        return None
    return datetime.now(UTC) + timedelta(seconds=fault.retry_after)


def _refuse(task: ImageTask) -> Missed | None:
    """Return why nobody is asked for the image, if it is named by no URL."""
    if urls.resolve(task.url, None) == task.url:
        return None
    detail = "it is not a URL that a browser would ask for"
    return Missed(fault=InvalidReference(task.url, detail).fault)


def _keep_suspect(task: ImageTask, outcome: ImageOutcome) -> ImageOutcome:
    """Return a failed *outcome*; but what is suspect and here is better than nothing."""
    if task.before is None or task.before.state != "suspect":
        return outcome
    version = get_version(task.before)
    if version is None or not task.bundle.holds(version):
        return outcome
    return replace(outcome, version=version, failure=task.before.failure)

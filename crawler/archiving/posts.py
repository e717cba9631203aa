"""Archive the images of one post: find its bundle, and bring each of its entries to a state."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from crawler.archiving.entries import (
    Group,
    ImageTask,
    build_entry,
    get_version,
    get_versions,
    group_references,
    is_here,
    keep_unnamed,
    name_images,
)
from crawler.archiving.images import ImageArchiver
from crawler.archiving.lifting import liftable
from crawler.archiving.manifest_files import read_manifest
from crawler.archiving.refresh import Refresher
from crawler.archiving.run import Run
from crawler.common.problems import costly
from crawler.common.stop_signal import RunStopped
from crawler.errors import Excluded, ManifestError, NoDecoderError, StorageError
from crawler.models import Entry, Failure, Manifest, Post
from crawler.sources import PostItem
from crawler.store.archive import bundle_in_place
from crawler.store.bundle import Bundle
from crawler.store.image_names import Stem
from crawler.store.manifest import is_due, is_settled

_UNVERIFIED = " (--insecure-host)"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedPost:
    """A post, every reference of which has come to a state."""

    item: PostItem
    bundle: Bundle
    former: Manifest | None
    entries: tuple[Entry, ...]
    digest: str | None = None
    """Of the file of the former manifest."""
    unwanted: frozenset[str] | None = None
    """URLs of entries that the post does not ask for any more; None where nobody looked."""

    @property
    def post(self) -> Post:
        """The post of the item."""
        return self.item.post

    @property
    def is_recorded(self) -> bool:
        """Whether the post has a manifest: it names images, did once, or may do so unseen."""
        return bool(self.entries or self.former or costly(self.post.problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What is known of a post before its images are looked at."""

    item: PostItem
    bundle: Bundle
    known: Mapping[str, Entry]
    groups: Mapping[str, Group]
    stems: Mapping[str, Stem]
    reconsidered: frozenset[str]
    due: frozenset[str]
    """URLs that are to be refreshed, or brought in line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """What came of one image of a post."""

    entry: Entry
    is_told: bool = False
    """Whether the catalog has learned of it."""
    insecure: tuple[str, ...] = ()
    """Hosts whose TLS was not verified."""


class PostArchiver:
    """Archives posts for the whole of a run; what is settled already is not asked again."""

    def __init__(self, run: Run, images: ImageArchiver, refresher: Refresher) -> None:
        self._run = run
        self._images = images
        self._refresher = refresher

    async def archive(self, item: PostItem) -> ArchivedPost:
        """Return *item* with an entry for each image.

        Raises ManifestError or PathError where this post cannot be archived, StorageError,
        NoDecoderError, and RunStopped where the run ends before its turn.
        """
        bundle = self._bundle(item)
        read = None if bundle.is_new else await read_manifest(self._run, bundle)
        former, value = read or (None, None)
        if former is None and item.only is not None:
            raise ManifestError(f"{bundle.manifest} is not there")
        if former is not None and former.post.id != item.post.id:
            raise ManifestError(f"{bundle.manifest} belongs to the post {former.post.id}")
        if former is None and not item.post.references:
            return ArchivedPost(item=item, bundle=bundle, former=None, entries=())
        work = self._work(item, bundle, former)
        # First those tried least: a host that is left alone does not let all have a turn.
        runs = {url: each.failure.runs for url, each in work.known.items() if each.failure}
        order = sorted(work.groups, key=lambda url: runs.get(url, 0))
        # All of them, also when one raises: what is on its way is kept.
        tasks = (self._entry(work, url) for url in order)
        done = _raise_worst(await asyncio.gather(*tasks, return_exceptions=True))
        found = {each.entry.url: each.entry for each in done}
        left = keep_unnamed(work.known, work.groups)
        entries = (*(found[url] for url in work.groups), *left)
        told = {each.entry.url for each in done if each.is_told}
        self._images.recall(bundle, (each for each in entries if each.url not in told))
        return ArchivedPost(
            item=_with_problems(item, former, {host for each in done for host in each.insecure}),
            bundle=bundle,
            former=former,
            entries=entries,
            digest=value,
            unwanted=self._unwanted(item, entries),
        )

    def _bundle(self, item: PostItem) -> Bundle:
        if item.only is not None:
            row = self._run.archive.catalog.post(item.post.id)
            if row is None or row.bundle is None:
                raise ManifestError(f"{item.post.id} has no bundle")
            return self._run.archive.bundle(row.bundle)
        if self._run.options.in_place and item.post.path is not None:
            return bundle_in_place(item.post.path)
        return self._run.archive.bundle_for(item.post)

    def _work(self, item: PostItem, bundle: Bundle, former: Manifest | None) -> _Work:
        known = {entry.url: entry for entry in former.entries} if former else {}
        groups = group_references(item.post.references)
        if item.only is not None:
            groups = {url: entry.references for url, entry in known.items()}
        row = self._run.archive.catalog.post(item.post.id)
        reconsider = row is None or row.fingerprint != self._run.options.fingerprint
        policy = self._run.options.policy
        return _Work(
            item=item,
            bundle=bundle,
            known=known,
            groups=groups,
            stems=name_images(groups, known),
            reconsidered=liftable(policy) if reconsider else frozenset(),
            # Those that a person wants to be tried again are asked for whatever is known of them.
            due=frozenset() if item.only else self._refresher.due(bundle, known.values()),
        )

    async def _entry(self, work: _Work, url: str) -> _Done:
        """Return the entry for *url*: as it was, refreshed, restored, or archived now."""
        references, only = work.groups[url], work.item.only
        kept = self._kept(work, url)
        is_due = url in work.due and kept is not None and kept.original is not None
        rederives = self._run.options.rederive and kept is not None and kept.original is not None
        if kept is not None and not (is_due or rederives):
            return _Done(entry=kept)
        task = ImageTask(
            url=url,
            references=references,
            post=work.item.post,
            bundle=work.bundle,
            stem=work.stems[url],
            before=work.known.get(url),
            reconsidered=work.reconsidered,
            again=kept is None and only is not None,
        )
        insecure: tuple[str, ...] = ()
        if is_due and kept is not None and self._skip(url, references) is None:
            refreshed = await self._refresher.refresh(task, kept)
            kept, insecure = refreshed.entry, refreshed.insecure
            task = replace(task, before=kept)
        restored = await self._restored(task) if rederives or kept is None else None
        here = restored or kept
        if here is not None:
            return _Done(entry=here, insecure=insecure)
        outcome = await self._images.archive(task)
        return _Done(
            entry=build_entry(task, outcome),
            is_told=bool(outcome.trace),
            insecure=outcome.insecure,
        )

    def _kept(self, work: _Work, url: str) -> Entry | None:
        """Return the entry for *url* if there is nothing to archive for it."""
        before, only = work.known.get(url), work.item.only
        if only is None:
            return self._settled(work, url, before)
        lost = url in work.due and before is not None and not is_here(before, work.bundle)
        return None if lost or url in only else before

    def _settled(self, work: _Work, url: str, before: Entry | None) -> Entry | None:
        """Return what is settled *before* this run, or is left out on purpose."""
        references = work.groups[url]
        if before is not None and before.original is not None:
            return replace(before, references=references) if is_here(before, work.bundle) else None
        skip = self._skip(url, references)
        if skip is not None:
            return Entry(
                url=url,
                state="skipped",
                references=references,
                failure=skip,
                earlier=get_versions(before),
            )
        if before is None or before.failure is None or before.state == "skipped":
            return None
        if before.failure.code in work.reconsidered:
            return None
        if is_settled(before) or not is_due(before.failure, self._run.began):
            return replace(before, references=references)
        return None

    async def _restored(self, task: ImageTask) -> Entry | None:
        """Return the entry with the derivatives made that it lacks, if its original is here."""
        before, version = task.before, get_version(task.before) if task.before else None
        if task.again or before is None or version is None:
            return None
        derivatives = await self._images.rederive(task, version)
        if derivatives is None:
            return None
        return replace(before, references=task.references, derivatives=derivatives)

    def _skip(self, url: str, references: Group) -> Failure | None:
        rule = self._run.options.excludes(url)
        if rule is not None:
            return Failure(code=Excluded.code, detail=rule, permanent=True)
        reasons = [reference.skip for reference in references]
        return None if None in reasons else reasons[0]

    def _unwanted(self, item: PostItem, entries: Iterable[Entry]) -> frozenset[str] | None:
        """Return what a post has and does not ask for any more; None where nobody looked."""
        if item.only is not None:
            return None
        return frozenset(
            entry.url
            for entry in entries
            if not entry.references or self._skip(entry.url, entry.references) is not None
        )


def _with_problems(item: PostItem, former: Manifest | None, unverified: Iterable[str]) -> PostItem:
    """Return *item*, saying of which hosts the TLS was not verified, now or in former runs."""
    known = (p for p in (former.post.problems if former else ()) if p.endswith(_UNVERIFIED))
    new = (f"TLS of {host} was not verified{_UNVERIFIED}" for host in sorted(unverified))
    problems = tuple(dict.fromkeys((*item.post.problems, *known, *new)))
    return replace(item, post=replace(item.post, problems=problems))


def _raise_worst(results: Sequence[_Done | BaseException]) -> list[_Done]:
    """Raise what ended a task, a full disk before others, a mere end of the run last."""
    raised = [result for result in results if isinstance(result, BaseException)]
    if raised:
        worst, mildest = StorageError | NoDecoderError, RunStopped
        raise min(raised, key=lambda error: isinstance(error, mildest) - isinstance(error, worst))
    return [result for result in results if isinstance(result, _Done)]

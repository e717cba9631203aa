"""Fetch, keep and derive the images of a post."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from crawler.archiving.images import Settler, Task, version_of, versions_of
from crawler.archiving.lifting import liftable
from crawler.archiving.memory import CatalogRobots
from crawler.archiving.outcome import Outcome
from crawler.archiving.refresh import Refresher
from crawler.archiving.run import Ending, SettledItem
from crawler.common.stop_signal import RunStopped
from crawler.downloads import Fetcher, ScrapyTransport
from crawler.errors import Excluded, ManifestError, PathError, StorageError
from crawler.extensions import get_run
from crawler.imaging import Limits, WorkerPool
from crawler.models import Entry, Failure, Manifest, Reference
from crawler.sources import PostItem
from crawler.store.archive import bundle_in_place
from crawler.store.bundle import Bundle
from crawler.store.image_names import Stem, assign_stems, returning_stem
from crawler.store.manifest import is_due, is_settled, read_manifest

Group = tuple[Reference, ...]
"""The references of one entry."""
_UNVERIFIED = " (--insecure-host)"


class ImagesPipeline:
    """Brings every reference of a post to a state; what is settled already is not asked again."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._run = get_run(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline of *crawler*."""
        return cls(crawler)

    async def open_spider(self) -> None:
        """Prepare what lives as long as the run."""
        options = self._run.options
        window = asyncio.Semaphore(options.policy.window)
        transport = ScrapyTransport(self._crawler, timeout=options.policy.timeout)
        self._pool = WorkerPool(limits=Limits(max_pixels=options.max_pixels))
        robots = CatalogRobots(self._run.archive.catalog)
        self._run.fetcher = Fetcher(
            transport, options.policy, window, self._run.stop, robots_memory=robots
        )
        self._settler = Settler(self._run, self._run.fetcher, self._pool, window)
        self._refresher = Refresher(self._run, self._run.fetcher, self._pool, self._settler)
        # Later, each step of it would wait for the threads that read the first posts.
        await self._pool.warm()

    async def close_spider(self) -> None:
        """Let the worker processes go."""
        await self._pool.close()

    async def process_item(self, item: PostItem) -> SettledItem:
        """Return *item* with an entry for each image. Raises DropItem when it must be left."""
        try:
            return await self._settled(item)
        except (ManifestError, PathError) as error:
            self._run.problem(item.post.source, str(error))
            raise DropItem(str(error)) from error
        except StorageError as error:
            self._run.end(Ending.STORAGE, str(error))
            raise DropItem(str(error)) from error
        except RunStopped as error:
            raise DropItem("the run ends before its turn") from error

    async def _settled(self, item: PostItem) -> SettledItem:
        bundle = self._bundle(item)
        former = None if bundle.is_new else await asyncio.to_thread(_former, bundle)
        if former is None and item.only is not None:
            raise ManifestError(f"{bundle.manifest} is not there")
        if former is not None and former.post.id != item.post.id:
            raise ManifestError(f"{bundle.manifest} belongs to the post {former.post.id}")
        entries: tuple[Entry, ...] = ()
        unverified: set[str] = set()
        if item.post.references or former is not None:
            entries = await self._entries(item, bundle, former, unverified)
        return SettledItem(
            item=_with_problems(item, former, unverified),
            bundle=bundle,
            former=former,
            entries=entries,
            unwanted=self._unwanted(item, entries),
        )

    def _bundle(self, item: PostItem) -> Bundle:
        if item.only is not None:
            return self._known_bundle(item.post.id)
        if self._run.options.in_place and item.post.path is not None:
            return bundle_in_place(item.post.path)
        return self._run.archive.bundle_for(item.post)

    def _known_bundle(self, post_id: str) -> Bundle:
        row = self._run.archive.catalog.post(post_id)
        if row is None or row.bundle is None:
            raise ManifestError(f"{post_id} has no bundle")
        return self._run.archive.bundle(row.bundle)

    async def _entries(
        self, item: PostItem, bundle: Bundle, former: Manifest | None, unverified: set[str]
    ) -> tuple[Entry, ...]:
        """Return the entries of a post; add to *unverified* what hosts were not verified."""
        known = {entry.url: entry for entry in former.entries} if former else {}
        groups = _by_url(item.post.references)
        if item.only is not None:
            groups = {url: entry.references for url, entry in known.items()}
        stems = _stems(groups, known)
        row = self._run.archive.catalog.post(item.post.id)
        reconsider = row is None or row.fingerprint != self._run.options.fingerprint
        reconsidered = liftable(self._run.options.policy) if reconsider else frozenset[str]()
        # Those that a person wants to be tried again are asked for whatever is known of them.
        due = frozenset() if item.only else self._refresher.due(bundle, known.values())

        told = set[str]()  # what is asked for here, and the catalog learns of when it is settled

        async def entry(url: str) -> Entry:
            before = known.get(url)
            if item.only is not None:
                lost = url in due and before is not None and not _is_here(before, bundle)
                kept = None if lost or url in item.only else before
            else:
                kept = self._kept(url, groups[url], before, bundle, reconsidered)
            refreshes = url in due and kept is not None and kept.original is not None
            rederives = self._run.options.rederive and kept is not None and kept.original
            if kept is not None and not (refreshes or rederives):
                return kept
            task = Task(
                url=url,
                references=groups[url],
                post=item.post,
                bundle=bundle,
                stem=stems[url],
                before=before,
                reconsidered=reconsidered,
                again=kept is None and item.only is not None,
            )
            if refreshes and kept is not None and self._skip(url, groups[url]) is None:
                kept = await self._refresher.refreshed(task, kept, unverified)
                task = replace(task, before=kept)
            here = await self._restored(task) if rederives or kept is None else None
            here = here or kept
            if here is not None:
                return here
            outcome = await self._settler.settle(task)
            if outcome.trace:
                told.add(url)
            unverified.update(outcome.insecure)
            return _entry(task, outcome)

        # First those that were tried least: a host that is left alone does not let all have a turn.
        order = sorted(groups, key=lambda url: _runs(known.get(url)))
        # All of them, also when one raises: what is on its way is kept.
        results = await asyncio.gather(*map(entry, order), return_exceptions=True)
        _raise_worst(results)
        found = {result.url: result for result in results if isinstance(result, Entry)}
        entries = [found[url] for url in groups] + _no_longer_named(known, groups)
        self._settler.recall(bundle, (each for each in entries if each.url not in told))
        return tuple(entries)

    async def _restored(self, task: Task) -> Entry | None:
        """Return the entry with the derivatives made that it lacks, if its original is here."""
        before, version = task.before, version_of(task.before) if task.before else None
        if task.again or before is None or version is None:
            return None
        derivatives = await self._settler.rederive(task, version)
        if derivatives is None:
            return None
        return replace(before, references=task.references, derivatives=derivatives)

    def _kept(
        self,
        url: str,
        references: Group,
        before: Entry | None,
        bundle: Bundle,
        reconsidered: frozenset[str],
    ) -> Entry | None:
        """Return the entry for *url* if there is nothing to do for it."""
        if before is not None and before.original is not None:
            return replace(before, references=references) if _is_here(before, bundle) else None
        skip = self._skip(url, references)
        if skip is not None:
            earlier = versions_of(before) if before else ()
            return Entry(
                url=url, state="skipped", references=references, failure=skip, earlier=earlier
            )
        if before is None or before.failure is None or before.state == "skipped":
            return None
        if before.failure.code in reconsidered:
            return None
        if is_settled(before) or not is_due(before.failure, self._run.began):
            return replace(before, references=references)
        return None

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


def _former(bundle: Bundle) -> Manifest | None:
    """Return the manifest that *bundle* has, what a killed run left half-written being removed."""
    manifest = read_manifest(bundle.manifest)
    bundle.sweep()
    return manifest


def _by_url(references: Sequence[Reference]) -> dict[str, Group]:
    groups: dict[str, list[Reference]] = {}
    for reference in references:
        groups.setdefault(reference.url, []).append(reference)
    return {url: tuple(group) for url, group in groups.items()}


def _stems(groups: Mapping[str, Group], known: Mapping[str, Entry]) -> dict[str, Stem]:
    versions = {url: versions_of(entry) for url, entry in known.items()}
    taken = [version.original.path for each in versions.values() for version in each]
    paths = {url: each[0].original.path for url, each in versions.items() if each}
    return {
        **assign_stems([url for url in groups if url not in paths], taken),
        # Files that went missing come back under the names that they had.
        **{url: returning_stem(path) for url, path in paths.items()},
    }


def _is_here(entry: Entry, bundle: Bundle) -> bool:
    version = version_of(entry)
    return version is not None and bundle.holds(version)


def _runs(before: Entry | None) -> int:
    return before.failure.runs if before and before.failure else 0


def _entry(task: Task, outcome: Outcome) -> Entry:
    former, version = versions_of(task.before) if task.before else (), outcome.version
    if version is None:
        return Entry(
            url=task.url,
            state="failed",
            references=task.references,
            failure=outcome.failure,
            earlier=former,
        )
    same = former and former[0].original.digest == version.original.digest
    return Entry(
        url=task.url,
        state=outcome.state,
        references=task.references,
        capture=version.capture,
        original=version.original,
        derivatives=version.derivatives,
        failure=outcome.failure,
        earlier=former[1:] if same else former,
    )


def _with_problems(item: PostItem, former: Manifest | None, unverified: Iterable[str]) -> PostItem:
    """Return *item*, saying of which hosts the TLS was not verified, now or in former runs."""
    known = (p for p in (former.post.problems if former else ()) if p.endswith(_UNVERIFIED))
    new = (f"TLS of {host} was not verified{_UNVERIFIED}" for host in sorted(unverified))
    problems = tuple(dict.fromkeys((*item.post.problems, *known, *new)))
    return replace(item, post=replace(item.post, problems=problems))


def _no_longer_named(known: Mapping[str, Entry], groups: Mapping[str, Group]) -> list[Entry]:
    """Return what the post names no longer as far as there are files: they are kept all the same.

    What was missing last is missing no more, since nobody names it: its newest version stands.
    """
    gone = (entry for url, entry in known.items() if url not in groups)
    return [left for entry in gone if (left := _unnamed(entry)) is not None]


def _unnamed(entry: Entry) -> Entry | None:
    if entry.state in {"archived", "suspect"}:
        return replace(entry, references=())
    versions = versions_of(entry)
    if not versions:
        return None
    return Entry(
        url=entry.url,
        state="archived",
        references=(),
        capture=versions[0].capture,
        original=versions[0].original,
        derivatives=versions[0].derivatives,
        earlier=versions[1:],
    )


def _raise_worst(results: Sequence[object]) -> None:
    """Raise what ended a task, a full disk before others, a mere end of the run last."""
    raised = [result for result in results if isinstance(result, BaseException)]
    if raised:
        raise min(raised, key=_gravity)


def _gravity(error: BaseException) -> int:
    return 0 if isinstance(error, StorageError) else 2 if isinstance(error, RunStopped) else 1

"""Write the manifest beside the article, last and only if something changed."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from crawler.archiving.memory import remember_standings
from crawler.archiving.run import Ending, SettledItem
from crawler.archiving.sweep import sweep
from crawler.common.safe_paths import storable
from crawler.errors import PathError, StorageError
from crawler.extensions import get_run
from crawler.models import STATES, ArticleRecord, Manifest
from crawler.store.catalog import PostRow
from crawler.store.manifest import (
    article_of,
    build_manifest,
    count_failures,
    earliest,
    is_settled,
    revision_of,
    same_but_agent,
)

logger = logging.getLogger(__name__)


class ManifestPipeline:
    """Closes a post: article, manifest, then the catalog's row."""

    def __init__(self, crawler: Crawler) -> None:
        self._run = get_run(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline of *crawler*."""
        return cls(crawler)

    async def open_spider(self) -> None:
        """Bring manifests in line with what was found out since they were written."""
        await sweep(self._run)

    async def close_spider(self) -> None:
        """Do the same for what this run found out."""
        await sweep(self._run)

    async def process_item(self, item: SettledItem) -> SettledItem:
        """Return *item*, its manifest written. Raises DropItem when the disk refuses."""
        known = self._run.archive.catalog.post(item.post.id)
        kept = self._kept_article(item, known)
        manifest = build_manifest(
            item.post,
            article=kept or article_of(item.post, storable(item.bundle.article)),
            entries=item.entries,
        )
        try:
            if item.entries:
                # What a manifest says of an image, the catalog knows.
                self._run.archive.catalog.commit()
            written = await asyncio.to_thread(
                self._write, item, manifest, keeps_article=kept is not None
            )
            self._run.archive.record(self._row(item, manifest, known))
            remember_standings(item, self._run.archive)
        except PathError as error:
            self._run.problem(item.post.source, str(error))
            raise DropItem(str(error)) from error
        except StorageError as error:
            self._run.end(Ending.STORAGE, str(error))
            raise DropItem(str(error)) from error
        self._count(item, manifest, changed=written or known is None)
        return item

    def _kept_article(self, item: SettledItem, known: PostRow | None) -> ArticleRecord | None:
        """Return the record of the article in the bundle, where the post has nothing new for it.

        Pages change by themselves, around the article: a new copy an hour would be no use. Where
        images are tried again, nobody looks at the article.
        """
        if item.item.only is not None and item.former is not None:
            return item.former.post.article
        if item.post.revision is None or known is None or item.former is None:
            return None
        there = (item.bundle.folder / item.bundle.article).exists()
        return item.former.post.article if there and known.digest == item.post.revision else None

    def _write(self, item: SettledItem, manifest: Manifest, *, keeps_article: bool) -> bool:
        """Write what is new of article and manifest; return whether the manifest is. Blocks."""
        if not item.entries and item.former is None:
            return False
        if not keeps_article:
            item.bundle.keep_article(item.post.content)
        if item.former is not None and same_but_agent(item.former, manifest):
            return False
        # Whatever the order in which a disk keeps names, no manifest is there before its files.
        item.bundle.sync()
        self._run.write_manifest(item.bundle, item.former, manifest)
        return True

    def _row(self, item: SettledItem, manifest: Manifest, known: PostRow | None) -> PostRow:
        settled = all(entry.state == "skipped" or is_settled(entry) for entry in item.entries)
        failures = count_failures(item.entries)
        due = earliest(item.entries)
        if item.item.only is not None and known is not None:
            return replace(
                known, settled=settled, due=due, summary=manifest.summary, failures=failures
            )
        article = item.item.article
        has_bundle = bool(item.entries) or item.former is not None
        bundle = self._run.archive.relative(item.bundle) if has_bundle else None
        return PostRow(
            id=item.post.id,
            path=str(item.post.path.absolute()) if item.post.path else item.post.source,
            document=item.item.document,
            identity=item.item.identity,
            size=article.size if article else 0,
            mtime_ns=article.mtime_ns if article else 0,
            fingerprint=self._run.options.fingerprint,
            settled=settled,
            due=due,
            bundle=bundle,
            digest=revision_of(item.post),
            summary=manifest.summary,
            failures=failures,
        )

    def _count(self, item: SettledItem, manifest: Manifest, *, changed: bool) -> None:
        tally = self._run.tally
        tally.add(item.post.id, manifest.summary, count_failures(item.entries))
        tally.unchanged_posts += not changed
        tally.add_new(item.former, item.entries)
        if item.entries or item.former is not None:
            new = self._run.note_news(item.former, manifest)
            self._run.note_failures(item.post.id, item.entries, new=new)
        if changed and item.entries:
            logger.info("%s: %s", item.post.id, _in_words(manifest), extra={"post": item.post.id})
            _log_failures(item)
        # What stays as it was is no news for whoever reads warnings.
        level = logging.WARNING if changed else logging.INFO
        for problem in item.post.problems:
            logger.log(level, "%s: %s", item.post.id, problem, extra={"post": item.post.id})


def _log_failures(item: SettledItem) -> None:
    for entry in item.entries:
        if entry.failure is not None and entry.state != "skipped":
            logger.info(
                "%s: %s is %s: %s (%s)",
                *(item.post.id, entry.url, entry.state, entry.failure.detail, entry.failure.code),
                extra={"post": item.post.id, "url": entry.url},
            )


def _in_words(manifest: Manifest) -> str:
    summary = manifest.summary
    counts = ((getattr(summary, state), state) for state in STATES)
    return ", ".join(f"{count} {state}" for count, state in counts if count)

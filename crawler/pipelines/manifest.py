"""Write the manifest beside the article, last and only if something changed."""

from __future__ import annotations

import asyncio
import logging
from typing import Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from crawler.bundles.catalog import PostRow
from crawler.errors import PathError, StorageError
from crawler.grounds.digests import digest
from crawler.grounds.files import write_atomically
from crawler.manifests import (
    build_manifest,
    count_failures,
    is_settled,
    same_but_agent,
    to_document,
)
from crawler.model import STATES, Manifest
from crawler.run import Ending, SettledItem, run_of

logger = logging.getLogger(__name__)


class ManifestPipeline:
    """Closes a post: article, manifest, then the catalog's row."""

    def __init__(self, crawler: Crawler) -> None:
        self._run = run_of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline of *crawler*."""
        return cls(crawler)

    async def process_item(self, item: SettledItem) -> SettledItem:
        """Return *item*, its manifest written. Raises DropItem when the disk refuses."""
        manifest = build_manifest(item.post, article_path=item.bundle.article, entries=item.entries)
        known = self._run.archive.catalog.post(item.post.id) is not None
        try:
            written = await self._write(item, manifest)
            self._put_row(item, manifest)
        except PathError as error:
            self._run.problem(item.article.source, str(error))
            raise DropItem(str(error)) from error
        except StorageError as error:
            self._run.end(Ending.STORAGE, str(error))
            raise DropItem(str(error)) from error
        self._count(item, manifest, changed=written or not known)
        return item

    async def _write(self, item: SettledItem, manifest: Manifest) -> bool:
        if not item.entries and item.former is None:
            return False
        await asyncio.to_thread(item.bundle.keep_article, item.post.content)
        if item.former is not None and same_but_agent(item.former, manifest):
            return False
        document = to_document(manifest)
        await asyncio.to_thread(write_atomically, item.bundle.manifest, document)
        return True

    def _put_row(self, item: SettledItem, manifest: Manifest) -> None:
        has_bundle = bool(item.entries) or item.former is not None
        bundle = self._run.archive.relative(item.bundle) if has_bundle else None
        row = PostRow(
            id=item.post.id,
            path=str(item.article.path.absolute()),
            size=item.article.size,
            mtime_ns=item.article.mtime_ns,
            fingerprint=self._run.options.fingerprint,
            settled=all(entry.state == "skipped" or is_settled(entry) for entry in item.entries),
            bundle=bundle,
            digest=digest(item.post.content),
            summary=manifest.summary,
            failures=count_failures(item.entries),
        )
        self._run.archive.record(row)

    def _count(self, item: SettledItem, manifest: Manifest, *, changed: bool) -> None:
        tally = self._run.tally
        tally.add(manifest.summary, count_failures(item.entries))
        tally.unchanged_posts += not changed
        self._run.note_failures(item.post.id, item.entries)
        if changed and item.entries:
            logger.info("%s: %s", item.post.id, _in_words(manifest))
        for problem in item.post.problems:
            logger.warning("%s: %s", item.post.id, problem)


def _in_words(manifest: Manifest) -> str:
    summary = manifest.summary
    counts = ((getattr(summary, state), state) for state in STATES)
    return ", ".join(f"{count} {state}" for count, state in counts if count)

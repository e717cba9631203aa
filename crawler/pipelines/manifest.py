"""Write the manifest beside the article, last and only if something changed."""

from __future__ import annotations

from typing import Self

from scrapy.crawler import Crawler

from crawler.archiving.posts import ArchivedPost
from crawler.archiving.recording import PostRecorder
from crawler.archiving.sweep import sweep
from crawler.extensions import get_run
from crawler.pipelines.dropping import Dropping


class ManifestPipeline:
    """Closes a post: article, manifest, then the catalog's row."""

    def __init__(self, crawler: Crawler) -> None:
        self._run = get_run(crawler)
        self._recorder = PostRecorder(self._run)

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

    async def process_item(self, item: ArchivedPost) -> ArchivedPost:
        """Return *item*, its manifest written. Raises DropItem when the disk refuses."""
        with Dropping(self._run, item.post):
            await self._recorder.record(item)
        return item

"""Fetch, keep and derive the images of a post."""

from __future__ import annotations

from typing import Self

from scrapy.crawler import Crawler

from crawler.archiving.engine import Engine
from crawler.archiving.posts import ArchivedPost
from crawler.downloads.transport import ScrapyTransport
from crawler.extensions import get_run
from crawler.pipelines.dropping import Dropping
from crawler.sources import PostItem


class ImagesPipeline:
    """Brings every reference of a post to a state; what is settled already is not asked again."""

    def __init__(self, crawler: Crawler) -> None:
        self._run = get_run(crawler)
        timeout = self._run.options.policy.timeout
        self._engine = Engine(self._run, ScrapyTransport(crawler, timeout=timeout))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline of *crawler*."""
        return cls(crawler)

    async def open_spider(self) -> None:
        """Prepare what lives as long as the run."""
        await self._engine.open()

    async def close_spider(self) -> None:
        """Let it go."""
        await self._engine.close()

    async def process_item(self, item: PostItem) -> ArchivedPost:
        """Return *item* with an entry for each image. Raises DropItem when it must be left."""
        with Dropping(self._run, item.post):
            return await self._engine.posts.archive(item)

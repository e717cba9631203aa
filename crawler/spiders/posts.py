"""Read the articles of the sources and yield them as posts with their references."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import scrapy
from scrapy import signals

from crawler.errors import StorageError, UsageError
from crawler.intake import PostItem, Reading, read_post
from crawler.manifests import revision_of
from crawler.model import Article, Post
from crawler.posts import Folder, UnreadableArticle, as_sources, discover
from crawler.run import Ending, Run, SettledItem, run_of

logger = logging.getLogger(__name__)

_BATCH = 256
"""Articles looked for at once, in a thread; also how many unchanged ones pass between two turns."""


class PostsSpider(scrapy.Spider):
    """``scrapy crawl posts -a source=FOLDER``; several sources come as a list."""

    name = "posts"

    def __init__(self, source: str | list[str] | None = None, **kwargs: Any) -> None:  # noqa: ANN401 - Scrapy's signature
        super().__init__(**kwargs)
        if not source:
            raise UsageError("no source given: scrapy crawl posts -a source=FOLDER")
        self.sources = [
            found.path
            for found in as_sources([source] if isinstance(source, str) else source)
            if isinstance(found, Folder)
        ]
        self._in_hand: dict[str, Path] = {}
        """Ids of posts that the pipelines work on, with their articles."""

    async def start(self) -> AsyncIterator[PostItem]:
        """Yield the posts that are not as they were, a bounded number in hand at once.

        Items from here get no backpressure from Scrapy, so each takes a place that it gives back
        when the pipelines are done with it. The last is awaited before the end: otherwise the
        engine would only notice it at its next heartbeat.
        """
        run = run_of(self.crawler)
        places = asyncio.Semaphore(run.options.posts_in_hand)

        def leave(item: PostItem | SettledItem) -> None:
            self._in_hand.pop(item.post.id, None)
            places.release()

        for signal in (signals.item_scraped, signals.item_dropped, signals.item_error):
            self.crawler.signals.connect(leave, signal, weak=False)
        try:
            async for article in self._changed(run):
                await places.acquire()
                item = None if run.stop.is_set() else await self._item(run, article)
                if item is None:
                    places.release()
                else:
                    yield item
        except (StorageError, OSError) as error:
            run.end(Ending.STORAGE, str(error))
        for _ in range(run.options.posts_in_hand):
            await places.acquire()

    async def _changed(self, run: Run) -> AsyncIterator[Article]:
        """Yield the articles that must be read, and count the others."""
        unread: list[tuple[Path, str]] = []

        def note(path: Path, why: str) -> None:
            unread.append((path, why))

        found = chain(*[discover(s, name=run.options.name, on_problem=note) for s in self.sources])
        batch: list[Article] | None = None
        while batch is None or batch:
            batch = await asyncio.to_thread(_some, found)
            for article in batch:
                if run.stop.is_set():
                    return
                row = run.archive.catalog.post(article.id)
                if row is not None and run.is_unchanged(article, row):
                    run.pass_over(row)
                else:
                    yield article
            while unread:
                path, why = unread.pop(0)
                run.problem(str(path), f"{path} cannot be read: {why}")
            run.check_limits()

    async def _item(self, run: Run, article: Article) -> PostItem | None:
        if self._in_hand.get(article.id) == article.path:
            return None  # two sources lead to the same file
        try:
            post = await asyncio.to_thread(
                read_post, article, Reading(base_url=run.options.base_url)
            )
        except UnreadableArticle as error:
            run.problem(article.source, str(error))
            return None
        except Exception:
            logger.exception("a defect while reading %s: please report it", article.path)
            run.tally.defects += 1
            return None
        claimant = self._claimant(run, article, post)
        if claimant is not None:
            message = f"{claimant} has the id {article.id} already; give this source a --name"
            run.problem(article.source, message)
            return None
        self._in_hand[article.id] = article.path
        return PostItem(article=article, post=post)

    def _claimant(self, run: Run, article: Article, post: Post) -> Path | None:
        """Return the other article that has the id of *article*, if it is there and differs."""
        if article.id in self._in_hand:
            return self._in_hand[article.id]
        row = run.archive.catalog.post(article.id)
        if row is None or row.digest == revision_of(post):
            return None
        other = Path(row.path)
        return other if other != article.path.absolute() and other.is_file() else None


def _some(found: Iterator[Article]) -> list[Article]:
    return list(islice(found, _BATCH))

"""What every spider of this project has in common: posts, a bounded number in hand at once."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import scrapy
from scrapy import signals

from crawler.archiving.posts import ArchivedPost
from crawler.archiving.run import Ending, Run
from crawler.common.urls import without_credentials_inside
from crawler.errors import StorageError
from crawler.extensions import get_run
from crawler.sources import PostItem


class ArchivingSpider(scrapy.Spider, ABC):
    """Yields what `posts` gives and `take` accepts."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - Scrapy's signature
        super().__init__(**kwargs)
        self.in_hand: dict[str, PostItem] = {}
        """The posts that the pipelines work on, by their ids."""
        self.given: tuple[str, ...] = ()
        """The sources, or what else it was told, as the report has it."""

    @abstractmethod
    def posts(self, run: Run) -> AsyncGenerator[PostItem]:
        """Yield the posts to be worked on."""

    def take(self, run: Run, item: PostItem) -> bool:  # noqa: ARG002 - for those that choose
        """Return whether a post is to be worked on, now that its turn has come."""
        return True

    async def start(self) -> AsyncIterator[PostItem]:
        """Yield the posts, a bounded number in hand at once.

        Items from here get no backpressure from Scrapy, so each takes a place that it gives back
        when the pipelines are done with it. The last is awaited before the end: otherwise the
        engine would only notice it at its next heartbeat.
        """
        run = get_run(self.crawler)
        run.job = self.name
        run.sources = tuple(map(without_credentials_inside, self.given))
        places = asyncio.Semaphore(run.options.posts_in_hand)

        def leave(item: PostItem | ArchivedPost) -> None:
            self.in_hand.pop(item.post.id, None)
            places.release()

        for signal in (signals.item_scraped, signals.item_dropped, signals.item_error):
            self.crawler.signals.connect(leave, signal, weak=False)
        try:
            async with aclosing(self.posts(run)) as posts:
                while not run.stop.is_set():
                    item = await anext(posts, None)
                    if item is None:
                        break
                    await places.acquire()
                    if run.stop.is_set() or not self.take(run, item):
                        places.release()
                    else:
                        self.in_hand[item.post.id] = item
                        yield item
        except (StorageError, OSError) as error:
            run.end(Ending.STORAGE, str(error))
        for _ in range(run.options.posts_in_hand):
            await places.acquire()

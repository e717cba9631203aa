"""Read the sources of a run and yield their posts with their references."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

from crawler.archiving.memory import RunMemory
from crawler.archiving.recording import PostRecorder
from crawler.archiving.run import Run
from crawler.errors import UsageError
from crawler.sources import Found, PostItem, Trouble, Unchanged, as_sources
from crawler.sources.post_ids import same_place
from crawler.sources.reader import Intake
from crawler.spiders.archived_posts import remembered
from crawler.spiders.base import ArchivingSpider
from crawler.store.manifest import revision_of

logger = logging.getLogger(__name__)

_CHECK = 256
"""Unchanged posts that pass between two looks at the run's limits."""


class PostsSpider(ArchivingSpider):
    """``scrapy crawl posts -a source=SOURCE``; several come as a list or one a line."""

    name = "posts"

    def __init__(self, source: str | list[str] | None = None, **kwargs: Any) -> None:  # noqa: ANN401 - Scrapy's signature
        super().__init__(**kwargs)
        if not source:
            raise UsageError("no source given: scrapy crawl posts -a source=FOLDER")
        self.given = tuple(source.splitlines() if isinstance(source, str) else source)
        self.sources = as_sources(self.given)
        self._first: dict[str, str] = {}
        """The ids of posts that came from documents in this run, with the source of each."""

    async def posts(self, run: Run) -> AsyncGenerator[PostItem]:
        """Yield the posts that are not as they were, and count the others."""
        run.begin_sources(self.given)
        assert run.fetcher is not None  # noqa: S101 - the pipelines open before the first post
        intake = Intake(run.options.reading, RunMemory(run), run.fetcher.document)
        seen = 0
        async with aclosing(intake.read(self.sources)) as found:
            async for one in found:
                if run.stop.is_set():
                    return
                seen += 1
                item = one if isinstance(one, PostItem) else await self._remembered(run, one)
                if item is not None:
                    yield item
                elif self._is_news(one):
                    await _count(run, one)
                if item is not None or seen % _CHECK == 0:
                    run.check_limits()

    def _is_news(self, found: Found) -> bool:
        """Return whether *found* is not merely a post that another document of this run held."""
        if not isinstance(found, Unchanged) or found.row.document is None:
            return True
        if found.row.id in self._first:
            return False
        self._first[found.row.id] = found.row.path
        return True

    async def _remembered(self, run: Run, found: Found) -> PostItem | None:
        """Return a post that is as it was, where its images are to be looked at all the same."""
        if not isinstance(found, Unchanged) or found.row.bundle is None:
            return None
        if not run.options.rederive and not run.due_in(found.row.bundle):
            return None
        return await asyncio.to_thread(remembered, run, found.row)

    def take(self, run: Run, item: PostItem) -> bool:
        """Return whether the post is to be archived: once, and by the source that has its id."""
        post = item.post
        first = self._first.get(post.id) if item.document is not None else None
        former = self.in_hand.get(post.id)
        if first is not None and same_place(first, post.source):
            return False  # several feeds hold it, or a list names it twice
        if former is not None and former.post.path == post.path is not None:
            return False  # two sources lead to the same file
        claimant = first or (former.post.source if former else _claimant(run, item))
        if claimant is not None:
            message = f"{claimant} has the id {post.id} already; give this source a --name"
            run.problem(post.source, message)
            return False
        if item.document is not None:
            self._first[post.id] = post.source
        return True


def _claimant(run: Run, item: PostItem) -> str | None:
    """Return the other article that has the id of the post, if it is there and differs."""
    row = run.archive.catalog.post(item.post.id)
    if row is None or row.digest == revision_of(item.post):
        return None
    other = Path(row.path)
    if other.is_absolute():
        here = item.post.path.absolute() if item.post.path else None
        return row.path if other != here and other.is_file() else None
    is_other = item.document is not None and not same_place(row.path, item.post.source)
    return row.path if is_other else None


async def _count(run: Run, found: Found) -> None:
    if isinstance(found, Unchanged):
        await PostRecorder(run).pass_over(found.row)
    elif isinstance(found, Trouble):
        run.problem(found.source, found.message)  # a defect was logged

"""The machinery of one run: the HTTP client, the worker processes, and what archives a post."""

from __future__ import annotations

import asyncio

from crawler.archiving.images import ImageArchiver
from crawler.archiving.memory import CatalogRobots
from crawler.archiving.posts import PostArchiver
from crawler.archiving.refresh import Refresher
from crawler.archiving.retrieval import Retriever
from crawler.archiving.run import Ending, Run
from crawler.downloads import Fetcher, Transport
from crawler.errors import NoDecoderError
from crawler.imaging import Limits, WorkerPool


class Engine:
    """Archives the posts of a run, between `open` and `close`."""

    def __init__(self, run: Run, transport: Transport) -> None:
        self._run = run
        options = run.options
        window = asyncio.Semaphore(options.policy.window)
        robots = CatalogRobots(run.archive.catalog)
        run.fetcher = Fetcher(transport, options.policy, window, run.stop, robots_memory=robots)
        self._pool = WorkerPool(limits=Limits(max_pixels=options.max_pixels))
        retriever = Retriever(run, run.fetcher, self._pool)
        images = ImageArchiver(run, retriever, self._pool, window)
        self.posts = PostArchiver(run, images, Refresher(run, retriever, images))

    async def open(self) -> None:
        """Start the worker processes: later, each step would wait for who reads the first posts."""
        if self._run.stop.is_set():
            return
        try:
            await self._pool.warm()
        except NoDecoderError as error:
            self._run.end(Ending.NO_DECODER, str(error))

    async def close(self) -> None:
        """Let the worker processes go."""
        await self._pool.close()

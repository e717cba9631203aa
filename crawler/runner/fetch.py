"""Fetch with the manners of a run where none is under way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

import scrapy

from crawler.archiving.config import Options
from crawler.common.stop_signal import StopFlag
from crawler.downloads import Fetcher, RobotsMemory
from crawler.downloads.transport import ScrapyTransport
from crawler.runner.process import process_of, project_settings, raise_error
from crawler.sources import Found, NothingKnown, PostItem, as_sources
from crawler.sources.reader import Intake

Work = Callable[[Fetcher, Options], Awaitable[None]]
"""What is done with a fetcher where no run is under way."""


def read_sources(
    sources: Sequence[str], overrides: Mapping[str, object], on_found: Callable[[Found], None]
) -> None:
    """Tell *on_found* what comes of *sources*; no image is asked for, and nothing is written.

    Raises UsageError when it cannot begin.
    """
    chosen = as_sources(sources)

    async def read(fetcher: Fetcher, options: Options) -> None:
        intake = Intake(options.reading, NothingKnown(), fetcher.document)
        async for found in intake.read(chosen):
            on_found(found)

    run_fetcher(read, overrides, None)


def run_fetcher(work: Work, overrides: Mapping[str, object], robots: RobotsMemory | None) -> None:
    """Do *work* in a crawl without items. Raises UsageError when it cannot begin, or what it does.

    A stop, as by Ctrl-C, cuts it short.
    """
    settings = project_settings({**overrides, **_ALONE})
    options = Options.from_settings(settings)
    process = process_of(settings)
    crawler = process.create_crawler(_FetchingSpider)
    raised: list[Exception] = []
    task = process.crawl(crawler, work=work, options=options, robots=robots, raised=raised)
    process.start()
    raise_error(task)
    for error in raised:
        raise error


_NO_ITEMS: Sequence[PostItem] = ()
_ALONE: Mapping[str, object] = {
    "ITEM_PIPELINES": {},
    "EXTENSIONS": {
        "crawler.extensions.RunExtension": None,
        "crawler.gallery.extension.GalleryExtension": None,
    },
}


class _FetchingSpider(scrapy.Spider):
    """Does its work with a fetcher, and yields nothing."""

    name = "fetching"

    def __init__(
        self, work: Work, options: Options, robots: RobotsMemory | None, raised: list[Exception]
    ) -> None:
        super().__init__()
        self._work = work
        self._options = options
        self._robots = robots
        self._raised = raised

    async def start(self) -> AsyncIterator[PostItem]:
        """Do the work."""
        policy = self._options.policy
        window = asyncio.Semaphore(policy.window)
        transport = ScrapyTransport(self.crawler, timeout=policy.timeout)
        fetcher = Fetcher(transport, policy, window, StopFlag(), robots_memory=self._robots)
        try:
            await self._work(fetcher, self._options)
        except Exception as error:  # noqa: BLE001 - Scrapy would only log it
            self._raised.append(error)
        for item in _NO_ITEMS:
            yield item

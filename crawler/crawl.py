"""Run the spider in this process, as the command line does; ``scrapy crawl`` does the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler.bundles.catalog import check_archive
from crawler.downloads import Fetcher, ScrapyTransport
from crawler.grounds.stopping import StopFlag
from crawler.intake import Found, NothingKnown, PostItem
from crawler.intake.sources import Intake
from crawler.options import Options
from crawler.posts import Source, as_sources
from crawler.run import Run, end_run, run_of
from crawler.spiders.archiving import ArchivingSpider
from crawler.spiders.posts import PostsSpider
from crawler.spiders.retry import RetrySpider


def crawl(
    sources: Sequence[str],
    overrides: Mapping[str, object],
    *,
    around: Callable[[Run], AbstractContextManager[None]] | None = None,
) -> Run:
    """Archive *sources* and return the run, closed; *overrides* are Scrapy settings.

    *around* is entered while the run goes on, to watch it.

    Raises UsageError, ArchiveLockedError or StorageError when it cannot begin. Signals end it as
    they end every run; nothing of it outlives this call.
    """
    settings = project_settings(overrides)
    as_sources(sources, archive=Options.from_settings(settings).archive)
    return _crawl(PostsSpider, settings, around, source=list(sources))


def retry(
    only: Sequence[str],
    hosts: Sequence[str],
    overrides: Mapping[str, object],
    *,
    around: Callable[[Run], AbstractContextManager[None]] | None = None,
) -> Run:
    """Try again what failed with one of the codes *only* at one of *hosts*, and return the run.

    Without codes, or without hosts, whichever they are. Otherwise as `crawl`; raises UsageError
    where there is no archive.
    """
    settings = project_settings(overrides)
    root = Options.from_settings(settings).archive
    check_archive(root)
    arguments = {"only": list(only), "host": list(hosts)}
    RetrySpider(**arguments)  # raises for a wrong code, before anything is opened
    return _crawl(RetrySpider, settings, around, **arguments)


def _crawl(
    spider: type[ArchivingSpider],
    settings: Settings,
    around: Callable[[Run], AbstractContextManager[None]] | None,
    **arguments: list[str],
) -> Run:
    settings.set("LOG_INSTALL_ROOT_HANDLER", value=False, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(spider)
    run = run_of(crawler)
    try:
        task = process.crawl(crawler, **arguments)
        with around(run) if around else nullcontext():
            process.start(install_signal_handlers=False)
        _raise_error(task)
    finally:
        end_run(crawler, None)
    return run


def read_sources(
    sources: Sequence[str], overrides: Mapping[str, object], on_found: Callable[[Found], None]
) -> None:
    """Tell *on_found* what comes of *sources*; no image is asked for, and nothing is written.

    Raises UsageError when it cannot begin.
    """
    settings = project_settings({**overrides, **_READING_ALONE})
    settings.set("LOG_INSTALL_ROOT_HANDLER", value=False, priority="cmdline")
    options = Options.from_settings(settings)
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(_SourcesSpider)
    raised: list[Exception] = []
    task = process.crawl(
        crawler, sources=as_sources(sources), options=options, on_found=on_found, raised=raised
    )
    process.start()
    _raise_error(task)
    for error in raised:
        raise error


_NO_ITEMS: Sequence[PostItem] = ()
_READING_ALONE: Mapping[str, object] = {
    "ITEM_PIPELINES": {},
    "EXTENSIONS": {"crawler.extensions.RunExtension": None},
}


class _SourcesSpider(scrapy.Spider):
    """Reads sources and yields nothing."""

    name = "sources"

    def __init__(
        self,
        sources: Sequence[Source],
        options: Options,
        on_found: Callable[[Found], None],
        raised: list[Exception],
    ) -> None:
        super().__init__()
        self._raised = raised
        self._sources = sources
        self._options = options
        self._on_found = on_found

    async def start(self) -> AsyncIterator[PostItem]:
        """Read the sources, one after the other."""
        policy = self._options.policy
        window = asyncio.Semaphore(policy.window)
        transport = ScrapyTransport(self.crawler, timeout=policy.timeout)
        fetcher = Fetcher(transport, policy, window, StopFlag())
        intake = Intake(self._options.reading, NothingKnown(), fetcher.document)
        try:
            async for found in intake.read(self._sources):
                self._on_found(found)
        except Exception as error:  # noqa: BLE001 - Scrapy would only log it
            self._raised.append(error)
        for item in _NO_ITEMS:
            yield item


def project_settings(overrides: Mapping[str, object]) -> Settings:
    """Return the project's settings with *overrides*."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.update(dict(overrides), priority="cmdline")
    return settings


def _raise_error(task: asyncio.Task[None]) -> None:
    if task.done() and not task.cancelled() and (error := task.exception()) is not None:
        raise error

"""Run the spider in this process, as the command line does; ``scrapy crawl`` does the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler.options import Options
from crawler.posts import as_sources
from crawler.run import Run, end_run, run_of
from crawler.spiders.posts import PostsSpider


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
    settings.set("LOG_INSTALL_ROOT_HANDLER", value=False, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(PostsSpider)
    as_sources(sources, archive=Options.from_settings(settings).archive)
    run = run_of(crawler)
    try:
        task = process.crawl(crawler, source=list(sources))
        with around(run) if around else nullcontext():
            process.start(install_signal_handlers=False)
        _raise_error(task)
    finally:
        end_run(crawler, None)
    return run


def project_settings(overrides: Mapping[str, object]) -> Settings:
    """Return the project's settings with *overrides*."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.update(dict(overrides), priority="cmdline")
    return settings


def _raise_error(task: asyncio.Task[None]) -> None:
    if task.done() and not task.cancelled() and (error := task.exception()) is not None:
        raise error

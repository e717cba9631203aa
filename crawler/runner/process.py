"""What every crawl in this process has in common."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings


def project_settings(overrides: Mapping[str, object]) -> Settings:
    """Return the project's settings with *overrides*."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.update(dict(overrides), priority="cmdline")
    return settings


def process_of(settings: Settings) -> AsyncCrawlerProcess:
    """Return a process for one crawl, which leaves the log lines to the caller."""
    settings.set("LOG_INSTALL_ROOT_HANDLER", value=False, priority="cmdline")
    return AsyncCrawlerProcess(settings)


def raise_error(task: asyncio.Task[None]) -> None:
    """Raise what ended the crawl of *task*, if something did."""
    if task.done() and not task.cancelled() and (error := task.exception()) is not None:
        raise error

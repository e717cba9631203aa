"""Run a spider over an archive, as the command line does; ``scrapy crawl`` does the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing

from scrapy.settings import Settings

from crawler.archiving.config import Options
from crawler.archiving.run import Run
from crawler.extensions import RunExtension, run_opened
from crawler.runner.process import process_of, project_settings, raise_error
from crawler.sources import as_sources
from crawler.spiders.base import ArchivingSpider
from crawler.spiders.posts import PostsSpider
from crawler.spiders.retry import RetrySpider
from crawler.store.catalog import open_catalog
from crawler.store.failures import known_hosts
from crawler.store.lookup import check_digest


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
    where there is no archive, and for a host or a picture that it does not know.
    """
    settings = project_settings(overrides)
    options = Options.from_settings(settings)
    # Raises for a wrong code, before anything is opened.
    asked = RetrySpider(only=list(only), host=list(hosts))
    with closing(open_catalog(options.archive)) as catalog:
        known_hosts(options.archive, catalog, asked.hosts)
        for digest in options.not_placeholders:
            check_digest(catalog, digest)
    return _crawl(RetrySpider, settings, around, only=sorted(asked.only), host=sorted(asked.hosts))


def _crawl(
    spider: type[ArchivingSpider],
    settings: Settings,
    around: Callable[[Run], AbstractContextManager[None]] | None,
    **arguments: list[str],
) -> Run:
    process = process_of(settings)
    crawler = process.create_crawler(spider)
    opened: list[RunExtension] = []
    try:
        with ExitStack() as watching:

            def watch(extension: RunExtension) -> None:
                opened.append(extension)
                if around is not None:
                    watching.enter_context(around(extension.run))

            crawler.signals.connect(watch, run_opened, weak=False)
            task = process.crawl(crawler, **arguments)
            process.start(install_signal_handlers=False)
        raise_error(task)
    except Exception as error:
        for extension in opened:
            extension.break_off(error)
        raise
    finally:
        for extension in opened:
            extension.run.close(None)
    return opened[0].run

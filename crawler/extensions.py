"""Owns the run of a crawl: opens its archive, hears signals and limits, writes its report.

What else is to be done for a run is an extension as well, named in the settings: it hears of
`run_ending` and is awaited, as the offline pages are.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure

from crawler.archiving.config import Options
from crawler.archiving.run import Ending, Run
from crawler.common.defects import DefectHandler
from crawler.common.json_log import JsonLines
from crawler.common.threads import started_executor
from crawler.errors import ThreadsError, UsageError
from crawler.report import begin, conclude, summary, tell

logger = logging.getLogger(__name__)

run_opened = object()
"""A signal: the archive is open. Receivers get the *extension* that owns the run."""
run_ending = object()
"""A signal: the last manifest is written, and the archive still open. Receivers get the *run*, and
are awaited."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_COMMIT_EVERY = 0.1
"""Seconds of work of which a run that is killed knows nothing: it asks for those images again."""


class RunExtension:
    """Opens the archive when the crawl is made, and closes it with a report when it ends."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self.run = begin(Options.from_settings(crawler.settings), crawler.spidercls.name)
        if self.run.options.log_json:
            for handler in logging.root.handlers:
                handler.setFormatter(JsonLines())
        self._threads = self._started_threads()
        self._former: dict[int, Any] = {}
        self._limit: asyncio.TimerHandle | None = None
        self._commits: asyncio.TimerHandle | None = None
        self._interrupts = 0
        crawler.signals.connect(self._opened, signals.spider_opened)
        crawler.signals.connect(self._closed, signals.spider_closed)
        # Whatever Scrapy catches, in a pipeline, a callback or an extension, it only logs.
        self._defects = DefectHandler(self.run.stats.note_defect)
        logging.root.addHandler(self._defects)
        crawler.signals.connect(self._stopped, signals.engine_stopped)
        crawler.signals.send_catch_log(run_opened, extension=self)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the extension of *crawler*; raises what Run raises."""
        return cls(crawler)

    def break_off(self, error: Exception) -> None:
        """Let go of the archive of a crawl that *error* ended, and tell of it."""
        self.run.stats.note_defect(f"{type(error).__name__}: {error}")
        self._stopped()
        if self.run.report is None:
            tell(self.run, conclude(self.run))

    def _started_threads(self) -> ThreadPoolExecutor | None:
        """Have the event loop use threads that all run; where there are none, the run ends."""
        try:
            executor = started_executor()
        except ThreadsError as error:
            self.run.end(Ending.NO_DECODER, str(error))
            return None
        asyncio.get_running_loop().set_default_executor(executor)
        return executor

    def _opened(self) -> None:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            # Scrapy's own handlers close the engine around the posts in hand.
            self._former[number] = signal.getsignal(number)
            loop.add_signal_handler(number, self._interrupt, number)
        if self.run.options.max_time:
            seconds = self.run.options.max_time
            reason = f"the run has lasted the {seconds:g} s that it may last"
            left = max(0.0, seconds - self.run.seconds)
            self._limit = loop.call_later(left, self.run.stop_at, "ARCHIVE_MAX_TIME", reason)
        self._commit()

    def _commit(self) -> None:
        """Commit what the catalog was told, from now on again and again."""
        self.run.commit()
        self._commits = asyncio.get_running_loop().call_later(_COMMIT_EVERY, self._commit)

    def _interrupt(self, number: int) -> None:
        self._interrupts += 1
        if self._interrupts > 1:
            # Asked twice: leave at once. What is on disk is whole, what is not is made again.
            for other in _SIGNALS:
                signal.signal(other, signal.SIG_DFL)
            signal.raise_signal(number)
        self.run.end(Ending.INTERRUPTED, signal.Signals(number).name)
        logger.warning("the same signal once more stops at once")

    def _stopped(self) -> None:
        logging.root.removeHandler(self._defects)

    async def _closed(self) -> None:
        # Who tells what is missing now knows how the run ended.
        self.run.note_ending()
        ending = self.run.ending
        await self._crawler.signals.send_catch_log_async(run_ending, run=self.run)
        if self.run.ending is not ending:
            self.run.note_ending()
        loop = asyncio.get_running_loop()
        for number, former in self._former.items():
            loop.remove_signal_handler(number)
            signal.signal(number, former)
        for timer in (self._limit, self._commits):
            # What the report says is the end: the command that hears of it may take its time.
            if timer is not None:
                timer.cancel()
        report = conclude(self.run)
        for name, count in summary(self.run).items():
            self._crawler.stats.set_value(f"image_archiver/{name}", count)
        logger.info(
            "the run is %s, exit code %d; the report: %s",
            *(report.ending, report.exit_code, self.run.report or "could not be written"),
            extra={"exit_code": report.exit_code, "ending": report.ending},
        )
        if self._threads is None:
            tell(self.run, report)
        else:
            await asyncio.to_thread(tell, self.run, report)
            # The event loop needs a place for a thread of its own to come to its end.
            self._threads.shutdown()


def get_run(crawler: Crawler) -> Run:
    """Return the run of *crawler*. Raises UsageError where its settings leave the extension out."""
    extension = crawler.get_extension(RunExtension)
    if extension is None:
        raise UsageError(
            "EXTENSIONS leaves out crawler.extensions.RunExtension, which opens the archive"
        )
    return extension.run


# Scrapy's signatures say Any for an item, and hand over more than is said here.
# ruff: noqa: ANN401, ARG002
class QuietLogFormatter(LogFormatter):
    """Names the post instead of printing the item, which is a whole article."""

    def scraped(
        self, item: Any, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """Return the words for a post that is done; the manifest pipeline has said how."""
        return _words(logging.DEBUG, "%(post)s is done", item)

    def dropped(
        self,
        item: Any,
        exception: BaseException,
        response: Response | Failure | None,
        spider: Spider,
    ) -> LogFormatterResult:
        """Return the words for a post that is left; the run says why at its end."""
        return _words(logging.DEBUG, f"%(post)s is left: {exception}", item)

    def item_error(
        self,
        item: Any,
        exception: BaseException,
        response: Response | Failure | None,
        spider: Spider,
    ) -> LogFormatterResult:
        """Return the words for a defect of ours."""
        return _words(logging.ERROR, "a defect while archiving %(post)s: please report it", item)


def _words(level: int, message: str, item: Any) -> LogFormatterResult:
    return {"level": level, "msg": message, "args": {"post": item.post.id}}

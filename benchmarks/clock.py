"""A Scrapy extension that notes how long a crawl took, the same for all that is compared."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler

VARIABLE = "BENCHMARK_CLOCK"
"""The file that the seconds are written to."""


class Clock:
    """Runs from the moment when the spider is open until it is closed."""

    def __init__(self, crawler: Crawler) -> None:
        self._start = 0.0
        crawler.signals.connect(self._opened, signals.spider_opened)
        crawler.signals.connect(self._closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the clock of *crawler*."""
        return cls(crawler)

    def _opened(self) -> None:
        self._start = time.perf_counter()

    def _closed(self) -> None:
        Path(os.environ[VARIABLE]).write_text(str(time.perf_counter() - self._start))

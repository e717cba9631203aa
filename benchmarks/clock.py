"""A Scrapy extension that times a crawl, the same for all that is compared.

Beside the seconds from the moment when the spider is open until it is closed it notes the longest
time that the event loop was busy with one thing.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler

VARIABLE = "BENCHMARK_CLOCK"
"""The file that the figures are written to, as JSON: ``crawl`` and ``gap``, in seconds."""
_TICK = 0.01


class Clock:
    """Runs while the spider is open."""

    def __init__(self, crawler: Crawler) -> None:
        crawler.signals.connect(self._opened, signals.spider_opened)
        crawler.signals.connect(self._closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the clock of *crawler*."""
        return cls(crawler)

    def _opened(self) -> None:
        self._start = self._last = time.perf_counter()
        self._gap = 0.0
        self._tick()

    def _tick(self) -> None:
        now = time.perf_counter()
        self._gap = max(self._gap, now - self._last - _TICK)
        self._last = now
        self._next = asyncio.get_running_loop().call_later(_TICK, self._tick)

    def _closed(self) -> None:
        self._next.cancel()
        figures = {"crawl": time.perf_counter() - self._start, "gap": self._gap}
        Path(os.environ[VARIABLE]).write_text(json.dumps(figures))

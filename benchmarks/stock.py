"""Scrapy's own ImagesPipeline over the same posts, with the same thumbnail, to compare with."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

_IMAGE = re.compile(r'<img src="([^"]+)"')


class StockSpider(scrapy.Spider):
    """Yields for each post the images that it names."""

    name = "stock"
    folder: Path

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """Yield a request: items from here would wait for the engine's heartbeat of 5 s."""
        yield scrapy.Request("data:,")

    def parse(self, response: Response) -> Iterator[dict[str, Any]]:  # noqa: ARG002 - Scrapy calls it
        """Yield one item a post."""
        for path in sorted(self.folder.glob("*.md")):
            yield {"image_urls": _IMAGE.findall(path.read_text(encoding="utf-8"))}


def main() -> None:
    """Archive the posts of a folder into another as Scrapy does out of the box."""
    StockSpider.folder = Path(sys.argv[1])
    process = AsyncCrawlerProcess(
        {
            "ITEM_PIPELINES": {"scrapy.pipelines.images.ImagesPipeline": 1},
            "IMAGES_STORE": sys.argv[2],
            "IMAGES_THUMBS": {"320": (320, 320)},
            "LOG_LEVEL": "ERROR",
            "EXTENSIONS": {"clock.Clock": 0},
        }
    )
    process.crawl(StockSpider)
    process.start()


if __name__ == "__main__":
    main()

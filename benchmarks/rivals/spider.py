"""A spider with Scrapy's stock ImagesPipeline, as its documentation has it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

_SELECTORS = ("img::attr(src)", "img::attr(data-src)", "a::attr(href)")


class StockSpider(scrapy.Spider):
    """Yields one item with all images of a page."""

    name = "stock"

    def parse(self, response: Response) -> Iterator[dict[str, Any]]:
        """Yield the item; of a srcset every candidate."""
        found = [url for selector in _SELECTORS for url in response.css(selector).getall()]
        for candidates in response.css("::attr(srcset)").getall():
            found += [candidate.split()[0] for candidate in candidates.split(",")]
        yield {"image_urls": [response.urljoin(url) for url in dict.fromkeys(found)]}


def main() -> None:
    """Keep the images of a page in a folder; a feed beside them says what became of which."""
    folder = Path(sys.argv[2])
    process = AsyncCrawlerProcess(
        {
            "ITEM_PIPELINES": {"scrapy.pipelines.images.ImagesPipeline": 1},
            "IMAGES_STORE": str(folder / "images"),
            "FEEDS": {folder / "items.jsonl": {"format": "jsonlines", "overwrite": True}},
            "MEDIA_ALLOW_REDIRECTS": True,
            "ROBOTSTXT_OBEY": True,
            "RETRY_TIMES": 2,
            "DOWNLOAD_TIMEOUT": 10,
            "LOG_LEVEL": "CRITICAL",
        }
    )
    process.crawl(StockSpider, start_urls=[sys.argv[1]])
    process.start()


if __name__ == "__main__":
    main()

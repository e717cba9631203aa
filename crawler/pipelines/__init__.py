"""The wiring of the crawl: fetch, keep and derive the images of a post, then write its manifest.

Own pipelines rather than subclasses of Scrapy's ImagesPipeline, which records no failure, decodes
on the event loop and alters what it keeps.
"""

from __future__ import annotations

from crawler.pipelines.images import ImagesPipeline
from crawler.pipelines.manifest import ManifestPipeline

__all__ = ["ImagesPipeline", "ManifestPipeline"]

"""Turn the bytes of an image into facts, a converted copy and thumbnails, and prove it whole.

The only package that imports Pillow. `WorkerPool` runs `render.render` in worker processes, which
import nothing beyond this package, the records, the errors and the standard library; what is
exported here needs no Pillow, so that the process of the crawl does not load it.
"""

from __future__ import annotations

from crawler.imaging.limits import Limits
from crawler.imaging.needed_derivatives import in_line
from crawler.imaging.no_writer import NoWriter
from crawler.imaging.profiles import Convert, profiles, profiles_behind
from crawler.imaging.sniff import HEAD, Sniffed, describe, sniff, sniff_head
from crawler.imaging.workers.launch import start_server
from crawler.imaging.workers.pool import WorkerPool

__all__ = [
    "HEAD",
    "Convert",
    "Limits",
    "NoWriter",
    "Sniffed",
    "WorkerPool",
    "describe",
    "in_line",
    "profiles",
    "profiles_behind",
    "sniff",
    "sniff_head",
    "start_server",
]

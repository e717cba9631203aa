"""The wiring of what needs no crawl."""

from __future__ import annotations

from crawler.operations.explaining import Explanation, Naming, explain
from crawler.operations.exporting import count_posts, export
from crawler.operations.planning import plan
from crawler.operations.status import ArchiveStatus, HostCounts, archive_status

__all__ = [
    "ArchiveStatus",
    "Explanation",
    "HostCounts",
    "Naming",
    "archive_status",
    "count_posts",
    "explain",
    "export",
    "plan",
]

"""The wiring of what needs no crawl."""

from __future__ import annotations

from crawler.operations.changes import Changes, archive_changes
from crawler.operations.explaining import Explanation, Naming, explain
from crawler.operations.exporting import count_posts, export
from crawler.operations.planning import plan
from crawler.operations.rebuilding import Rebuilt, rebuild_catalog
from crawler.operations.status import ArchiveStatus, HostCounts, archive_status
from crawler.operations.verifying import Depth, Finding, Verification, verify

__all__ = [
    "ArchiveStatus",
    "Changes",
    "Depth",
    "Explanation",
    "Finding",
    "HostCounts",
    "Naming",
    "Rebuilt",
    "Verification",
    "archive_changes",
    "archive_status",
    "count_posts",
    "explain",
    "export",
    "plan",
    "rebuild_catalog",
    "verify",
]

"""The wiring of what needs no crawl.

`exporting` and `importing` are left out: their libraries are for these two alone.
"""

from __future__ import annotations

from crawler.operations.changes import Changes, archive_changes
from crawler.operations.explaining import Explanation, Naming, explain
from crawler.operations.localizing import Localized, Localizing, localize
from crawler.operations.missing import Missing, missing
from crawler.operations.planning import plan
from crawler.operations.rebuilding import Rebuilt, rebuild_catalog
from crawler.operations.restoring import Restored, restore
from crawler.operations.status import ArchiveStatus, HostCounts, archive_status
from crawler.operations.subjects import (
    HostStatus,
    PostStatus,
    Subject,
    host_status,
    post_status,
    subject_of,
)
from crawler.operations.verifying import Depth, Finding, Verification, verify
from crawler.operations.viewing import view

__all__ = [
    "ArchiveStatus",
    "Changes",
    "Depth",
    "Explanation",
    "Finding",
    "HostCounts",
    "HostStatus",
    "Localized",
    "Localizing",
    "Missing",
    "Naming",
    "PostStatus",
    "Rebuilt",
    "Restored",
    "Subject",
    "Verification",
    "archive_changes",
    "archive_status",
    "explain",
    "host_status",
    "localize",
    "missing",
    "plan",
    "post_status",
    "rebuild_catalog",
    "restore",
    "subject_of",
    "verify",
    "view",
]

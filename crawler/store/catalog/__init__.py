"""The index over all bundles: an SQLite file that can be rebuilt from the manifests."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from crawler.common import archive_layout
from crawler.errors import UsageError
from crawler.store.catalog.captures import attempts_row, capture_row
from crawler.store.catalog.database import require_regular, still_location
from crawler.store.catalog.digests import Digests
from crawler.store.catalog.hosts import Hosts
from crawler.store.catalog.posts import Posts, document_row, post_row
from crawler.store.catalog.referring_manifests import Holders, freshness_row
from crawler.store.catalog.rows import (
    CaptureRow,
    DocumentRow,
    FreshnessRow,
    HostRow,
    PostRow,
    RobotsRow,
    SourceRow,
    Standing,
    StandInRow,
)
from crawler.store.catalog.sources import Sources, source_row

__all__ = [
    "CaptureRow",
    "Catalog",
    "DocumentRow",
    "FreshnessRow",
    "HostRow",
    "PostRow",
    "RobotsRow",
    "SourceRow",
    "StandInRow",
    "Standing",
    "check_archive",
    "not_an_archive",
    "open_catalog",
    "require_regular",
    "still_location",
]


class Catalog(Posts, Sources, Holders, Hosts, Digests):
    """All tables, in one file."""

    readers = MappingProxyType(
        {
            "attempts": attempts_row,
            "captures": capture_row,
            "documents": document_row,
            "freshness": freshness_row,
            "posts": post_row,
            "sources": source_row,
        }
    )


def check_archive(root: Path) -> None:
    """Raise UsageError unless there is an archive at *root*."""
    if archive_layout.is_archive(root):
        return
    raise not_an_archive(root, f"it has no {archive_layout.CATALOG}")


def not_an_archive(root: Path, lack: str) -> UsageError:
    """Return what to raise where there is no archive at *root*, which *lack* tells by."""
    what = lack if root.exists() else "there is no such folder"
    return UsageError(
        f"{root} is not an archive: {what};"
        " --archive DIR says where it is, image-archiver archive SOURCE makes one"
    )


def open_catalog(root: Path) -> Catalog:
    """Return the catalog of the archive at *root*, to read it. Raises UsageError, StorageError."""
    check_archive(root)
    return Catalog(root / archive_layout.CATALOG, read_only=True)

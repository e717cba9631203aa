"""The archive on disk: where a bundle stands, what its files are called, and the catalog."""

from __future__ import annotations

from crawler.bundles.archive import Archive, bundle_in_place
from crawler.bundles.bundle import Bundle, BundleWriter
from crawler.bundles.catalog import CaptureRow, Catalog, PostRow
from crawler.bundles.names import Stem, assign_stems

__all__ = [
    "Archive",
    "Bundle",
    "BundleWriter",
    "CaptureRow",
    "Catalog",
    "PostRow",
    "Stem",
    "assign_stems",
    "bundle_in_place",
]

"""The archive in other people's formats: one file a format, and a table of them."""

from __future__ import annotations

from crawler.export.bagit import check_bag
from crawler.export.bundle_contents import Account, Gap, Holding, named_files, versions
from crawler.export.bundle_selection import gather, places
from crawler.export.exported_bundles import Returned, returned
from crawler.export.formats import FORMATS, Format
from crawler.export.options import Terms
from crawler.export.selection import Selection
from crawler.export.unpacking import unpack

__all__ = [
    "FORMATS",
    "Account",
    "Format",
    "Gap",
    "Holding",
    "Returned",
    "Selection",
    "Terms",
    "check_bag",
    "gather",
    "named_files",
    "places",
    "returned",
    "unpack",
    "versions",
]

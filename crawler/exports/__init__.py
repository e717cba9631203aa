"""The archive in other people's formats: one file a format, and a table of them."""

from __future__ import annotations

from crawler.exports.bag import check_bag
from crawler.exports.formats import FORMATS, Format
from crawler.exports.gathering import gather, places
from crawler.exports.holdings import Account, Gap, Holding, named_files, versions
from crawler.exports.returned import Returned, returned
from crawler.exports.selection import Selection
from crawler.exports.terms import Terms
from crawler.exports.unpacking import unpack

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

"""The archive in other people's formats: one file a format, and a table of them."""

from __future__ import annotations

from crawler.exports.formats import FORMATS, Format
from crawler.exports.gathering import gather, places
from crawler.exports.holdings import Account, Gap
from crawler.exports.selection import Selection
from crawler.exports.terms import Terms

__all__ = ["FORMATS", "Account", "Format", "Gap", "Selection", "Terms", "gather", "places"]

"""From sources to posts with their references: the two first stages in one step.

`articles` reads what lies on this disk as a file of its own, `documents` what pages, feeds, exports
and sitemaps hold, and `sources` goes from one source to the next. What is known from earlier runs
is asked through `known`; what comes over the network, through a function that is handed in. Those
two need Scrapy, and are not imported here.
"""

from __future__ import annotations

from crawler.intake.articles import read_post
from crawler.intake.found import Found, PostItem, Reading, Trouble, Unchanged
from crawler.intake.known import Known, NothingKnown

__all__ = [
    "Found",
    "Known",
    "NothingKnown",
    "PostItem",
    "Reading",
    "Trouble",
    "Unchanged",
    "read_post",
]

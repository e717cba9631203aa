"""From a SOURCE to posts with their references.

`source_arguments` tells what a person gave, `discovery` finds articles on this disk, `article_file`
and `front_matter` read one; `feeds` and `pages` read documents of the network. `article_posts` and
`document_posts` make posts of them, and `reader` goes from one source to the next. What is known
from earlier runs is asked through `earlier_runs`; what comes over the network, through a function
that is handed in.
"""

from __future__ import annotations

from crawler.sources.article_file import UnreadableArticle, read
from crawler.sources.article_posts import read_post
from crawler.sources.discovery import SUFFIXES, discover, estimate
from crawler.sources.document_type import Kind, UnreadableDocument
from crawler.sources.earlier_runs import Known, NothingKnown
from crawler.sources.results import Found, Kept, PostItem, Reading, Trouble, Unchanged
from crawler.sources.source_arguments import (
    DocumentFile,
    Folder,
    Listed,
    Source,
    Url,
    as_source,
    as_sources,
    listed,
)

__all__ = [
    "SUFFIXES",
    "DocumentFile",
    "Folder",
    "Found",
    "Kept",
    "Kind",
    "Known",
    "Listed",
    "NothingKnown",
    "PostItem",
    "Reading",
    "Source",
    "Trouble",
    "Unchanged",
    "UnreadableArticle",
    "UnreadableDocument",
    "Url",
    "as_source",
    "as_sources",
    "discover",
    "estimate",
    "listed",
    "read",
    "read_post",
]

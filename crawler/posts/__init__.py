"""Where articles come from: folders, feeds, pages, exports; front matter; the article as a post."""

from __future__ import annotations

from crawler.posts.discovery import SUFFIXES, discover, estimate
from crawler.posts.kinds import Kind, UnreadableDocument
from crawler.posts.reading import UnreadableArticle, read
from crawler.posts.sources import (
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
    "Kind",
    "Listed",
    "Source",
    "UnreadableArticle",
    "UnreadableDocument",
    "Url",
    "as_source",
    "as_sources",
    "discover",
    "estimate",
    "listed",
    "read",
]

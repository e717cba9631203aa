"""Where articles come from: discovery in folders, front matter, the article as a post."""

from __future__ import annotations

from crawler.posts.discovery import SUFFIXES, as_sources, discover
from crawler.posts.reading import UnreadableArticle, read

__all__ = ["SUFFIXES", "UnreadableArticle", "as_sources", "discover", "read"]

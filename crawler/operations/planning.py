"""What a run over local sources would fetch; asks nobody and writes nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from crawler.intake import Reading, read_post
from crawler.model import Article, Post
from crawler.posts import Folder, UnreadableArticle, as_sources, discover

logger = logging.getLogger(__name__)


def plan(
    sources: Sequence[str], *, name: str | None = None, base_url: str | None = None
) -> Iterator[Post]:
    """Yield the posts of *sources* with their references, an unreadable one with its problem.

    Raises UsageError at once for what is no source.
    """
    folders = [source for source in as_sources(sources) if isinstance(source, Folder)]
    found = chain(*[discover(each.path, name=name, on_problem=_say) for each in folders])
    return (_planned(article, base_url) for article in found)


def _say(path: Path, why: str) -> None:
    logger.warning("%s cannot be read: %s", path, why)


def _planned(article: Article, base_url: str | None) -> Post:
    try:
        return read_post(article, Reading(base_url=base_url))
    except UnreadableArticle as error:
        return Post(
            id=article.id,
            source=article.source,
            content=b"",
            suffix=article.path.suffix,
            language="markdown",
            metadata={},
            body="",
            body_line=1,
            url=None,
            base=None,
            title=None,
            author=None,
            date=None,
            problems=(str(error),),
        )

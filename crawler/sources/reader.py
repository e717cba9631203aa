"""Go through the sources of a run, lazily, and yield what comes of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from pathlib import Path
from typing import TypeVar

from crawler.common.background_batches import batched
from crawler.errors import ManifestError, UsageError
from crawler.models import Article
from crawler.sources.article_file import UnreadableArticle
from crawler.sources.article_posts import read_post
from crawler.sources.discovery import discover
from crawler.sources.document_fetches import Fetch, Target
from crawler.sources.document_posts import Documents
from crawler.sources.earlier_runs import Known, under_its_id
from crawler.sources.results import Found, Kept, PostItem, Reading, Trouble, Unchanged
from crawler.sources.source_arguments import (
    DocumentFile,
    Folder,
    Listed,
    Source,
    Url,
    as_source,
    listed,
)

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

_BATCH = 256
"""Articles looked for at once, in a thread."""
_LINES = 16
"""Lines of a list read at once: who types them does not wait for more."""


class Intake:
    """Reads sources for one run."""

    def __init__(self, reading: Reading, known: Known, fetch: Fetch) -> None:
        self._reading = reading
        self._known = known
        self._documents = Documents(reading, known, fetch)

    async def read(self, sources: Iterable[Source]) -> AsyncGenerator[Found]:
        """Yield what comes of *sources*, in their order. Raises OSError or StorageError."""
        for source in sources:
            async for found in self._source(source):
                yield found

    def _source(self, source: Source) -> AsyncGenerator[Found]:
        match source:
            case Folder(path):
                return self._folder(path)
            case DocumentFile(path):
                return self._documents.file(path)
            case Url(url):
                return self._documents.read(_one(Target(url=url)))
            case Listed():
                return self._listed(source)

    async def _folder(self, path: Path) -> AsyncGenerator[Found]:
        troubles: list[Trouble] = []

        def note(where: Path, why: str) -> None:
            troubles.append(Trouble(source=str(where), message=f"{where} cannot be read: {why}"))

        async for found in batched(
            discover(path, name=self._reading.name, on_problem=note), _BATCH
        ):
            article = under_its_id(self._known, found)
            row = self._known.post(article.id)
            if row is not None and self._known.is_unchanged(article, row):
                yield Unchanged(row)
            else:
                bundle = self._known.bundle_of(article, row)
                yield await asyncio.to_thread(self._article, article, bundle)
            while troubles:
                yield troubles.pop(0)
        for trouble in troubles:
            yield trouble

    def _article(self, article: Article, bundle: Kept | None) -> Found:
        try:
            return PostItem(post=read_post(article, self._reading, bundle), article=article)
        except (ManifestError, UnreadableArticle) as error:
            return Trouble(source=article.source, message=str(error), post_id=article.id)
        except Exception:
            logger.exception("a defect while reading %s: please report it", article.path)
            return Trouble(source=article.source, message=f"{article.path}: a defect", defect=True)

    async def _listed(self, source: Listed) -> AsyncGenerator[Found]:
        """Read a list of sources; the URLs that follow each other are fetched side by side."""
        others: list[Source | Trouble] = []

        async def leading_urls() -> AsyncIterator[Target]:
            async for line in lines:
                found = _named(line)
                if not isinstance(found, Url):
                    others.append(found)
                    return
                yield Target(url=found.url)

        lines = batched(listed(source), _LINES)
        while True:
            async for found in self._documents.read(leading_urls()):
                yield found
            if not others:
                return
            other = others.pop()
            if isinstance(other, Trouble):
                yield other
            else:
                async for found in self._source(other):
                    yield found


def _named(line: str) -> Source | Trouble:
    try:
        source = as_source(line)
    except UsageError as error:
        return Trouble(source=line, message=str(error))
    if isinstance(source, Listed):
        return Trouble(source=line, message="a list of sources cannot name itself")
    return source


async def _one(value: _T) -> AsyncIterator[_T]:
    yield value

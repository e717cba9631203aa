"""What a run over folders would fetch; asks nobody and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from crawler.models import Article
from crawler.sources import (
    Folder,
    Found,
    PostItem,
    Reading,
    Source,
    Trouble,
    UnreadableArticle,
    discover,
    read_post,
)


def plan(sources: Iterable[Source], reading: Reading) -> Iterator[Found]:
    """Yield the posts of the folders among *sources*, and what of them cannot be read."""
    troubles: list[Trouble] = []

    def note(path: Path, why: str) -> None:
        troubles.append(Trouble(source=str(path), message=f"{path} cannot be read: {why}"))

    for source in sources:
        if isinstance(source, Folder):
            for article in discover(source.path, name=reading.name, on_problem=note):
                yield from _drained(troubles)
                yield _planned(article, reading)
            yield from _drained(troubles)


def _drained(troubles: list[Trouble]) -> Iterator[Trouble]:
    while troubles:
        yield troubles.pop(0)


def _planned(article: Article, reading: Reading) -> Found:
    try:
        return PostItem(post=read_post(article, reading), article=article)
    except UnreadableArticle as error:
        return Trouble(source=article.source, message=str(error), post_id=article.id)

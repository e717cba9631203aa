"""Read title, author and date of a page, where pages say them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lxml.etree import _Element as Element

from crawler.sources import post_metadata
from crawler.sources.feeds.item import plain

_TITLES: Final = ("og:title", "twitter:title")
_AUTHORS: Final = ("author", "article:author", "parsely-author", "dc.creator")
_DATES: Final = (
    "article:published_time", "og:published_time", "datepublished", "parsely-pub-date", "pubdate",
    "publishdate", "date", "dc.date", "dc.date.issued",
)  # fmt: skip

_MAX_DATA: Final = 1024 * 1024
"""Characters of JSON-LD that are read of one page."""
_LONGEST: Final = 2000
"""Characters of a title; one that never ends holds the rest of the page."""
_MAX_NODES: Final = 10_000
_WRAPPING: Final = re.compile(
    r"\A\s*+(?:<!--|//\s*+<!\[CDATA\[|/\*\s*+<!\[CDATA\[\s*+\*/|<!\[CDATA\[)"
)
_WRAPPED: Final = re.compile(r"(?:-->|//\s*+\]\]>|/\*\s*+\]\]>\s*+\*/|\]\]>)\s*+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageMetadata:
    """What a page says of itself."""

    title: str | None
    author: str | None
    date: str | None
    """RFC 3339 in UTC with ``Z``."""


def metadata_of(root: Element, articles: list[Element]) -> PageMetadata:
    """Return what the page *root* says of itself; a ``time`` counts in *articles* alone."""
    named = _named(root)
    data = _article_data(root)
    titles = (*_said(named, _TITLES), *_texts(root, "title"), *_texts(root, "h1"))
    # Facebook's article:author is the URL of a profile.
    authors = (a for a in _said(named, _AUTHORS) if "://" not in a)
    dates = (*_said(named, _DATES), data.get("datePublished"), *_times(articles))
    return PageMetadata(
        title=next(filter(None, map(_short, titles)), None),
        author=next(filter(None, map(_short, authors)), None)
        or post_metadata.author(_person(data)),
        date=next(filter(None, (post_metadata.published({"date": date}) for date in dates)), None),
    )


def _short(text: str) -> str | None:
    return plain(text[:_LONGEST])


def _named(root: Element) -> dict[str, str]:
    """Return what the page's ``meta`` elements say, by name; of two with one name, the first."""
    named: dict[str, str] = {}
    for element in root.iter("meta"):
        for key in ("property", "name", "itemprop"):
            name = str(element.get(key, "")).strip().lower()
            if name:
                named.setdefault(name, str(element.get("content", "")))
    return named


def _said(named: Mapping[str, str], names: tuple[str, ...]) -> Iterator[str]:
    return (named[name] for name in names if named.get(name, "").strip())


def _texts(root: Element, tag: str) -> Iterator[str]:
    for element in root.iter(tag):
        # A title inside of SVG describes a picture.
        if not any(ancestor.tag == "svg" for ancestor in element.iterancestors()):
            yield "".join(map(str, element.itertext()))


def _times(articles: list[Element]) -> Iterator[str]:
    for article in articles:
        for element in article.iter("time"):
            yield str(element.get("datetime", ""))


def _person(data: Mapping[str, object]) -> dict[str, object]:
    author = data.get("author")
    return {"author": author.get("name") if isinstance(author, Mapping) else author}


def _article_data(root: Element) -> Mapping[str, object]:
    """Return the first object of the page's JSON-LD that describes an article."""
    left = _MAX_DATA
    for element in root.iter("script"):
        if str(element.get("type", "")).strip().lower() != "application/ld+json":
            continue
        text = element.text or ""
        left -= len(text)
        if left < 0:
            break
        for node in _objects(_loaded(text)):
            if "datePublished" in node or "headline" in node:
                return node
    return {}


def _loaded(text: str) -> object:
    try:
        return json.loads(_WRAPPED.sub("", _WRAPPING.sub("", text)), strict=False)
    except (ValueError, RecursionError):
        return None


def _objects(data: object) -> Iterator[Mapping[str, object]]:
    """Yield the objects in *data*, outer ones first."""
    queue = [data]
    for node in queue:
        if isinstance(node, dict):
            yield node
        inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        queue.extend(list(inner)[: _MAX_NODES - len(queue)])

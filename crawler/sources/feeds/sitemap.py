"""Read sitemaps and plain lists of URLs. Source: https://www.sitemaps.org/protocol.html."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

from crawler.sources import post_metadata
from crawler.sources.document_type import UnreadableDocument
from crawler.sources.feeds.item import page_url
from crawler.sources.feeds.xml_stream import Record, Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A page that a sitemap names, or another sitemap."""

    url: str
    kind: Literal["page", "sitemap"]
    lastmod: str | None
    """RFC 3339 in UTC with ``Z``."""


def read_sitemap(file: BinaryIO) -> Iterator[Location]:
    """Yield what the sitemap in *file* names, in its order, in constant memory.

    Namespaces are not looked at: old ones and wrong ones abound. What is not an absolute http(s)
    URL is passed over. Raises UnreadableDocument at the end, after all that could be read, where
    something was broken or passed over.
    """
    stream = Stream(file, ("url", "sitemap"))
    problem: str | None = None
    for record in stream:
        location = _location(record)
        if location is not None:
            yield location
        missing = () if location is not None else ("an entry without an absolute URL",)
        problem = problem or next(iter((*record.problems, *missing)), None)
    problem = problem or next(iter(stream.problems()), None)
    if problem is not None:
        raise UnreadableDocument(f"not all of the sitemap could be read: {problem}")


def read_list(text: str) -> Iterator[str]:
    r"""Yield the lines of *text* that are neither blank nor comments.

    >>> list(read_list("# mine\nhttps://example.org/a\n\n  https://example.org/b"))
    ['https://example.org/a', 'https://example.org/b']
    """
    lines = (line.strip().lstrip("\ufeff") for line in text.splitlines())
    return (line for line in lines if line and not line.startswith("#"))


def _location(record: Record) -> Location | None:
    texts: dict[str, str] = {}
    for child in record.element:
        texts.setdefault(str(child.tag).rpartition("}")[2].lower(), child.text or "")
    url = page_url(texts.get("loc"), None)
    if url is None:
        return None
    is_index = str(record.element.tag).rpartition("}")[2] == "sitemap"
    lastmod = post_metadata.published({"date": texts.get("lastmod", "")})
    return Location(url=url, kind="sitemap" if is_index else "page", lastmod=lastmod)

"""What a document holds, and the names of the posts in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from email.message import Message
from typing import BinaryIO
from urllib.parse import urlsplit

from crawler.common import urls
from crawler.common.digests import digest, short
from crawler.common.safe_paths import safe_path
from crawler.sources.document_type import Kind, UnreadableDocument
from crawler.sources.earlier_runs import Known
from crawler.sources.feeds.item import NO_TEXT, Item
from crawler.sources.feeds.json_feed import read_json_feed
from crawler.sources.feeds.rss_atom import read_feed
from crawler.sources.feeds.wordpress_export import read_wxr
from crawler.sources.post_ids import page_id

_ITEMS = 16_000
"""However small they are, so many are read."""
_BYTES = 150
"""Of an item, on average, where there are more: with a title, a link and a date it has some 200."""
_MARK = 16
"""Hexadecimal digits that tell one item of a document from another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a document holds, to be opened as often as its reader needs it."""

    open: Callable[[], BinaryIO]
    name: str | None = None
    """Of a file on this disk."""
    url: str | None = None
    """Of what came over the network, after redirects."""
    media_type: str | None = None
    """What the server said, with parameters."""

    @property
    def encoding(self) -> str | None:
        """The charset that the server said."""
        message = Message()
        message["Content-Type"] = self.media_type or ""
        return message.get_content_charset()


class Ids:
    """Names the posts of one feed or export.

    The link of an item is its name, but not where it says nothing of the item: some feeds link
    every one to the home page. Of several items with one link, the first that came has its name,
    now and in later runs; the others are named after what tells them apart.
    """

    def __init__(self, contents: Contents, name: str | None, known: Known) -> None:
        self._name = name
        self._known = known
        self._own = urls.without_credentials(contents.url) if contents.url else contents.name or ""
        self._folder = page_id(contents.url, name) if contents.url else _folder(self._own, name)
        self._owners: dict[str, str] = {}
        """The items of this document that have the name of their link."""

    def of(self, item: Item) -> str:
        """Return the id of *item*, which no other item has."""
        identity = identity_of(item)
        if item.url is not None and urlsplit(item.url).path.strip("/") + urlsplit(item.url).query:
            found = page_id(item.url, self._name)
            row = self._known.post(found)
            owner = (row.identity if row else None) or self._owners.setdefault(found, identity)
            if owner == identity:
                return found
        return f"{self._folder.removesuffix('.html')}/{identity}.html"

    def source_of(self, item: Item) -> str:
        """Return the URL of *item*, or where in the document it is."""
        if item.url is not None:
            return urls.without_credentials(item.url)
        return f"{self._own}#{item.guid or identity_of(item)}"


def identity_of(item: Item) -> str:
    """Return what tells *item* from others, also when its text is mended."""
    key = item.guid or "\n".join(filter(None, (item.url, item.title, item.date))) or item.content
    return short(digest((key or "").encode()), _MARK)


def _folder(file_name: str, name: str | None) -> str:
    # Not called as an article is: the bundles of its items stand in it.
    return safe_path(f"{name}/{file_name}.items" if name else f"{file_name}.items")


def _feed(contents: Contents) -> Iterator[Item]:
    with contents.open() as file:
        yield from read_feed(file, url=contents.url, encoding=contents.encoding)


def _json_feed(contents: Contents) -> Iterator[Item]:
    with contents.open() as file:
        yield from read_json_feed(file.read(), url=contents.url)


def _wxr(contents: Contents) -> Iterator[Item]:
    return read_wxr(contents.open)


def read_items(kind: Kind, contents: Contents) -> Iterator[Item]:
    """Yield the items of a document, whose kind is one of `ITEM_READERS`.

    Raises UnreadableDocument, also where it has more items than any that people write: each is a
    post, and costs what a post costs, however little it says.
    """
    opened: list[BinaryIO] = []

    def open_() -> BinaryIO:
        opened.append(contents.open())
        return opened[-1]

    for number, item in enumerate(ITEM_READERS[kind](replace(contents, open=open_))):
        if number >= _ITEMS and number * _BYTES > (read := opened[-1].tell()):
            raise UnreadableDocument(f"{number} items in {read} bytes, the rest was not read")
        nowhere = kind != "wxr" and item.content is None and item.url is None
        yield replace(item, problems=(*item.problems, NO_TEXT)) if nowhere else item


ITEM_READERS: Mapping[Kind, Callable[[Contents], Iterator[Item]]] = {
    "feed": _feed,
    "json-feed": _json_feed,
    "wxr": _wxr,
}
"""What reads the items of a document that holds whole posts."""

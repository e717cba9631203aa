"""How many items of a document are read."""

from __future__ import annotations

import io
from functools import partial

import pytest

from crawler.sources import UnreadableDocument
from crawler.sources.document_contents import Contents, read_items

_COUNT = 16_500


def _feed(item: str) -> Contents:
    items = "".join(item.format(number) for number in range(_COUNT))
    document = f"<rss version='2.0'><channel>{items}</channel></rss>".encode()
    return Contents(open=partial(io.BytesIO, document), name="feed.xml")


def test_tiny_items() -> None:
    """Of more and smaller items than people write, the first 16,000 are read, and it is said."""
    items = read_items("feed", _feed("<item><guid>{}</guid></item>"))
    found = [next(items) for _ in range(16_000)]

    assert found[-1].guid == "15999"
    with pytest.raises(UnreadableDocument, match=r"16000 items in .* bytes, the rest was not read"):
        next(items)


def test_small_items() -> None:
    """Items of 150 bytes and more are all read, however many there are."""
    item = f"<item><guid>{{}}</guid><title>{'t' * 120}</title></item>"

    assert sum(1 for _ in read_items("feed", _feed(item))) == _COUNT

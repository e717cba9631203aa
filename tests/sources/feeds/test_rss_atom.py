"""Feeds as items.

A document in ``tests/data/posts/feeds`` stands beside a list of what its items are, in a file of
the same name that ends in ``.json``: each key is a field of the item, ``content`` lists what it
holds, and ``problems`` counts them (none unless said).
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sources.document_type import UnreadableDocument
from crawler.sources.feeds.item import Item
from crawler.sources.feeds.json_feed import read_json_feed
from crawler.sources.feeds.rss_atom import read_feed
from crawler.sources.feeds.xml_stream import MAX_EMPTY, MAX_RECORD

DATA = Path(__file__).parents[2] / "data" / "posts" / "feeds"
URL = "https://feeds.example/feeds/main.xml"
DOCUMENTS = sorted(
    path for path in DATA.iterdir() if path.suffix != ".json" or path.name.endswith(".feed.json")
)


def _read(content: bytes, *, url: str | None = URL, encoding: str | None = None) -> list[Item]:
    return list(read_feed(io.BytesIO(content), url=url, encoding=encoding))


def _rss(items: str) -> bytes:
    return f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_document(path: Path) -> None:
    """The items of the document are read as the file beside it expects."""
    content = path.read_bytes()
    is_json = path.suffix == ".json"
    items = list(read_json_feed(content, url=URL)) if is_json else _read(content)
    beside = path.with_name(
        path.name.removesuffix(".feed.json").removesuffix(path.suffix) + ".json"
    )
    expected = json.loads(beside.read_text(encoding="utf-8"))

    assert len(items) == len(expected)
    for item, said in zip(items, expected, strict=True):
        _compare(item, said)


def _compare(item: Item, said: dict[str, Any]) -> None:
    assert len(item.problems) == said.pop("problems", 0), item.problems
    parts = said.pop("content", [])
    assert (item.content is None) == (parts is None)
    for part in parts or ():
        assert part in (item.content or "")
    found = {key: getattr(item, key) for key in said}
    found["images"] = list(item.images)
    said.setdefault("images", found["images"])
    assert found == said


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gbk", "big5"])
def test_encoding(encoding: str) -> None:
    """The declaration tells the encoding; a byte order mark or the server knows better."""
    text = f'<?xml version="1.0" encoding="{encoding.replace("-sig", "")}"?><rss><item>'
    text += "<title>空間</title></item></rss>"
    (item,) = _read(text.encode(encoding))

    assert (item.title, item.problems) == ("空間", ())


def test_encoding_of_the_server() -> None:
    """The charset of the media type overrules the declaration; one that nobody knows does not."""
    content = '<?xml version="1.0" encoding="utf-8"?><rss><item><title>é</title></item></rss>'
    (overruled,) = _read(content.encode("latin-1"), encoding="iso-8859-1")
    (unknown,) = _read(content.encode(), encoding="idna")

    assert (overruled.title, unknown.title) == ("é", "é")


def test_wrong_encoding() -> None:
    """What cannot be decoded is a problem, and costs nothing else."""
    (item,) = _read(b"<rss><item><title>caf\xe9 noir</title></item></rss>")

    assert item.title == "caf\ufffd noir"
    assert item.problems == ("characters that could not be decoded",)


LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))


@pytest.mark.parametrize(
    "document_type",
    [
        f'<!DOCTYPE rss [<!ENTITY l0 "lol">{LAUGHS}]>',
        '<!DOCTYPE rss [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:1/x.dtd">',
    ],
    ids=["laughs", "outside file", "outside definition"],
)
def test_entities(document_type: str) -> None:
    """No entity of the document's own is expanded, and nothing is opened for one."""
    content = document_type + "<rss><item><title>a &l9; &eacute;</title></item></rss>"
    (item,) = _read(content.encode())

    assert item.title == "a &l9; é"


@pytest.mark.parametrize("size", [1, 2, 3, 5, 17])
def test_pieces(size: int) -> None:
    """A document that comes in small pieces is read as one that comes whole."""
    content = (DATA / "broken.rss").read_bytes() + b"]]>&nbsp;&#x41;&<![CDATA[&nbsp;]]></item>"

    class Slow(io.BytesIO):
        def read(self, _: int | None = -1, /) -> bytes:
            return super().read(size)

    def told(items: Iterator[Item]) -> list[tuple[str | None, str | None]]:
        return [(item.url, item.content) for item in items]

    slow = told(read_feed(Slow(content), url=URL))

    assert slow == told(read_feed(io.BytesIO(content), url=URL))


def test_lazy() -> None:
    """An item is read when the next one is asked for, not when the document has ended."""

    class Endless(io.RawIOBase):
        def read(self, _: int = -1, /) -> bytes:
            return b"<rss><item><title>a</title></item>".ljust(1000)

    items = read_feed(Endless(), url=URL)  # type: ignore[arg-type]

    assert next(items).title == "a"


def test_nothing() -> None:
    """An empty feed has no items; what breaks off before the first is no feed."""
    assert _read(_rss("")) == []
    for content in (b"", b"no XML", b"<rss><channel>"):
        with pytest.raises(UnreadableDocument):
            _read(content)


@pytest.mark.parametrize("unit", ["<a>", "<a/>", "x", "<b>x</b>", "<![CDATA[", "<!-- "])
def test_record_without_end(unit: str) -> None:
    """One record cannot fill the memory; those before it were read."""
    head = "<rss><item><title>a</title></item><item>"
    first, *_ = _read((head + unit * (MAX_RECORD // len(unit) + 100_000)).encode())

    assert first.title == "a"
    assert first.problems or _


def test_many_nested_items() -> None:
    """Items that never close are items one after another, as far as the parser goes."""
    items = _read(b"<rss>" + b"<item><title>a</title>" * 200)

    assert [item.title for item in items] == ["a"] * 200


def test_items_that_say_nothing() -> None:
    """An item without anything in it is none; what was broken there is told all the same."""
    items = _read(b"<rss><item/><item>&#0;</item><item><title>a</title></item><item/><item>")

    assert [item.title for item in items] == ["a"]
    assert len(items[0].problems) == 1
    with pytest.raises(UnreadableDocument, match="Excessive depth"):
        _read(b"<rss>" + b"<item>" * 300)


def test_endless_nothing() -> None:
    """Of endless items that say nothing some are passed over; then it is a problem."""
    (item,) = _read(_rss("<item><title>a</title></item>" + "<item/>" * (MAX_EMPTY + 1)))

    assert item.problems == (f"more than {MAX_EMPTY} records that say nothing",)


@pytest.mark.parametrize(
    ("description", "whole"),
    [
        ("<p>a</p>", True),
        ("<img src=a.png>", True),
        ("a<br>b", False),
        ("a <b>c</b>", False),
        ("a", False),
        ("<p>a…</p>", False),
        ("<p>a [...]</p>", False),
        ("<p>a &amp;hellip;</p>", True),
        ("<p>a [&#8230;]</p>", False),
        ("<p>a</p><a href=b>Read more »</a>", False),
        ("<p>a</p><p>The post b appeared first on c.</p>", False),
        ("a…<br><img src=a.png><br clear=both>", True),
        ("<p>a...</p><div><a href=b><img src=a.png></a></div>", True),
        ("<p>a…</p><img src=c.gif width=1 height=1>", False),
        ("<img src=a.png><p>a…</p>", False),
        ("<p>a<a>Read more</a></p><img src=a.png>", False),
        ("<p>We read more. And then we slept.</p>", True),
    ],
)
def test_description(description: str, whole: bool) -> None:
    """A description is the article where it has blocks or images and does not go on elsewhere."""
    (item,) = _read(_rss(f"<item><description><![CDATA[{description}]]></description></item>"))

    assert item.content == (description if whole else None)


def _told(read: Callable[[bytes], Iterable[Item]], content: bytes) -> list[str] | None:
    """Return the texts of the items, or None for what is unreadable."""
    try:
        return [str(item) for item in read(content)]
    except UnreadableDocument:
        return None


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes(content: bytes) -> None:
    """Whatever comes, there are items or a word why there are none."""
    assert _told(_read, content) != [""]
    assert _told(lambda content: read_json_feed(content, url=URL), content) != [""]


_TAGS = ("<item>", "</item>", "<entry>", "<title>", "</title>", "<description>", "<link/>", "<br>")
_MARKS = ("<![CDATA[", "]]>", "<!--", "-->", "<?", "?>", "&a;", "#0;", "nbsp", "&", ";", "x", "é")
_OTHERS = ("<content:encoded>", "<q:b>", "<!ENTITY a 'b'>", "<!DOCTYPE a [", "]>", "</rss>", "\0")
_PIECES = st.sampled_from([*_TAGS, *_MARKS, *_OTHERS])


@given(st.lists(_PIECES))
def test_any_markup(pieces: list[str]) -> None:
    """Markup in any disorder ends in items or a word why there are none."""
    assert _told(_read, ("<rss>" + "".join(pieces)).encode()) != [""]


@pytest.mark.parametrize("content", [b"[" * 100_000, b"{}", b'{"items": 1}', b"{", b"[]", b"\xff"])
def test_no_json_feed(content: bytes) -> None:
    """What is no JSON Feed is said so at once."""
    with pytest.raises(UnreadableDocument):
        read_json_feed(content, url=URL)

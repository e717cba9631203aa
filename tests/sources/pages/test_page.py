"""Pages as posts.

A page in ``tests/data/posts/pages`` stands beside a file of the same name that ends in ``.json``:
what is read of it, and its references with their lines. An image called ``never`` is none of it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import UsageError
from crawler.models import Post
from crawler.references import find_references
from crawler.sources.feeds.item import Item
from crawler.sources.pages.article_element import SELECTORS
from crawler.sources.pages.css_selectors import check_selector
from crawler.sources.pages.element_tree import MAX_TAGS
from crawler.sources.pages.page import read_page

DATA = Path(__file__).parents[2] / "data" / "posts" / "pages"
ITEM = Item(
    url="https://page.example/",
    guid=None,
    title="Of the feed",
    author=None,
    date="2000-01-01T00:00:00Z",
    content=None,
    base=None,
    images=(),
    problems=("broken XML",),
)


def _read(content: bytes | str, select: str | None = None, item: Item | None = None) -> Post:
    return read_page(
        content if isinstance(content, bytes) else content.encode(),
        id_="page.example/index.html",
        source="https://page.example/",
        url="https://page.example/",
        media_type_header=None,
        select=select,
        item=item,
    )


def _images(post: Post) -> list[str]:
    return [reference.destination for reference in find_references(post).references]


@pytest.mark.parametrize("path", sorted(DATA.glob("*.html")), ids=lambda path: path.name)
def test_document(path: Path) -> None:
    """The page is read as the file beside it expects."""
    post = _read(path.read_bytes())
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    references = find_references(post).references

    assert [f"{r.location}: {r.url}" for r in references] == expected["references"]
    assert [post.title, post.author, post.date] == [
        expected[key] for key in ("title", "author", "date")
    ]
    assert post.content == path.read_bytes()
    assert post.problems == ()


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines(line_end: str) -> None:
    """What is left out leaves the ends of its lines."""
    text = line_end.join(["<p><img src=a>", "<article>", "<img src=b></article>", "<img src=c>"])
    (reference,) = find_references(_read(text)).references

    assert (reference.destination, reference.location) == ("b", "line 3")


@pytest.mark.parametrize(
    ("css", "images"),
    [
        ("article", ["a", "b", "c"]),
        (".x > img", ["b"]),
        ("img[src=a], .x", ["a", "b"]),
        (".x, article", ["a", "b", "c"]),
        ("body", ["a", "b", "c", "d"]),
        ("p:nth-of-type(2)", ["c"]),
    ],
)
def test_select(css: str, images: list[str]) -> None:
    """A selector of the person's own overrules the table; all that match are the article."""
    page = "<article><p><img src=a><i class=x><img src=b></i><p><img src=c></article><img src=d>"

    assert _images(_read(page, select=css)) == images


def test_nothing_selected() -> None:
    """Where nothing matches, the whole page is read, and this is a problem."""
    post = _read("<article><img src=a></article><img src=b>", select=".y")

    assert _images(post) == ["a", "b"]
    assert post.problems == ("nothing in the page is selected by .y; all of it was read",)


@pytest.mark.parametrize("css", ["a[", "", "a::before", ":nope", "..x", "a:contains("])
def test_no_selector(css: str) -> None:
    """What is no selector is wrong usage, said before anything is read."""
    with pytest.raises(UsageError, match="--select"):
        check_selector(css)


def test_table() -> None:
    """Every selector of the table is one."""
    for css in SELECTORS:
        check_selector(css)


@pytest.mark.parametrize(
    ("header", "content"),
    [
        ("text/html; charset=gbk", "<title>空间</title>".encode("gbk")),
        (None, '<meta charset="gb2312"><title>空间</title>'.encode("gbk")),
        ("text/html; charset=utf-8", '<meta charset="gb2312"><title>空间</title>'.encode()),
        ("text/html", "<title>空间</title>".encode()),
        ("text/html; charset=latin-1", "<title>空间</title>".encode("utf-8-sig")),
    ],
)
def test_encoding(header: str | None, content: bytes) -> None:
    """A byte order mark tells the encoding, else the server, else the page itself."""
    post = read_page(
        content, id_="a", source="a", url="https://page.example/", media_type_header=header
    )

    assert (post.title, post.problems) == ("空间", ())


def test_item() -> None:
    """What the feed says of the page wins; what it does not say, the page does."""
    post = _read('<title>Of the page</title><meta name=author content="Ann">', item=ITEM)

    assert (post.title, post.author, post.date) == ("Of the feed", "Ann", "2000-01-01T00:00:00Z")
    assert post.problems == ("broken XML",)


def test_base() -> None:
    """References resolve against the URL after redirects; the post's URL is the one given."""
    post = read_page(
        b"<p><img src=a.png>",
        id_="a",
        source="a",
        url="https://page.example/old",
        base="https://page.example/new/",
        media_type_header=None,
    )

    assert post.url == "https://page.example/old"
    assert find_references(post).references[0].url == "https://page.example/new/a.png"


_WITH_BYLINE = "<article>{} reads<img src={}><p class=entry-content>a</p></article>"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("<meta name=n content=1><p>a", "<meta name=n content=2><p>a", True),
        ("<p id=x1>a<script nonce=1>b</script>", "<p id=x2>a<script nonce=2>c</script>", True),
        ("<p>a<!-- 0.1 s -->", "<p>a<!-- 0.2 s -->", True),
        ("<p>a\n b", "<p>a b", True),
        ("<p>a", "<p>b", False),
        ("<p><img src=a>", "<p><img src=b>", False),
        ("<article>a</article><p>1", "<article>a</article><p>2", True),
        ("<meta name=image content=1><p>a", "<meta name=image content=2><p>a", False),
        ("<link rel=image_src href=1><p>a", "<link rel=image_src href=2><p>a", False),
        (_WITH_BYLINE.format(1, "b"), _WITH_BYLINE.format(2, "b"), True),
        (_WITH_BYLINE.format(1, "b"), _WITH_BYLINE.format(1, "c"), False),
    ],
)
def test_revision(one: str, other: str, same: bool) -> None:
    """The revision changes with the article and its images, not with what is random or beside."""
    revisions = {_read(page).revision for page in (one, other)}

    assert len(revisions) == (1 if same else 2)
    assert None not in revisions


@pytest.mark.parametrize("page", ["<p>" * (MAX_TAGS + 1), "<div>" * 5000 + "<img src=a>", ""])
def test_unreadable(page: str) -> None:
    """A page that is too much for a parser is a post all the same, read as a whole."""
    post = _read(page)

    assert (post.body, post.revision) == (page, None)
    assert len(post.problems) == 1


_PIECES = st.sampled_from(
    [
        "<article>",
        "</article>",
        "<p",
        ">",
        "<img src=a>",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        "'",
    ]
)


@given(st.lists(_PIECES | st.text(max_size=3)))
def test_any_page(pieces: list[str]) -> None:
    """Whatever a page holds, it is read, and no line of it gets lost."""
    text = "".join(pieces)
    post = _read(text)

    assert post.body.count("\n") == post.content.decode().count("\n")


@given(st.binary())
def test_any_bytes(content: bytes) -> None:
    """Whatever comes is kept byte for byte."""
    assert _read(content).content == content


@pytest.mark.timeout(60)
@pytest.mark.parametrize("page", ["<p {}>x</p>", "<a href='{}'>x</a>", "<p>{}</p>"])
def test_white_space(page: str) -> None:
    """Megabytes of white space, which the revision of a page does not count, come to an end."""
    space = "\t\n \f" * 500_000

    assert _read(page.format(space)).revision


def test_no_tags_of_head_and_body() -> None:
    """The head ends at the first element that no head can hold, whatever the parser knows of it."""
    page = (
        "<!doctype html><title>T</title><meta property='og:image' content='cover.png'>"
        "<nav><img src=logo.png></nav><main><p>Text <img src=a.png></main>"
    )

    assert _images(_read(page)) == ["cover.png", "a.png"]


def test_images_of_the_feed() -> None:
    """What a feed names beside the content counts for the page that it links, too."""
    item = replace(ITEM, images=("https://page.example/enclosure.png",))
    post = _read("<article><img src=a.png></article>", item=item)
    references = find_references(post).references

    assert [r.destination for r in references] == ["https://page.example/enclosure.png", "a.png"]
    assert references[0].location == "feed.images[0]"

"""Articles made of items."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.references import find_references
from crawler.sources.feeds.item import Item
from crawler.sources.feeds.item_article import post_of_item

CONTENT = '<p>caf\u00e9 &nbsp;<IMG src=a.png></p>\r\n<img src="/b.png">'
ITEM = Item(
    url="https://blog.example/2021/a/",
    guid=None,
    title='</title><script>"&',
    author='Ann "A" <ann@blog.example>',
    date="2021-12-01T00:11:49Z",
    content=CONTENT,
    base="https://blog.example/2021/a/",
    images=("https://img.example/a?b=1&c=\"'<2>",),
    problems=("broken XML",),
)


def test_article() -> None:
    """The content stands in the article byte for byte, and what is known of it in the post."""
    post = post_of_item(ITEM, id_="blog.example/2021/a.html", source="https://blog.example/feed")

    assert CONTENT.encode() in post.content
    assert post.content.decode().endswith(post.body)
    assert post.content.count(b"\n") - post.body.count("\n") == post.body_line - 1
    assert (post.url, post.base, post.title) == (ITEM.url, ITEM.base, ITEM.title)
    assert (post.author, post.date, post.problems) == (ITEM.author, ITEM.date, ITEM.problems)
    assert (post.language, post.suffix, post.path, post.root) == ("html", ".html", None, None)


def test_escaped() -> None:
    """What an item says of itself cannot become markup."""
    text = post_of_item(ITEM, id_="a.html", source="a").content.decode()

    assert "<script>" not in text
    assert '<title>&lt;/title&gt;&lt;script&gt;"&amp;</title>' in text
    assert 'content="Ann &quot;A&quot; &lt;ann@blog.example&gt;"' in text


def test_same_bytes() -> None:
    """The same item makes the same article, and its problems do not count."""
    one, two = (
        post_of_item(item, id_="a.html", source="a") for item in (ITEM, replace(ITEM, problems=()))
    )

    assert one.content == two.content


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://blog.example/2021/a/", "https://blog.example/2021/a/a.png"),
        ("https://blog.example/", "https://blog.example/a.png"),
    ],
)
def test_references(base: str, url: str) -> None:
    """The images beside the content are found first, those of the content by the item's base."""
    post = post_of_item(replace(ITEM, base=base), id_="a.html", source="a")
    found = find_references(post).references

    assert (b"<base" in post.content) == (base != ITEM.url)
    assert [(r.origin, r.url) for r in found] == [
        ("meta-image", "https://img.example/a?b=1&c=%22%27%3C2%3E"),
        ("img-src", url),
        ("img-src", "https://blog.example/b.png"),
    ]


def test_bare() -> None:
    """An item that says nothing is an empty article."""
    nothing = Item(
        url=None, guid=None, title=None, author=None, date=None, content=None, base=None, images=()
    )
    post = post_of_item(nothing, id_="a.html", source="a")

    assert find_references(post).references == ()
    assert b"<title></title>" in post.content

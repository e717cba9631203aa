"""Ids of what came over the network."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.common import urls
from crawler.sources.post_ids import page_id


@pytest.mark.parametrize(
    ("url", "post_id"),
    [
        ("https://blog.example", "blog.example/index.html"),
        ("https://Blog.Example:443/a", "blog.example/a.html"),
        ("https://user:secret@blog.example/a", "blog.example/a.html"),
        ("https://blog.example/a#part", "blog.example/a.html"),
        ("https://bücher.example/", "xn--bcher-kva.example/index.html"),
        ("http://[2001:db8::1]:81/", "[2001%3Adb8%3A%3A1]%3A81/index.html"),
        ("https://blog.example/?p=12", "blog.example/index%3Fp=12.html"),
        ("https://blog.example/a/?p=12&q=%2F/", "blog.example/a%3Fp=12&q=%252F%2F.html"),
        ("https://blog.example/a.html?x", "blog.example/a.html%3Fx.html"),
        ("https://blog.example/a.htm", "blog.example/a.htm.html"),
        ("https://blog.example/A.HTML", "blog.example/A.HTML"),
        ("https://blog.example/a.md", "blog.example/a.md.html"),
        ("https://blog.example/a//b", "blog.example/a/%2F/b.html"),
        ("https://notes.md/a.mdx/b", "notes%2Emd/a%2Emdx/b.html"),
        ("https://blog.example/%E7%A9%BA%20a", "blog.example/空 a.html"),
        ("https://blog.example/a%2Fb/%ff", "blog.example/a%252Fb/%25FF.html"),
        ("https://blog.example/%E2%80%AEa", "blog.example/%25E2%2580%25AEa.html"),
        ("https://blog.example/con/aux", "blog.example/%63on/%61ux.html"),
    ],
)
def test_page(url: str, post_id: str) -> None:
    """The id can be read, and every common file system can hold it."""
    assert page_id(url) == post_id


def test_markdown() -> None:
    """An article in another language keeps its ending, or is given it."""
    url = "https://raw.example/a/b.md"

    assert page_id(url, suffix=".md") == "raw.example/a/b.md"
    assert page_id("https://raw.example/a/b", suffix=".md") == "raw.example/a/b.md"


_PART = st.text(alphabet="ab.%/?=\\ é空\x1f'\"2FEef+#", max_size=12)


@given(_PART, _PART)
@example("a%2Ehtml/b", "a.html/b")
@example("a/%2F/b", "a//b")
@example("?a/b", "?a%2Fb")
@example("?a/b", "?a%1Fb")
def test_different_pages(one: str, other: str) -> None:
    """Pages whose URLs differ in what counts have different ids."""
    ids = {}
    for written in (one, other):
        url = urls.resolve(f"https://blog.example/{written}", None)
        assert url is not None
        ids[_identity(url)] = page_id(url)

    assert len(set(ids.values())) == len(ids)


@given(_PART, _PART)
def test_leaf(one: str, other: str) -> None:
    """No page has an id that is a folder of another's."""
    first, second = (page_id(f"https://blog.example/{written}") for written in (one, other))

    assert not second.startswith(f"{first}/")


def _identity(url: str) -> tuple[str, str]:
    """Return *url* without what does not count: a slash and ``.html`` at the end of its path."""
    path, _, query = url.removeprefix("https://blog.example/").partition("?")
    path, query = (
        re.sub("%[0-9a-f]{2}", lambda m: m[0].upper(), p, flags=re.IGNORECASE)
        for p in (path, query)
    )
    path = path.removesuffix("/") or "index"
    return (path if query else re.sub(r"(?i)\.html\Z", "", path)), query

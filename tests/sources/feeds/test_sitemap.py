"""Sitemaps and lists."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sources.document_type import UnreadableDocument
from crawler.sources.feeds.sitemap import Location, read_list, read_sitemap


def _read(text: str) -> list[Location]:
    return list(read_sitemap(io.BytesIO(text.encode())))


def test_sitemap() -> None:
    """Pages come with their dates; images and translations of theirs are no pages."""
    found = _read(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" '
        'xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
        "<url><loc>\n https://blog.example/a?x=1&amp;y=2 </loc><lastmod>2021-12-01</lastmod>"
        "<image:image><image:loc>https://blog.example/a.png</image:loc></image:image></url>\n"
        '<url><xhtml:link rel="alternate" href="https://blog.example/de/b"/>'
        "<loc>https://blog.example/b</loc></url></urlset>"
    )

    assert found == [
        Location(url="https://blog.example/a?x=1&y=2", kind="page", lastmod="2021-12-01T00:00:00Z"),
        Location(url="https://blog.example/b", kind="page", lastmod=None),
    ]


@pytest.mark.parametrize(
    "opening",
    [
        "<sitemapindex>",
        '<sitemapindex xmlns="http://www.google.com/schemas/sitemap/0.84">',
        '<s:sitemapindex xmlns:s="https://wrong.example/">',
    ],
)
def test_index(opening: str) -> None:
    """An index names sitemaps, in whatever namespace."""
    s = "s:" if opening.startswith("<s:") else ""
    entry = f"<{s}sitemap><{s}loc>https://b.example/1.xml.gz</{s}loc></{s}sitemap>"

    assert _read(f"{opening}{entry}</{s}sitemapindex>") == [
        Location(url="https://b.example/1.xml.gz", kind="sitemap", lastmod=None)
    ]


@pytest.mark.parametrize(
    "rest",
    ["<url><loc>/relative</loc></url></urlset>", "<url></urlset>", "<url><loc>https://b.exam"],
)
def test_broken(rest: str) -> None:
    """What could be read comes first; then it is said that it was not all."""
    found = read_sitemap(
        io.BytesIO(f"<urlset><url><loc>https://a.example/</loc></url>{rest}".encode())
    )

    assert next(found).url == "https://a.example/"
    with pytest.raises(UnreadableDocument, match="not all"):
        list(found)


def test_bare_ampersand() -> None:
    """A URL keeps what follows an ampersand that should have been escaped."""
    (found,) = _read("<urlset><url><loc>https://a.example/?b=1&c=2</loc></url></urlset>")

    assert found.url == "https://a.example/?b=1&c=2"


@given(st.binary())
def test_any_bytes(content: bytes) -> None:
    """Whatever comes is read, or said to be unreadable."""
    try:
        assert list(read_sitemap(io.BytesIO(b"<urlset>" + content))) == []
    except UnreadableDocument:
        return


@given(st.text())
def test_any_list(text: str) -> None:
    """A line of a list has no space around it and is not empty."""
    assert all(line == line.strip() != "" for line in read_list(text))

"""Telling what a document is."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sources.document_type import UnreadableDocument, kind_of, opened

RSS = '<rss version="2.0"><channel/></rss>'
WXR = '<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"><channel/></rss>'
RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="{}"/>'


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (RSS, "feed"),
        (
            f'\ufeff<?xml version="1.0" encoding="utf-8"?>\n<!-- a > b --><?xsl a > b?>\n{RSS}',
            "feed",
        ),
        (f'<!DOCTYPE rss PUBLIC "-//N//DTD RSS 0.91//EN" "rss-0.91.dtd">{RSS}', "feed"),
        (f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "b">\n]>{RSS}', "feed"),
        ('<feed xmlns="http://www.w3.org/2005/Atom"/>', "feed"),
        ('<atom:feed xmlns:atom="http://www.w3.org/2005/Atom"/>', "feed"),
        (RDF.format("http://purl.org/rss/1.0/"), "feed"),
        (RDF.format("http://xmlns.com/foaf/0.1/"), "other"),
        (WXR, "wxr"),
        ("<urlset/>", "sitemap"),
        ('<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">', "sitemap"),
        ('{"version": "https://jsonfeed.org/version/1.1"}', "json-feed"),
        ('\n{"items": [], "version":"https:\\/\\/jsonfeed.org\\/version\\/1"}', "json-feed"),
        (
            f'{{"items": ["{"x" * 99_999}"], "version": "https://jsonfeed.org/version/1"}}',
            "json-feed",
        ),
        ('{"version": "1.0"}', "other"),
        ('{"text": "\\"version\\": \\"https://jsonfeed.org/version/1\\""}', "other"),
        ("<!DOCTYPE html><title>x</title>", "page"),
        ('<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">', "page"),
        ('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">', "page"),
        ("<HTML>", "page"),
        ("<!-- saved --> <div>x</div>", "page"),
        ("<svg xmlns='http://www.w3.org/2000/svg'><a>x</a></svg>", "other"),
        ("https://example.org/a\n\nhttp://example.org/b\n", "list"),
        ("# mine\r\nhttps://example.org/a\r\n", "list"),
        ("https://example.org/a is a page", "other"),
        ("see\nhttps://example.org/a", "other"),
        ("", "other"),
        ("%PDF-1.7 <html>", "other"),
        ("GIF89a<html>", "other"),
        ("<b>\0</b>", "other"),
    ],
)
def test_bytes(content: str, kind: str) -> None:
    """Bytes that tell what they are need no server and no name."""
    assert kind_of(content.encode()) == kind


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_two_bytes_a_character(encoding: str) -> None:
    """UTF-16 is read with a mark and without."""
    assert kind_of(f'<?xml version="1.0"?>{RSS}'.encode(encoding)) == "feed"


@pytest.mark.parametrize(
    ("content", "media_type", "url", "kind"),
    [
        (RSS, "text/html; charset=utf-8", None, "feed"),
        ("<div>x</div>", "text/html", None, "page"),
        ("Fatal error", "application/rss+xml", None, "feed"),
        ("\0", "text/html", None, "page"),
        ("<html>", "image/png", None, "other"),
        ("<html>", "text/plain", "https://example.org/a.md", "page"),
        ("# a", "text/markdown; charset=utf-8", "https://example.org/a", "markdown"),
        ("# a", "text/plain", "https://example.org/a.MDX?raw=1", "markdown"),
        ("<div>a</div>\n\n# a", "text/plain", "https://example.org/a.markdown", "markdown"),
        ("# a", "application/octet-stream", "https://example.org/a.md", "markdown"),
        ("https://example.org/b", "text/plain", "https://example.org/a.md", "markdown"),
        ("https://example.org/b", "text/plain", "https://example.org/a.txt", "list"),
        ("https://example.org/b", "text/html", None, "page"),
        ("# a", "text/plain", "https://example.org/a", "other"),
        ("<b>a</b>", "text/plain", "https://example.org/a", "other"),
        ("<b>a</b>", "application/pdf", None, "other"),
        ("text", None, "https://example.org/a.html", "page"),
        ("text", None, "http://[broken", "other"),
    ],
)
def test_type_and_name(content: str, media_type: str | None, url: str | None, kind: str) -> None:
    """What bytes leave open, the media type decides, then the ending of the path."""
    assert kind_of(content.encode(), media_type=media_type, url=url) == kind


@given(st.binary() | st.text().map(str.encode), st.none() | st.text(), st.none() | st.text())
def test_any_bytes(content: bytes, media_type: str | None, url: str | None) -> None:
    """Every document is of some kind."""
    assert kind_of(content, media_type=media_type, url=url)


def test_gzip() -> None:
    """A gzip file is opened, also one of several members; anything else is left as it is."""
    twice = gzip.compress(b"<urlset>") + gzip.compress(b"</urlset>")

    assert opened(twice) == b"<urlset></urlset>"
    assert opened(b"<urlset/>") == b"<urlset/>"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(b"x" * 101), "more than 100 bytes"),
        (gzip.compress(b"x")[:-3], "broken gzip"),
        (b"\x1f\x8bnonsense", "broken gzip"),
        (gzip.compress(b"x")[:-8] + b"\0" * 8, "broken gzip"),
    ],
    # Gzip holds the time: named by their bytes, the cases would differ from process to process.
    ids=["too-large", "cut", "nonsense", "altered"],
)
def test_broken_gzip(content: bytes, message: str) -> None:
    """What is too large, cut or altered is said so, and not read in part."""
    with pytest.raises(UnreadableDocument, match=message):
        opened(content, limit=100)

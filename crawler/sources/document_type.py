"""Tell what a document is that came from a file or a server: a page, a feed, a sitemap, a list.

The bytes decide first, because servers send feeds as HTML and pages as plain text; the media type
and the ending of the URL decide what bytes cannot tell. Source: https://mimesniff.spec.whatwg.org/
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from typing import Final, Literal
from urllib.parse import urlsplit

from crawler.errors import ImageArchiverError

Kind = Literal["page", "feed", "json-feed", "sitemap", "wxr", "list", "markdown", "other"]

MAX_OPENED_BYTES: Final = 50 * 1024 * 1024
"""Of a document that came gzip'd. https://www.sitemaps.org/protocol.html#index"""

_HEAD: Final = 64 * 1024
"""Bytes in which the root element must begin."""
_GZIP: Final = b"\x1f\x8b"

_PROLOG: Final = re.compile(
    r"\s++|<\?[^>]*+(?:(?<!\?)>[^>]*+)*+>|<!--(?:[^-]|-(?!->))*+-->"
    r"|<!doctype(?![^>\[]*html)[^>\[]*+(?:\[[^\]]*+\]\s*+)?>",
    re.IGNORECASE,
)
_ROOT: Final = re.compile(r"<(?:([\w.-]++):)?+([a-z][\w.-]*+)([^>]*+)", re.IGNORECASE)
_DOCTYPE_HTML: Final = re.compile(r"<!doctype[^>\[]*html", re.IGNORECASE)

_ROOTS: Final[dict[str, Kind]] = {
    "rss": "feed",
    "feed": "feed",
    "urlset": "sitemap",
    "sitemapindex": "sitemap",
    "html": "page",
    "svg": "other",
    "opml": "other",
}
_RSS_IN_RDF: Final = re.compile(r"purl\.org/rss/|netscape\.com/rdf/|purl\.org/net/rss")
_WXR: Final = re.compile(r"wordpress\.org/export/")
# In any place: who sorts the keys writes it behind the items.
_JSON_FEED: Final = re.compile(
    rb'"version"\s*+:\s*+"https?:(?:\\?/){2}(?:www\.)?jsonfeed\.org\\?/version\\?/'
)

# The tags by which a browser knows a page that names no type.
# https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type
_PAGE: Final = re.compile(
    r"<(?:html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|main|article|section"
    r"|meta|link)[\s/>]",
    re.IGNORECASE,
)
_BINARY: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_SNIFFED: Final = 1445
_MAGIC: Final = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"PK\x03\x04", _GZIP)

_MEDIA_TYPES: Final[dict[str, Kind]] = {
    "application/rss+xml": "feed",
    "application/atom+xml": "feed",
    "application/feed+json": "json-feed",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "text/html": "page",
    "application/xhtml+xml": "page",
}
_UNSPECIFIC: Final = frozenset(
    {"", "text/plain", "application/octet-stream", "binary/octet-stream"}
)
"""What servers say of a file whose ending they do not know."""
_MARKDOWN: Final = (".md", ".markdown", ".mdx")
_PAGES: Final = (".html", ".htm", ".xhtml")


class UnreadableDocument(ImageArchiverError):
    """What came cannot be read as what it should be; it costs this source and no other."""


def kind_of(content: bytes, *, media_type: str | None = None, url: str | None = None) -> Kind:
    """Return what *content* is; its beginning is enough, but for lists and JSON.

    >>> kind_of(b"<?xml version='1.0'?><rss version='2.0'>", media_type="text/html")
    'feed'
    >>> kind_of(b"# Title", media_type="text/plain", url="https://example.org/a.md")
    'markdown'
    """
    declared = (media_type or "").partition(";")[0].strip().lower()
    if content.startswith(_MAGIC) or declared.startswith(("image/", "video/", "audio/", "font/")):
        return "other"
    text = _text(content[:_HEAD])
    if text is None and _MEDIA_TYPES.get(declared) != "page":
        return "other"
    text = text or content[:_HEAD].decode("latin-1")
    text = _without_prolog(text)
    return _by_root(text, content) or _by_type(text, content, declared, _path(url))


def is_gzip(content: bytes) -> bool:
    """Return whether *content* begins as a gzip file (RFC 1952, 2.3.1)."""
    return content.startswith(_GZIP)


def opened(content: bytes, *, limit: int = MAX_OPENED_BYTES) -> bytes:
    """Return *content*, decompressed where it is a gzip file.

    Raises UnreadableDocument where it is broken, or holds more than *limit* bytes.
    """
    if not is_gzip(content):
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            payload = file.read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableDocument(f"a broken gzip file: {error}") from error
    if len(payload) > limit:
        raise UnreadableDocument(f"a gzip file of more than {limit} bytes")
    return payload


def _text(head: bytes) -> str | None:
    """Return *head* so that its markup can be read, or None where it is no text."""
    if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return head.decode("utf-16", "replace")
    # https://www.w3.org/TR/xml/#sec-guessing-no-ext-info
    if head.startswith((b"<\0", b"\0<")):
        return head.decode("utf-16-le" if head[0] else "utf-16-be", "replace")
    if _BINARY.search(head, 0, _SNIFFED):
        return None
    return head.removeprefix(BOM_UTF8).decode("latin-1")


def _path(url: str | None) -> str:
    try:
        return urlsplit(url or "").path.lower()
    except ValueError:
        return ""


def _without_prolog(text: str) -> str:
    start = 0
    while match := _PROLOG.match(text, start):
        start = match.end()
    return text[start:]


def _by_root(text: str, content: bytes) -> Kind | None:
    if _DOCTYPE_HTML.match(text):
        return "page"
    if text.startswith("{"):
        return "json-feed" if _JSON_FEED.search(content) else None
    root = _ROOT.match(text)
    return _by_name(root[2].lower(), root[3]) if root else None


def _by_name(name: str, attributes: str) -> Kind | None:
    if name == "rss" and _WXR.search(attributes):
        return "wxr"
    if name == "rdf":
        return "feed" if _RSS_IN_RDF.search(attributes) else "other"
    return _ROOTS.get(name)


def _by_type(text: str, content: bytes, declared: str, path: str) -> Kind:
    if declared in _MEDIA_TYPES:
        return _MEDIA_TYPES[declared]
    if declared not in _UNSPECIFIC:
        return "other"
    if path.endswith(_MARKDOWN):
        return "markdown"
    if not declared and (path.endswith(_PAGES) or _PAGE.match(text)):
        return "page"
    return "list" if _is_list(content) else "other"


def _is_list(content: bytes) -> bool:
    # https://www.sitemaps.org/protocol.html#otherformats: a URL a line, and nothing else.
    lines = [line.strip() for line in content.removeprefix(BOM_UTF8).splitlines()]
    written = [line for line in lines if line and not line.startswith(b"#")]
    return bool(written) and all(
        line.lower().startswith((b"http://", b"https://")) and len(line.split()) == 1
        for line in written
    )

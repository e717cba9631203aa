"""What the parts of an archive and of a bundle are called."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from crawler.common import limits
from crawler.common.files import open_regular
from crawler.fields import ManifestSchema

CATALOG = "catalog.sqlite"
LOCK = ".lock"
HOLDER = ".holder.json"
"""Who holds the lock, as long as somebody does."""
POSTS = "posts"
RUNS = "runs"
REPORT = ".json"
CHANGES = ".changes.jsonl"
"""The endings of what a run leaves there, after the time when it began."""
SET_ASIDE = "set-aside"
"""What a repair puts out of the way, a folder for each time; nothing is deleted."""

MANIFEST = "manifest.json"
ARTICLE = "article"
"""The copy of the article in its bundle, without its ending."""
IMAGES = "images"
CONVERTED = "converted"
THUMBNAILS = "thumbnails"
EARLIER = "earlier"
"""Former versions of the article."""
LOCAL_ARTICLE = "article.local"
"""The copy of the article whose links lead to the bundle's own images, without its ending."""
JOURNAL = "localized.json"
"""What `localize` wrote in the place of which URLs; not there where it wrote nothing."""

UNFINISHED = ".unfinished.image-archiver-part"
"""Stands in a bundle while images come into it that its manifest does not name yet."""

PAGE = "index.html"
"""The offline page of an archive, and of a bundle in it. Made from the manifests, it can be made
again: who checks an archive neither misses it nor counts it as foreign."""
GALLERY = "gallery"
"""What the page of an archive needs beside it: its other pages, styles, data. Made again alike."""
GENERATOR = b'<meta name="generator" content="image-archiver'
"""Stands in every page of ours, near its beginning: none of them is an article."""

SCHEMA: Final[ManifestSchema] = "image-archiver/manifest/1"
_SCHEMA_FAMILY = b"image-archiver/manifest/"
_HEAD = 200
_PAGE_HEAD = 1000

ARTICLES = frozenset({f"{ARTICLE}.md", f"{ARTICLE}.html"})
"""The copies of articles in bundles of an archive."""
LOCAL_ARTICLES = frozenset({f"{LOCAL_ARTICLE}.md", f"{LOCAL_ARTICLE}.html"})
_FILES = frozenset({IMAGES, CONVERTED, THUMBNAILS, JOURNAL}) | LOCAL_ARTICLES
_ARTICLES = frozenset({EARLIER, f"{ARTICLE}.md", f"{ARTICLE}.html"})


def is_of_our_schemas(schema: str) -> bool:
    """Return whether *schema* is that of a manifest, of whatever version."""
    return schema.encode(errors="replace").startswith(_SCHEMA_FAMILY)


def is_page(path: Path) -> bool:
    """Return whether the file at *path* is an offline page of ours."""
    try:
        with open_regular(path) as file:
            return GENERATOR in file.read(_PAGE_HEAD)
    except OSError:
        return False


def is_archive(folder: Path) -> bool:
    """Return whether *folder* is an archive."""
    return (folder / CATALOG).is_file()


def names_of_ours(folder: Path) -> frozenset[str]:
    """Return what *folder* holds of ours; nothing unless it is a bundle, of any version.

    A bundle in place copies no article: one that is called so there is the author's own.
    """
    try:
        with open_regular(folder / MANIFEST) as file:
            head = file.read(_HEAD)
            manifest = head + file.read(limits.MANIFEST) if _SCHEMA_FAMILY in head else b""
    except OSError:
        manifest = b""
    if not manifest:
        return frozenset()
    copied = any(f'"path": "{name}"'.encode() in manifest for name in _ARTICLES)
    return _FILES | _ARTICLES | {PAGE} if copied else _FILES

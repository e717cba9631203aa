"""What the parts of an archive and of a bundle are called."""

from __future__ import annotations

from pathlib import Path

CATALOG = "catalog.sqlite"
LOCK = ".lock"
POSTS = "posts"
RUNS = "runs"

MANIFEST = "manifest.json"
ARTICLE = "article"
"""The copy of the article in its bundle, without its ending."""
IMAGES = "images"
CONVERTED = "converted"
THUMBNAILS = "thumbnails"
EARLIER = "earlier"
"""Former versions of the article."""

SCHEMA = "image-archiver/manifest/1"
_SCHEMA_FAMILY = b"image-archiver/manifest/"
_HEAD = 200

_FILES = frozenset({IMAGES, CONVERTED, THUMBNAILS})
_ARTICLES = frozenset({EARLIER, f"{ARTICLE}.md", f"{ARTICLE}.html"})


def is_archive(folder: Path) -> bool:
    """Return whether *folder* is an archive."""
    return (folder / CATALOG).is_file()


def names_of_ours(folder: Path) -> frozenset[str]:
    """Return what *folder* holds of ours; nothing unless it is a bundle, of any version.

    A bundle in place copies no article: one that is called so there is the author's own.
    """
    try:
        with (folder / MANIFEST).open("rb") as file:
            head = file.read(_HEAD)
            manifest = head + file.read() if _SCHEMA_FAMILY in head else b""
    except OSError:
        manifest = b""
    if not manifest:
        return frozenset()
    copied = any(f'"path": "{name}"'.encode() in manifest for name in _ARTICLES)
    return _FILES | _ARTICLES if copied else _FILES

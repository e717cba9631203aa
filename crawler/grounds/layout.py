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

OWN_NAMES = frozenset(
    {IMAGES, CONVERTED, THUMBNAILS, EARLIER, MANIFEST, f"{ARTICLE}.md", f"{ARTICLE}.html"}
)
"""What a bundle may hold of ours; a bundle in place shares its folder with the author's files."""


def is_archive(folder: Path) -> bool:
    """Return whether *folder* is an archive."""
    return (folder / CATALOG).is_file()


def is_bundle(folder: Path) -> bool:
    """Return whether *folder* is a bundle: whether its manifest is one of ours, of any version."""
    try:
        with (folder / MANIFEST).open("rb") as file:
            return _SCHEMA_FAMILY in file.read(_HEAD)
    except OSError:
        return False

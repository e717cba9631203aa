"""Where the bundles of an archive are: below ``posts``, and in place where the catalog says."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from crawler.common import archive_layout
from crawler.common.files import TEMPORARY_SUFFIX
from crawler.errors import UsageError
from crawler.sources import SUFFIXES
from crawler.store.archive import bundle_at
from crawler.store.catalog import Catalog, PostRow
from crawler.store.lookup import find_post, nearest, unknown

_BUNDLE = re.compile(rf"(?i)({'|'.join(map(re.escape, sorted(SUFFIXES)))})(-[0-9a-f]{{8}})?$")
"""How the folder of a bundle is called: the post's id, with a mark where another has it."""
_NOISE = re.compile(r"\._.*|\.DS_Store|Thumbs\.db|desktop\.ini|\.directory")
"""What operating systems leave in folders that a person looks at."""
OURS = frozenset(
    {
        archive_layout.IMAGES,
        archive_layout.CONVERTED,
        archive_layout.THUMBNAILS,
        archive_layout.EARLIER,
    }
)
"""The folders of a bundle."""
"""What the copy of an article is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder with a manifest, or where one should be."""

    folder: Path
    base: Path
    """As that of `bundles.bundle.Bundle`."""
    name: str
    """Relative to the archive, POSIX."""
    headless: bool = False
    """Whether it looks like a bundle and has no manifest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """A file below ``posts`` that stands in no bundle."""

    name: str


def is_passed_over(name: str) -> bool:
    """Return whether a file of this name says nothing: half-written, or an operating system's."""
    return name.endswith(TEMPORARY_SUFFIX) or _NOISE.fullmatch(name) is not None


def places_below(root: Path, folder: Path) -> Iterator[Place | Stray]:
    """Yield the bundles at or below *folder*, and what is in none, in the order of their names.

    Links to folders are not followed: they could lead in a circle.
    """
    return _below(root, folder, root if folder.is_relative_to(root) else folder)


def _below(root: Path, folder: Path, base: Path) -> Iterator[Place | Stray]:
    if os.path.lexists(folder / archive_layout.MANIFEST):
        yield Place(folder=folder, base=base, name=relative(root, folder))
        return
    entries = entries_of(folder)
    folders = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    ours = any(entry.name in OURS | archive_layout.ARTICLES for entry in entries)
    if ours and _BUNDLE.search(folder.name) and OURS.issuperset(folders):
        yield Place(folder=folder, base=base, name=relative(root, folder), headless=True)
        return
    for entry in entries:
        if entry.name in folders:
            yield from _below(root, folder / entry.name, base)
        elif not is_passed_over(entry.name):
            yield Stray(name=relative(root, folder / entry.name))


def place_at(root: Path, bundle: str) -> Place:
    """Return the bundle at a path that the catalog has; in place, it leads out of the archive."""
    found = bundle_at(root, bundle)
    return Place(folder=found.folder, base=found.base, name=bundle)


def places_given(root: Path, given: Sequence[str], catalog: Catalog | None) -> Iterator[Place]:
    """Yield the bundles of posts, or in folders, that a person named. Raises UsageError.

    Without a *catalog*, a post is the folder that is called so below ``posts``.
    """
    for text in given:
        row = find_post(catalog, text) if catalog is not None and text else None
        if row is not None and row.bundle is not None:
            yield place_at(root, row.bundle)
            continue
        post = root / archive_layout.POSTS / text
        folder = post if text and post.is_dir() else Path(text)
        found = [each for each in places_below(root, folder.resolve()) if isinstance(each, Place)]
        if not found:
            raise _unknown(text, row, catalog)
        yield from found


def _unknown(text: str, row: PostRow | None, catalog: Catalog | None) -> UsageError:
    what = f"post {text}, and no folder with a bundle is there"
    if row is not None:
        return UsageError(f"no image was found in the post {row.id}: the archive has nothing of it")
    near = nearest(text, (row.id for row in catalog.posts())) if catalog is not None else ()
    return unknown(what, near)


def is_inside(bundle: str) -> bool:
    """Return whether a bundle stands in the archive, not in place."""
    return bundle.startswith(f"{archive_layout.POSTS}/")


def relative(root: Path, path: Path) -> str:
    """Return *path* as the catalog has it."""
    return PurePosixPath(os.path.relpath(path, root)).as_posix()


def entries_of(folder: Path) -> list[os.DirEntry[str]]:
    """Return what a folder holds, by names; nothing where it is none or cannot be looked into."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []

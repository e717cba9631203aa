"""Whether what a manifest names is there, by sizes, and whether nothing else is."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from crawler.common import archive_layout
from crawler.common.digests import digest_of_file
from crawler.common.files import regular_status
from crawler.models import Manifest
from crawler.store.manifest import copies_article
from crawler.verify.bundle_locations import OURS, Place, entries_of, is_passed_over
from crawler.verify.expected_files import Named, finding, named_files
from crawler.verify.findings import Finding

_EARLIER = re.compile(rf"{archive_layout.ARTICLE}-([0-9a-f]{{16}})\.[a-z]+")
"""A former article is called by its digest."""
_BESIDE = (
    archive_layout.ARTICLES
    | archive_layout.LOCAL_ARTICLES
    | {archive_layout.MANIFEST, archive_layout.PAGE, archive_layout.JOURNAL}
)
"""What may lie in a bundle beside what its manifest names."""
_READ = frozenset({archive_layout.MANIFEST, archive_layout.JOURNAL})
"""What of it is read anyway, and found wrong then."""
_ROOT = frozenset({archive_layout.LOCK, archive_layout.HOLDER, archive_layout.PAGE})
"""The files of an archive that stand in no folder, but for the catalog, which is opened."""


def absent(place: Place, named: Named) -> Finding | None:
    """Return what is wrong with a file as far as its size tells."""
    try:
        status = regular_status(place.folder / named.path)
    except (FileNotFoundError, NotADirectoryError):
        return finding("missing", place, named, f"{named.size} bytes are gone")
    except OSError as error:
        return finding("altered", place, named, f"cannot be read: {error.strerror}")
    if status.st_size != named.size:
        detail = f"has {status.st_size} bytes instead of {named.size}"
        return finding("altered", place, named, detail)
    return None


def unexpected(place: Place, manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yield the paths of files in a bundle that nothing names, relative to the bundle, and why.

    What may lie there unnamed, as the offline page may, must be a regular file.
    None for a bundle in place: other files there belong to their owner.
    """
    if not copies_article(manifest):
        return
    named = {_composed(each.path) for each in named_files(manifest)}
    for path, entry in _files_of(place.folder):
        if _composed(path) in named:
            continue
        if not _is_expected(path):
            yield path, "nothing names it"
        elif path not in _READ and (why := irregular(entry)):
            yield path, why


def irregular(entry: os.DirEntry[str]) -> str | None:
    """Return why *entry* can be no file of ours, if so."""
    if entry.is_symlink():
        return "is a link"
    return None if entry.is_file() else "is no regular file"


def irregular_files(root: Path) -> Iterator[tuple[str, str]]:
    """Yield what stands in the place of a file outside of the bundles, and why it can be none."""
    found = [(entry.name, entry) for entry in entries_of(root) if entry.name in _ROOT]
    found += [
        (f"{archive_layout.RUNS}/{entry.name}", entry)
        for entry in entries_of(root / archive_layout.RUNS)
        if entry.name.endswith((archive_layout.REPORT, archive_layout.CHANGES))
    ]
    yield from ((name, why) for name, entry in found if (why := irregular(entry)))
    yield from _irregular_below(root / archive_layout.GALLERY, archive_layout.GALLERY)


def _irregular_below(folder: Path, name: str) -> Iterator[tuple[str, str]]:
    for entry in entries_of(folder):
        inner = f"{name}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from _irregular_below(folder / entry.name, inner)
        elif why := irregular(entry):
            yield inner, why


def former_articles(place: Place) -> Iterator[Named]:
    """Yield the former versions of the article, called by how their digests begin."""
    for entry in entries_of(place.folder / archive_layout.EARLIER):
        if found := _EARLIER.fullmatch(entry.name):
            path = f"{archive_layout.EARLIER}/{entry.name}"
            yield Named(
                path=path,
                digest=f"sha256:{found[1]}",
                size=entry.stat(follow_symlinks=False).st_size,
            )


def is_kept_earlier(place: Place, named: Named) -> bool:
    """Return whether the article of the manifest is among the former ones.

    A run that was killed wrote the new article and did not come to the manifest; nothing is lost.
    """
    if named.version is not None:
        return False
    for former in former_articles(place):
        if named.digest.startswith(former.digest):
            with suppress(OSError):
                return digest_of_file(place.folder / former.path) == named.digest
    return False


def _is_expected(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    if is_passed_over(name):
        return True
    if folder == archive_layout.EARLIER:
        return _EARLIER.fullmatch(name) is not None
    return not folder and name in _BESIDE


def _files_of(folder: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield what is in a bundle: files by their paths, foreign folders as one."""
    for entry in entries_of(folder):
        if entry.is_dir(follow_symlinks=False) and entry.name in OURS:
            inner = entries_of(folder / entry.name)
            yield from ((f"{entry.name}/{each.name}", each) for each in inner)
        else:
            yield entry.name, entry


def _composed(path: str) -> str:
    # Some file systems give names back decomposed.
    return unicodedata.normalize("NFC", path)

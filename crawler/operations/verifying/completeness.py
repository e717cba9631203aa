"""Whether what a manifest names is there, by sizes, and whether nothing else is."""

from __future__ import annotations

import re
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from crawler.grounds import layout
from crawler.grounds.digests import digest_of_file
from crawler.model import Manifest
from crawler.operations.verifying.contents import Named, copies_article, finding, named_files
from crawler.operations.verifying.findings import Finding
from crawler.operations.verifying.places import ARTICLES, OURS, Place, entries_of, is_passed_over

_EARLIER = re.compile(rf"{layout.ARTICLE}-([0-9a-f]{{16}})\.[a-z]+")
"""A former article is called by its digest."""
_BESIDE = ARTICLES | layout.LOCAL_ARTICLES | {layout.MANIFEST, layout.PAGE, layout.JOURNAL}
"""What may lie in a bundle beside what its manifest names."""


def absent(place: Place, named: Named) -> Finding | None:
    """Return what is wrong with a file as far as its size tells."""
    try:
        status = (place.folder / named.path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return finding("missing", place, named, f"{named.size} bytes are gone")
    except OSError as error:
        return finding("altered", place, named, f"cannot be read: {error.strerror}")
    if not stat.S_ISREG(status.st_mode):
        return finding("altered", place, named, "is no file")
    if status.st_size != named.size:
        detail = f"has {status.st_size} bytes instead of {named.size}"
        return finding("altered", place, named, detail)
    return None


def unexpected(place: Place, manifest: Manifest) -> Iterator[str]:
    """Yield the paths of files in a bundle that nothing names, relative to the bundle.

    None for a bundle in place: other files there belong to their owner.
    """
    if not copies_article(manifest):
        return
    named = {_composed(each.path) for each in named_files(manifest)}
    for path in _files_of(place.folder):
        if _composed(path) not in named and not _is_expected(path):
            yield path


def former_articles(place: Place) -> Iterator[Named]:
    """Yield the former versions of the article, called by how their digests begin."""
    for entry in entries_of(place.folder / layout.EARLIER):
        if found := _EARLIER.fullmatch(entry.name):
            path = f"{layout.EARLIER}/{entry.name}"
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
    if folder == layout.EARLIER:
        return _EARLIER.fullmatch(name) is not None
    return not folder and name in _BESIDE


def _files_of(folder: Path) -> Iterator[str]:
    """Yield what is in a bundle: files by their paths, foreign folders as one."""
    for entry in entries_of(folder):
        if entry.is_dir(follow_symlinks=False) and entry.name in OURS:
            yield from (f"{entry.name}/{each.name}" for each in entries_of(folder / entry.name))
        else:
            yield entry.name


def _composed(path: str) -> str:
    # Some file systems give names back decomposed.
    return unicodedata.normalize("NFC", path)

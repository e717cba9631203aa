"""Export an archive; a result stands under its name only when it is whole."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from crawler.common import archive_layout
from crawler.common.files import whole_file, whole_folder
from crawler.errors import StorageError, UsageError
from crawler.export.bundle_contents import Account, Holding
from crawler.export.bundle_selection import gather, places
from crawler.export.formats import FORMATS, Format
from crawler.export.options import Terms
from crawler.export.selection import Selection
from crawler.store.catalog import Catalog, not_an_archive

_OWN = frozenset(
    {
        archive_layout.POSTS,
        archive_layout.RUNS,
        archive_layout.SET_ASIDE,
        archive_layout.GALLERY,
        archive_layout.PAGE,
        archive_layout.LOCK,
        archive_layout.HOLDER,
    }
)
"""What no export may replace or stand among, beside the catalog and its journals."""


def export(
    root: Path, name: str, destination: Path | BinaryIO, terms: Terms, account: Account
) -> None:
    """Write what *terms* select of the archive at *root* to *destination*, in the format *name*.

    A run may write to the archive meanwhile. *account* has the counts and what could not be
    exported. Raises UsageError before anything is written, where there is no archive or something
    stands at *destination* already, and StorageError or PathError when that cannot be written.
    """
    kind = FORMATS[name]
    with _catalog_of(root) as catalog:
        if isinstance(destination, Path):
            _check_destination(root, kind, destination, overwrite=terms.overwrite)
        holdings = gather(root, catalog, terms.selection, account)
        _write(kind, holdings, destination, account, terms)


def count_posts(root: Path, selection: Selection) -> int:
    """Return how many bundles an export looks at. Raises UsageError as `export`."""
    with _catalog_of(root) as catalog:
        return sum(1 for _ in places(root, catalog, selection))


@contextmanager
def _catalog_of(root: Path) -> Iterator[Catalog | None]:
    if not archive_layout.is_archive(root):
        if not (root / archive_layout.POSTS).is_dir():
            raise not_an_archive(
                root, f"it has neither {archive_layout.CATALOG} nor {archive_layout.POSTS}/"
            )
        yield None
        return
    # Where nothing can be written, nobody writes, and the catalog needs no files of its own.
    still = not os.access(root, os.W_OK)
    catalog = Catalog(root / archive_layout.CATALOG, read_only=True, still=still)
    try:
        yield catalog
    finally:
        catalog.close()


def _check_destination(root: Path, kind: Format, path: Path, *, overwrite: bool) -> None:
    inside = path.resolve()
    if inside.is_relative_to(root.resolve()):
        first = next(iter(inside.relative_to(root.resolve()).parts), archive_layout.POSTS)
        if first in _OWN or first.startswith(archive_layout.CATALOG):
            raise UsageError(f"{path} belongs to the archive itself; put the export elsewhere")
    if kind.folder is not None:
        if path.exists() and not (path.is_dir() and not any(path.iterdir())):
            raise UsageError(f"{path} exists, and a folder is never overwritten; move it away")
    elif path.is_dir():
        raise UsageError(f"{path} is a folder; name a file")
    elif path.exists() and not overwrite:
        raise UsageError(f"{path} exists; --overwrite replaces it")


def _write(
    kind: Format,
    holdings: Iterable[Holding],
    destination: Path | BinaryIO,
    account: Account,
    terms: Terms,
) -> None:
    if kind.folder is not None:
        assert isinstance(destination, Path)  # noqa: S101 - the command line refuses others
        with whole_folder(destination) as folder:
            kind.folder(holdings, folder, account, terms)
        return
    assert kind.file is not None  # noqa: S101 - a format has one of the two
    if isinstance(destination, Path):
        with whole_file(destination, beneath=None) as file:
            kind.file(holdings, file, account, terms)
        return
    try:
        kind.file(holdings, destination, account, terms)
        destination.flush()
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise
        raise StorageError(
            f"cannot write standard output: {os.strerror(error.errno or 0)}"
        ) from error

"""Find the bundles that are asked for, in one order whatever the archive is copied to."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path

from crawler.common import archive_layout, limits
from crawler.common.files import read_regular
from crawler.errors import ManifestError, StorageError, UsageError
from crawler.export.bundle_contents import Account, Holding
from crawler.export.selection import Selection
from crawler.store.bundle_discovery import find_bundles
from crawler.store.catalog import Catalog
from crawler.store.lookup import find_post, unknown, unknown_post
from crawler.store.manifest import from_document


def gather(
    root: Path, catalog: Catalog | None, selection: Selection, account: Account
) -> Iterator[Holding]:
    """Return what *selection* asks for: the bundles in the archive, then those beside articles.

    The former are found without the catalog, the latter only with it. What cannot be read is noted
    in *account*. Raises UsageError where a post is asked for that is not there, and StorageError
    where a folder of the archive cannot be read.
    """
    return _gathered(root, places(root, catalog, selection), selection, account)


def _gathered(
    root: Path, paths: Iterator[str], selection: Selection, account: Account
) -> Iterator[Holding]:
    for path in paths:
        holding = _read(root, path, selection, account)
        if holding is not None:
            account.posts += 1
            yield holding


def places(root: Path, catalog: Catalog | None, selection: Selection) -> Iterator[str]:
    """Return where the bundles stand, relative to the archive; else as `gather`."""
    if selection.posts:
        return iter(sorted(_place_of(root, catalog, post) for post in selection.posts))
    return _all_places(root, catalog)


def _all_places(root: Path, catalog: Catalog | None) -> Iterator[str]:
    try:
        yield from find_bundles(root)
    except OSError as error:
        raise StorageError(f"cannot read {error.filename}: {error.strerror}") from error
    for row in catalog.posts() if catalog is not None else ():
        # What the catalog has, and nobody met, is missing; what stands in place is met here only.
        if row.bundle is not None and not _is_met(root, row.bundle):
            yield row.bundle


def _is_met(root: Path, path: str) -> bool:
    """Return whether looking for bundles finds this one: it does not go along links."""
    folder = root / path
    return (
        _is_inside(path)
        and (folder / archive_layout.MANIFEST).is_file()
        and folder.resolve() == root.resolve() / path
    )


def _is_inside(path: str) -> bool:
    return path.startswith(f"{archive_layout.POSTS}/")


def _place_of(root: Path, catalog: Catalog | None, post: str) -> str:
    row = find_post(catalog, post) if catalog is not None else None
    if row is not None and row.bundle is None:
        raise UsageError(f"no image was found in the post {post}: the archive has nothing of it")
    path = row.bundle if row is not None and row.bundle else f"{archive_layout.POSTS}/{post}"
    if ".." in post.split("/") or not (root / path / archive_layout.MANIFEST).is_file():
        raise unknown(f"post {post}", ()) if catalog is None else unknown_post(catalog, post)
    return path


def _read(root: Path, path: str, selection: Selection, account: Account) -> Holding | None:
    folder = root / path
    where = posixpath.join(path, archive_layout.MANIFEST)
    try:
        document = read_regular(folder / archive_layout.MANIFEST, limits.MANIFEST)
        manifest = from_document(document)
    except OSError as error:
        account.note("missing", where, error.strerror or str(error))
        return None
    except ManifestError as error:
        account.note("manifest-invalid", where, str(error))
        return None
    chosen = selection.chosen(manifest.entries)
    if chosen is None:
        return None
    holding = Holding(
        folder=folder,
        path=path,
        in_place=not _is_inside(path),
        document=document,
        manifest=manifest,
        chosen=chosen,
    )
    if (leading := holding.leads_out()) is not None:
        account.note("manifest-invalid", where, f"the path {leading!r} leads out of the bundle")
        return None
    return holding

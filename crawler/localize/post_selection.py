"""The posts that a person means: by id, by a folder of ids, by an article or a folder on disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import NoReturn

from crawler.common import archive_layout, urls
from crawler.common.files import stored_at
from crawler.common.safe_paths import storable
from crawler.errors import ManifestError, PathError, UsageError
from crawler.models import Manifest
from crawler.sources import SUFFIXES
from crawler.store.archive import Archive
from crawler.store.bundle import Bundle
from crawler.store.catalog import Catalog, PostRow, check_archive
from crawler.store.lookup import find_post, unknown_post
from crawler.store.manifest import copies_article, read_checked

Record = Callable[[PostRow], None]


@contextmanager
def opened(root: Path, *, read_only: bool) -> Iterator[tuple[Catalog, Record]]:
    """Open the archive at *root*; hand over its catalog and what writes the row of a post.

    Raises UsageError where there is none, ArchiveLockedError or StorageError.
    """
    check_archive(root)
    if read_only:
        catalog = Catalog(root / archive_layout.CATALOG, read_only=True)
        try:
            yield catalog, lambda _: None
        finally:
            catalog.close()
        return
    archive = Archive(root)
    try:
        yield archive.catalog, archive.record
    finally:
        archive.close()


def chosen_posts(catalog: Catalog, given: Sequence[str]) -> list[PostRow]:
    """Return the posts that have a bundle and are *given*; all of them without any.

    Raises UsageError for what names none.
    """
    rows = [row for row in catalog.posts() if row.bundle is not None]
    if not given:
        return rows
    chosen: dict[str, PostRow] = {}
    for name in given:
        found = {row.id: row for row in rows if _is_meant(row, name)}
        if not found:
            _refuse(catalog, name)
        chosen.update(found)
    return list(chosen.values())


def _refuse(catalog: Catalog, name: str) -> NoReturn:
    row = find_post(catalog, name)
    if row is None:
        raise unknown_post(catalog, name)
    raise UsageError(f"no image was found in the post {row.id}: the archive has nothing of it")


def _is_meant(row: PostRow, name: str) -> bool:
    named = name.rstrip("/")
    if named in {row.id, row.path, row.bundle} or row.id.startswith(f"{named}/"):
        return True
    path = article_of(row)
    meant = Path(name).absolute()
    return path is not None and (path == meant or meant in path.parents)


UNKNOWN = (
    "the catalog was made anew, and does not know where the article is: archive its source again"
)


def is_elsewhere(row: PostRow) -> bool:
    """Return whether the article is no file of its own on this disk."""
    return row.document is not None or urls.scheme(row.path) in urls.NETWORK_SCHEMES


def article_of(row: PostRow) -> Path | None:
    """Return the author's own file; None where there is none, or nobody knows where."""
    path = Path(row.path)
    return path if row.document is None and path.is_absolute() else None


def own_manifest(row: PostRow, bundle: Bundle, known: Collection[str] = ()) -> Manifest:
    """Return the manifest of *bundle*, where the catalog says that the post of *row* has it.

    A catalog may be a stranger's, and in place it may name any folder: what counts is a manifest of
    that post in it, and that says whether it has a copy of the article. *known* are the digests
    that it may have. Raises ManifestError.
    """
    found = read_checked(bundle.manifest, known)
    if found is None:
        raise ManifestError(
            f"{bundle.folder} has no {archive_layout.MANIFEST}: run `image-archiver archive` first"
        )
    manifest, _ = found
    if manifest.post.id != row.id:
        raise ManifestError(f"{bundle.manifest} belongs to the post {manifest.post.id}")
    if copies_article(manifest) == bundle.in_place:
        raise ManifestError(f"{bundle.manifest} is of a bundle that stands elsewhere")
    return manifest


def own_article(row: PostRow, bundle: Bundle, manifest: Manifest) -> Path:
    """Return the author's own file, which may be written into; its folder holds no link any more.

    It is an article by its name, and that of the manifest: in place the one of the bundle, else
    one that is called as the post's source is. Raises PathError.
    """
    path = article_of(row)
    if path is None:
        raise PathError(UNKNOWN)
    article = path.parent.resolve() / path.name
    if bundle.in_place:
        beside = Path(os.path.normpath(stored_at(bundle.folder, manifest.post.article.path)))
        is_own = article == beside.parent.resolve() / beside.name
    else:
        source = PurePosixPath(manifest.post.source).parts
        is_own = bool(source) and tuple(map(storable, path.parts[-len(source) :])) == source
    if not is_own or article.suffix.lower() not in SUFFIXES:
        raise PathError(
            f"{path} is not the article of {row.id} by its manifest: archive its source again"
        )
    return article

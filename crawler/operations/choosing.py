"""The posts that a person means: by id, by a folder of ids, by an article or a folder on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from crawler.bundles.archive import Archive
from crawler.bundles.catalog import Catalog, PostRow, check_archive
from crawler.bundles.lookup import find_post, unknown_post
from crawler.errors import UsageError
from crawler.grounds import layout, urls

Record = Callable[[PostRow], None]


@contextmanager
def opened(root: Path, *, read_only: bool) -> Iterator[tuple[Catalog, Record]]:
    """Open the archive at *root*; hand over its catalog and what writes the row of a post.

    Raises UsageError where there is none, ArchiveLockedError or StorageError.
    """
    check_archive(root)
    if read_only:
        catalog = Catalog(root / layout.CATALOG, read_only=True)
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

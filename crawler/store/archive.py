"""All bundles and the catalog, held by one run at a time."""

from __future__ import annotations

import contextlib
import hashlib
import os
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from itertools import chain, count
from pathlib import Path, PurePosixPath

from filelock import FileLock, Timeout

from crawler.common import archive_layout
from crawler.common.files import append, regular_status, sweep, write_atomically
from crawler.common.safe_paths import folded
from crawler.errors import ArchiveLockedError, StorageError, UnfitFileError
from crawler.models import Holder, Post
from crawler.store.bundle import Bundle
from crawler.store.catalog import Catalog
from crawler.store.catalog.rows import PostRow
from crawler.store.lock_owner import Hold, holder_at, in_words, this_process

_ARTICLE_SUFFIXES = (".md", ".markdown", ".mdx", ".html", ".htm")


class Archive:
    """An open archive; nobody else may write to it until it is closed.

    Raises ArchiveLockedError when another run holds it, StorageError when it cannot be written.
    """

    def __init__(self, root: Path) -> None:
        # The worker processes may have another working directory, and the catalog's paths are
        # relative to this one.
        self.root = root.resolve()
        self._claims: dict[str, str] = {}
        """Folded paths of bundles that are not in the catalog yet, with the ids of their posts."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            holding = hold(self.root)
        except OSError as error:
            # Whatever the reason, without its folder there is no archive.
            raise unholdable(root, error) from error
        with holding as opened:
            self.catalog = Catalog(self.root / archive_layout.CATALOG)
            self._opened = opened.pop_all()

    def close(self) -> None:
        """Close the catalog and let others in."""
        with self._opened:
            self.catalog.close()

    def bundle(self, relative: str) -> Bundle:
        """Return the bundle at a path that the catalog gave, to take files from it."""
        return bundle_at(self.root, relative)

    def relative(self, bundle: Bundle) -> str:
        """Return where *bundle* stands, relative to the archive, as the catalog has it."""
        if bundle.in_place:
            return PurePosixPath(os.path.relpath(bundle.folder.resolve(), self.root)).as_posix()
        return bundle.folder.relative_to(self.root).as_posix()

    def bundle_for(self, post: Post) -> Bundle:
        """Return where the bundle of *post* stands in this archive, once and for all.

        Ids that differ only in what some file systems ignore get separate folders on all of them.
        """
        known = self.catalog.post(post.id)
        if known is not None and known.bundle and _is_inside(known.bundle):
            relative = known.bundle
        else:
            relative = f"{archive_layout.POSTS}/{post.id}"
            if self._owner_of(folded(relative)) not in {None, post.id}:
                relative = _distinguished(relative, post.id)
        self._claims[folded(relative)] = post.id
        return replace(bundle_at(self.root, relative), article=_article_name(post))

    def record(self, row: PostRow) -> None:
        """Write the row of a post whose manifest is written. Raises StorageError."""
        key = folded(row.bundle) if row.bundle and _is_inside(row.bundle) else None
        self.catalog.put_post(row, folded=key)
        self._claims.pop(key or folded(f"{archive_layout.POSTS}/{row.id}"), None)

    def _owner_of(self, key: str) -> str | None:
        return self._claims.get(key) or self.catalog.owner_of(key)

    def name_run(self, began: datetime) -> str:
        """Return what the files of a run that *began* then are called, before their endings."""
        folder, name = self.root / archive_layout.RUNS, began.strftime("%Y-%m-%dT%H%M%SZ")
        # Two runs may begin within one second.
        marks = chain([""], (f"-{number}" for number in count(2)))
        return next(each for mark in marks if _is_new(folder, each := f"{name}{mark}"))

    def write_report(self, run: str, document: bytes) -> Path:
        """Write the report of the run of that name; return its path. Raises StorageError."""
        path = self.root / archive_layout.RUNS / f"{run}{archive_layout.REPORT}"
        write_atomically(path, document, beneath=self.root)
        return path

    def add_changes(self, run: str, lines: bytes) -> None:
        """Add *lines* to what the run of that name has changed so far. Raises StorageError.

        Not flushed to the disk: what a power failure takes is missing in this account alone.
        """
        path = self.root / archive_layout.RUNS / f"{run}{archive_layout.CHANGES}"
        append(path, lines, beneath=self.root)


def hold(root: Path) -> ExitStack:
    """Return what holds the archive at *root*, saying who, until it is closed.

    What a former holder who was killed left half-written beside the bundles is removed. Raises
    ArchiveLockedError when another run has it, OSError where it cannot be written.
    """
    with contextlib.suppress(FileNotFoundError):
        regular_status(root / archive_layout.LOCK)
    lock = FileLock(root / archive_layout.LOCK)
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise _locked(root, holder_at(root / archive_layout.HOLDER)) from error
    with ExitStack() as held:
        held.callback(lock.release)
        for folder in (root, root / archive_layout.RUNS):
            sweep(folder, beneath=root)
        held.callback(Hold(root / archive_layout.HOLDER, this_process()).release)
        return held.pop_all()


def unholdable(root: Path, error: OSError) -> StorageError:
    """Return what to raise where the archive at *root* cannot be held."""
    if isinstance(error, UnfitFileError):
        return StorageError(f"cannot lock {root}: {error}; move it away")
    return StorageError(f"cannot write {root}: {error.strerror or error}")


def _locked(root: Path, holder: Holder | None) -> ArchiveLockedError:
    words = in_words(holder) if holder else "it has not said who it is; wait for its end"
    return ArchiveLockedError(f"another run holds {root}: {words}", holder)


def bundle_in_place(path: Path) -> Bundle:
    """Return the bundle beside the article at *path*.

    ``dir/name.md`` gets ``dir/name/``, or ``dir/name.archive/`` where ``dir/name/index.md`` is a
    post of its own; ``dir/name/index.md`` is its own bundle, as Hexo and Hugo have it. Where two
    articles differ only in their endings, the second gets ``dir/name.html.archive/``.
    """
    path = path.absolute()
    parent = path.parent
    siblings = [path.with_suffix(suffix) for suffix in _ARTICLE_SUFFIXES]
    first = next((sibling for sibling in siblings if sibling.exists()), path)
    folder = parent / path.stem
    if first.name != path.name:
        folder = path.with_name(f"{path.name}.archive")
    elif path.stem == "index":
        folder = parent
    elif folder.is_file() or any((folder / f"index{s}").exists() for s in _ARTICLE_SUFFIXES):
        folder = path.with_name(f"{path.stem}.archive")
    article = PurePosixPath(os.path.relpath(path, folder)).as_posix()
    return Bundle(folder=folder, base=parent, article=article, in_place=True)


def bundle_at(root: Path, relative: str) -> Bundle:
    """Return the bundle at a path that the catalog of the archive at *root* has.

    In the archive no link leads to it. In place, the links on the way are the author's; none is the
    bundle's own folder, nor in it.
    """
    if _is_inside(relative):
        return Bundle(folder=root / relative, base=root, article="", in_place=False)
    folder = Path(os.path.normpath(root / relative))
    return Bundle(folder=folder, base=folder.parent, article="", in_place=True)


def _is_new(folder: Path, name: str) -> bool:
    ends = (archive_layout.REPORT, archive_layout.CHANGES)
    return not any(os.path.lexists(folder / f"{name}{end}") for end in ends)


def is_place_of(post_id: str, relative: str) -> bool:
    """Return whether an archive may have the bundle of a post at *relative*."""
    plain = f"{archive_layout.POSTS}/{post_id}"
    return relative in {plain, _distinguished(plain, post_id)}


def _is_inside(relative: str) -> bool:
    """Return whether the bundle stands in the archive, not in place."""
    return relative.startswith(f"{archive_layout.POSTS}/")


def _distinguished(relative: str, post_id: str) -> str:
    return f"{relative}-{hashlib.sha256(post_id.encode()).hexdigest()[:8]}"


def _article_name(post: Post) -> str:
    return f"{archive_layout.ARTICLE}.{'html' if post.language == 'html' else 'md'}"

"""Find the articles below a source, lazily and in a fixed order."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from crawler.common import archive_layout
from crawler.common.files import followed
from crawler.common.safe_paths import safe_path, storable
from crawler.errors import UsageError
from crawler.models import Article, Language

logger = logging.getLogger(__name__)

SUFFIXES: dict[str, Language] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdx": "markdown",
    ".html": "html",
    ".htm": "html",
}
"""The endings of articles with their language."""
_ENDINGS = tuple(SUFFIXES)

_LEFT_OUT = frozenset({"node_modules", "__pycache__"})


OnProblem = Callable[[Path, str], None]
"""Is told which path could not be looked into, and why."""


def discover(
    source: Path, *, name: str | None = None, on_problem: OnProblem = lambda _path, _why: None
) -> Iterator[Article]:
    """Yield the articles of *source*, a folder or one file, sorted within each folder.

    Hidden files and folders, ``node_modules``, archives, offline pages and what bundles hold of
    ours are passed over; links are followed only to files inside *source*. *name* goes before every
    id. Raises UsageError at once, not on the first article, when *source* cannot be a source; what
    cannot be looked into later is told to *on_problem*.
    """
    try:
        root, paths = _paths(source, on_problem)
    except OSError as error:
        raise UsageError(f"{source}: {error.strerror}") from error
    return (found for path in paths if (found := _article(path, root, name, on_problem)))


def estimate(source: Path) -> int:
    """Return about how many articles *source* holds, by names alone: what somebody waits for."""
    if not source.is_dir():
        return 1
    found = 0
    for _, folders, names in os.walk(source):
        folders[:] = [name for name in folders if not is_passed_over(name)]
        if archive_layout.CATALOG in names:
            folders.clear()
        else:
            found += sum(name.lower().endswith(_ENDINGS) for name in names)
    return found


def _paths(source: Path, on_problem: OnProblem) -> tuple[Path, Iterator[Path]]:
    if source.is_dir():
        if archive_layout.is_archive(source):
            raise UsageError(f"{source} is an archive, not a folder of posts")
        return source, _walk(source, source.resolve(), on_problem)
    if source.is_file():
        if source.suffix.lower() not in SUFFIXES:
            raise UsageError(f"{source} is not an article: expected {', '.join(SUFFIXES)}")
        if _is_page(source, followed(source)):
            raise UsageError(f"{source} is an offline page of an archive, not an article")
        return source.parent, iter([source])
    what = "is neither a file nor a folder" if source.exists() else "no such file or folder"
    raise UsageError(f"{source}: {what}")


def _walk(folder: Path, real_root: Path, on_problem: OnProblem) -> Iterator[Path]:
    # Open listings instead of recursion: no tree is too deep.
    listings = [(folder, iter(_names(folder, on_problem)))]
    while listings:
        current, names = listings[-1]
        name = next(names, None)
        if name is None:
            listings.pop()
            continue
        path = current / name
        try:
            if _is_article(path, real_root, on_problem):
                yield path
            elif _is_folder(path):
                listings.append((path, iter(_names(path, on_problem))))
        except OSError as error:
            on_problem(path, str(error.strerror))


def _is_article(path: Path, real_root: Path, on_problem: OnProblem) -> bool:
    if path.suffix.lower() not in SUFFIXES:
        return False
    real = followed(path)
    if real is not path and not real.is_relative_to(real_root):
        logger.info("%s: a link that leads out of the source is not followed", path)
        return False
    if real.is_file():
        return not _is_page(path, real)
    if real.exists() and not real.is_dir():
        on_problem(path, "is no regular file")
    return False


def _is_page(path: Path, real: Path) -> bool:
    return SUFFIXES[path.suffix.lower()] == "html" and archive_layout.is_page(real)


def _is_folder(path: Path) -> bool:
    # Folders behind links are never followed: they would be found twice, or for ever.
    return path.is_dir() and not path.is_symlink() and not archive_layout.is_archive(path)


def _names(folder: Path, on_problem: OnProblem) -> list[str]:
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - names alone take the least memory
    except OSError as error:
        on_problem(folder, str(error.strerror))
        return []
    ours = archive_layout.names_of_ours(folder)
    return [name for name in names if not is_passed_over(name) and name not in ours]


def is_passed_over(name: str) -> bool:
    """Return whether a file or a folder is never looked into, for its *name*."""
    return name.startswith(".") or name in _LEFT_OUT


def _article(path: Path, root: Path, name: str | None, on_problem: OnProblem) -> Article | None:
    try:
        status = path.stat()
    except OSError as error:
        on_problem(path, str(error.strerror))
        return None
    source = path.relative_to(root).as_posix()
    named = f"{name}/{source}" if name else source
    id_ = safe_path(named)
    former = _former_id(named) if "%" in id_ else id_
    return Article(
        path=path,
        root=root,
        id=id_,
        former_id=former if former != id_ else None,
        source=storable(source),
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
    )


def _former_id(named: str) -> str | None:
    """Return the id that version 0.1.0 gave; other bytes than UTF-8 it replaced."""
    return safe_path(os.fsencode(named).decode("utf-8", "replace"), former=True)

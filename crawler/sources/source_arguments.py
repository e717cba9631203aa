"""What a run is given to read: folders and articles, feeds in files, URLs, and lists of them."""

from __future__ import annotations

import gzip
import os
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from crawler.common import urls
from crawler.common.files import followed, open_regular
from crawler.errors import UsageError
from crawler.sources.discovery import SUFFIXES, discover, is_passed_over
from crawler.sources.document_type import Kind, is_gzip, kind_of

_HEAD = 65536
_MAGIC = 2
_LARGEST = 50_000_000
"""Bytes of a JSON Feed."""
_DOCUMENTS = frozenset({"feed", "json-feed", "wxr", "sitemap", "list"})
_LIST = "-"
"""Stands for a list of sources on standard input."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of articles, or one article."""

    path: Path


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A feed, an export, a sitemap or a list of URLs that lies on this disk."""

    path: Path


@dataclass(frozen=True, slots=True)
class Url:
    """A page, a feed or a sitemap on the network."""

    url: str


@dataclass(frozen=True, slots=True)
class Listed:
    """Sources that are read a line at a time, when their turn comes."""

    lines: TextIO


Source = Folder | DocumentFile | Url | Listed


def as_sources(sources: Sequence[str], *, archive: Path | None = None) -> list[Source]:
    """Return what *sources* name, each once; what lies in one of the folders is left to the folder.

    Raises UsageError for what cannot be a source: what is not there, is neither article nor
    document, or is the *archive* itself.
    """
    found = list(dict.fromkeys(as_source(source) for source in sources))
    paths = [source.path for source in found if isinstance(source, Folder)]
    for path in paths:
        if archive is not None and path.resolve() == archive.resolve():
            raise UsageError(f"{path} cannot be the source and the archive")
    folders = [path.resolve() for path in paths if path.is_dir()]
    return [
        source
        for source in found
        if not isinstance(source, Folder)
        or not any(_is_left_to(folder, source.path.resolve()) for folder in folders)
    ]


def _is_left_to(folder: Path, path: Path) -> bool:
    """Return whether who reads *folder* comes to *path*, a folder or a file below it."""
    if path == folder or not path.is_relative_to(folder):
        return False
    return not any(is_passed_over(part) for part in path.relative_to(folder).parts)


def as_source(source: str) -> Source:
    """Return what *source* names. Raises UsageError."""
    if source == _LIST:
        return Listed(sys.stdin)
    if urls.scheme(source) in urls.NETWORK_SCHEMES:
        resolved = urls.resolve(source, None)
        if resolved is None or not urls.host(resolved):
            raise UsageError(f"{source} is not a URL")
        return Url(resolved)
    path = Path(source)
    if "://" in source and not path.exists():
        raise UsageError(f"{source}: only http and https URLs are read")
    if path.is_file() and path.suffix.lower() not in SUFFIXES:
        return _document(path)
    discover(path)
    return Folder(path)


def source_key(given: str) -> str:
    """Return what tells a source from others, however it is spelled; it holds no credentials.

    >>> source_key("https://me:secret@blog.example:443"), source_key("/srv/../srv/blog/")
    ('https://blog.example/', '/srv/blog')
    """
    if given == _LIST:
        return given
    if urls.scheme(given) in urls.NETWORK_SCHEMES:
        return urls.resolve(given, None) or urls.without_credentials(given)
    return os.path.abspath(given)  # noqa: PTH100 - pathlib leaves ".." where it is


def listed(source: Listed) -> Iterator[str]:
    """Yield the lines of a list that name sources; blank ones and those after ``#`` do not."""
    for line in source.lines:
        written = line.strip()
        if written and not written.startswith("#"):
            yield written


def _document(path: Path) -> DocumentFile:
    try:
        kind = file_kind(path)
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{path}: {error}") from error
    if kind not in _DOCUMENTS:
        endings = ", ".join(SUFFIXES)
        raise UsageError(f"{path} is neither an article ({endings}) nor a feed, export or sitemap")
    return DocumentFile(path)


def open_document(path: Path) -> BinaryIO:
    """Open the document at *path*, decompressing it where it is a gzip file. Raises OSError."""
    file = open_regular(followed(path))
    compressed = is_gzip(file.read(_MAGIC))
    file.seek(0)
    return gzip.GzipFile(fileobj=file) if compressed else file  # type: ignore[return-value]


def file_kind(path: Path) -> Kind:
    """Return what the document at *path* is. Raises OSError, EOFError or zlib.error."""
    with open_document(path) as file:
        head = file.read(_HEAD)
        if head.lstrip().startswith(b"{"):
            return kind_of(head + file.read(_LARGEST), url=path.name)  # JSON says it anywhere
    # A list is told by whole lines.
    return kind_of(head[: head.rfind(b"\n") + 1] or head, url=path.name)

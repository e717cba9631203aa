"""Unpack a zip or a tar that anybody may have made.

Whatever it says of itself, nothing is written outside of the folder, nothing but files, nothing
twice, and no more than its own size can explain.
"""

from __future__ import annotations

import os
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO, Self

from crawler.common.files import followed, open_regular, storage_error
from crawler.errors import UsageError
from crawler.export.zip_directory import check_directory

_PIECE = 1 << 20
_RATIO = 100
"""How much larger than itself a file may become; images hardly compress, manifests tenfold."""
_ALLOWANCE = 1 << 30
"""Bytes that any file may become."""
_LEAST = 4096
"""Bytes that a member counts as, however small: it takes a block of a disk."""
_FOLDERS = 16
"""Folders that a member may be in at no cost; each further one is a block of a disk too."""
_LONGEST_HEADER = 1 << 20
_LINK = 0o120000
_KIND = 0o170000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    """What a zip or a tar holds."""

    name: str
    is_folder: bool = False
    content: IO[bytes] | None = None
    """Of a file; None for a folder, a link or a device."""


def unpack(source: Path, folder: Path, *, allowance: int = _ALLOWANCE) -> None:
    """Unpack the zip or the tar *source*, however compressed, into the empty *folder*.

    Raises UsageError where it is neither, is damaged, or is made to do harm; StorageError where
    *folder* cannot be written.
    """
    try:
        file = open_regular(followed(source))
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}") from error
    with file:
        _unpack(source, file, folder, allowance)


def _unpack(source: Path, file: BufferedReader, folder: Path, allowance: int) -> None:
    left = max(allowance, os.fstat(file.fileno()).st_size * _RATIO)
    try:
        for member in _members(source, file):
            left -= _LEAST * max(1, member.name.count("/") - _FOLDERS)
            if left < 0:
                raise _too_much(source)
            if member.content is not None:
                target = folder / _safe(source, member.name)
                left -= _write(source, member.content, target, left)
            elif not member.is_folder:
                raise UsageError(f"{source}: {member.name} is a link or a device, not a file")
    except _DAMAGE as error:
        raise UsageError(f"{source} cannot be unpacked: {error}") from error


_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    EOFError,
    NotImplementedError,  # a way of compressing that this Python does not know
    RuntimeError,  # a zip with a password
    UnicodeError,
)


def _members(source: Path, file: BufferedReader) -> Iterator[_Member]:
    try:
        is_zip = zipfile.is_zipfile(file)
        file.seek(0)
        yield from _zipped(source, file) if is_zip else _tarred(file)
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror or error}") from error


def _zipped(source: Path, file: BufferedReader) -> Iterator[_Member]:
    check_directory(file, str(source))
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            if info.is_dir() or (info.external_attr >> 16) & _KIND == _LINK:
                yield _Member(name=info.filename, is_folder=info.is_dir())
                continue
            with archive.open(info) as content:
                yield _Member(name=info.filename, content=content)


class _TarInfo(tarfile.TarInfo):
    """Refuses headers that would fill the memory."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Return the header in *buf*. Raises tarfile.ReadError where it announces a huge one."""
        info = super().frombuf(buf, encoding, errors)
        if info.type not in tarfile.REGULAR_TYPES and info.size > _LONGEST_HEADER:
            raise tarfile.ReadError(f"a header of {info.size} bytes")
        return info


def _tarred(file: BufferedReader) -> Iterator[_Member]:
    with tarfile.open(fileobj=file, mode="r|*", tarinfo=_TarInfo) as archive:
        while (info := archive.next()) is not None:
            content = archive.extractfile(info) if info.isreg() else None
            yield _Member(name=info.name, is_folder=info.isdir(), content=content)
            # It would remember every file.
            archive.members = []  # type: ignore[attr-defined]  # documented nowhere, there forever


def _safe(source: Path, name: str) -> PurePosixPath:
    """Return where a member goes. Raises UsageError where that is not below the folder."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or any(c in name for c in "\\\0"):
        raise UsageError(f"{source}: {name!r} leads out of the archive, or nowhere")
    if os.name == "nt" and ":" in name:
        raise UsageError(f"{source}: {name!r} leads to another disk")
    return PurePosixPath(*parts)


def _write(source: Path, content: IO[bytes], target: Path, left: int) -> int:
    """Write a file; return its size. Raises UsageError beyond *left* bytes."""
    size = 0
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            for piece in _pieces(source, content):
                size += len(piece)
                if size > left:
                    raise _too_much(source)
                file.write(piece)
    except FileExistsError as error:
        raise UsageError(f"{source}: {target.name} is there twice, or in a file") from error
    except OSError as error:
        raise storage_error(target, error) from error
    return size


def _pieces(source: Path, content: IO[bytes]) -> Iterator[bytes]:
    try:
        while piece := content.read(_PIECE):
            yield piece
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror or error}") from error


def _too_much(source: Path) -> UsageError:
    return UsageError(f"{source} unpacks to more than its size can explain")

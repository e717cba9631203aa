"""Look at the directory of a zip before anything reads it: whoever does keeps all of it in memory.

Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.12 to 4.3.16.
"""

from __future__ import annotations

import os
import struct
from io import BufferedReader
from typing import Final, NamedTuple
from zipfile import BadZipFile

from crawler.common.formatting import in_bytes
from crawler.errors import UsageError

MOST_MEMBERS: Final = 1_000_000
"""Python takes some 760 bytes for each: 760 MB for the largest that is read."""
LARGEST: Final = 1 << 27
"""Bytes of a directory: for the names, which a member may have long ones."""
_UNSUSPICIOUS: Final = 1 << 23
"""Bytes up to which a directory may have any share of its zip: 80,000 members of an archive."""
_SHARE: Final = 3
"""It may take a third of the zip otherwise: of members without any content it takes half."""

_END: Final = struct.Struct("<4s4H2LH")
_LOCATOR: Final = struct.Struct("<4sLQL")
_END_64: Final = struct.Struct("<4sQ2H2L4Q")
_ENTRY: Final = struct.Struct("<4s24x3H12x")
_LONGEST_COMMENT: Final = (1 << 16) - 1


class _Directory(NamedTuple):
    start: int
    size: int


def check_directory(file: BufferedReader, name: str) -> None:
    """Raise UsageError where the directory of the zip *file*, called *name*, is too large to read.

    Raises BadZipFile where it is damaged, or not where the end of the zip says.
    """
    directory = _directory(file)
    whole = os.fstat(file.fileno()).st_size
    share = f"its directory takes {in_bytes(directory.size)} of {in_bytes(whole)}"
    if directory.size > LARGEST:
        raise UsageError(f"{name} is refused: {share}, the limit is {in_bytes(LARGEST)}; use a tar")
    if directory.size > _UNSUSPICIOUS and directory.size * _SHARE > whole:
        raise UsageError(f"{name} is refused: {share}, so that its files hold next to nothing")
    _count(file, directory, name)


def _directory(file: BufferedReader) -> _Directory:
    at, end = _end(file)
    _, _, _, _, _, size, offset, _ = _END.unpack(end)
    file.seek(max(0, at - _LOCATOR.size))
    locator = file.read(_LOCATOR.size)
    if at >= _LOCATOR.size and locator.startswith(b"PK\x06\x07"):
        at = at - _LOCATOR.size - _END_64.size
        if at < 0 or _LOCATOR.unpack(locator)[2] != at:
            raise BadZipFile("the end of its directory is not where it should be")
        file.seek(at)
        *_, size, offset = _END_64.unpack(file.read(_END_64.size))
    if size + offset != at:
        raise BadZipFile("its directory is not where it should be")
    return _Directory(offset, size)


def _end(file: BufferedReader) -> tuple[int, bytes]:
    """Return where the end record is, and it, as Python finds it."""
    whole = file.seek(0, os.SEEK_END)
    start = max(0, whole - _END.size - _LONGEST_COMMENT)
    file.seek(start)
    tail = file.read()
    last = len(tail) - _END.size
    if last >= 0 and tail.startswith(b"PK\x05\x06", last) and tail.endswith(b"\0\0"):
        return start + last, tail[last:]
    at = tail.rfind(b"PK\x05\x06", 0, last + 4)
    if at < 0:
        raise BadZipFile("it has no end record")
    return start + at, tail[at : at + _END.size]


def _count(file: BufferedReader, directory: _Directory, name: str) -> None:
    file.seek(directory.start)
    left, members = directory.size, 0
    while left > 0:
        entry = file.read(_ENTRY.size)
        if len(entry) < _ENTRY.size or not entry.startswith(b"PK\x01\x02"):
            raise BadZipFile("its directory is damaged")
        lengths = sum(_ENTRY.unpack(entry)[1:])
        file.seek(lengths, os.SEEK_CUR)
        left -= _ENTRY.size + lengths
        members += 1
        if members > MOST_MEMBERS:
            raise UsageError(f"{name} is refused: it has more than {MOST_MEMBERS} files; use a tar")

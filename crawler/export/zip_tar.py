"""Bundles in one file: zip and tar, the same bytes for the same archive.

Nothing is compressed, because images are already, and because compressors differ between
machines. Each file has the date of its bundle's newest capture, and belongs to nobody.
"""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from collections.abc import Iterable
from datetime import datetime
from typing import BinaryIO

from crawler.export.bundle_contents import Account, Holding, Piece, inside
from crawler.export.options import Terms

_READABLE = 0o644
_UNIX = 3
_REGULAR = 0o100000
_FIRST_YEAR, _LAST_YEAR = 1980, 2107
"""That a zip can say (APPNOTE 4.4.6)."""


def write_zip(holdings: Iterable[Holding], out: BinaryIO, account: Account, _terms: Terms) -> None:
    """Write the bundles as ``posts/…``; a list of all files stands at the end."""
    with zipfile.ZipFile(out, "w", allowZip64=True) as archive:
        for holding, piece in _pieces(holdings, account):
            with account.proven(piece) as proven:
                if proven is not None:
                    member = zip_member(piece.path, holding.date, proven.size)
                    with archive.open(member, "w") as target:
                        shutil.copyfileobj(proven.file, target)


def zip_member(path: str, date: str, size: int = 0) -> zipfile.ZipInfo:
    """Return a file of a zip that says nothing of the machine."""
    moment = datetime.fromisoformat(date)
    year = min(max(moment.year, _FIRST_YEAR), _LAST_YEAR)
    member = zipfile.ZipInfo(path, (year, *moment.timetuple()[1:6]))
    member.create_system = _UNIX
    member.external_attr = (_REGULAR | _READABLE) << 16
    member.file_size = size
    return member


def write_tar(holdings: Iterable[Holding], out: BinaryIO, account: Account, _terms: Terms) -> None:
    """Write the bundles as ``posts/…`` (POSIX.1-2001, pax)."""
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for holding, piece in _pieces(holdings, account):
            with account.proven(piece) as proven:
                if proven is not None:
                    member = tarfile.TarInfo(piece.path)
                    member.size = proven.size
                    member.mtime = max(0, int(datetime.fromisoformat(holding.date).timestamp()))
                    archive.addfile(member, proven.file)
                    # It would remember every file, for readers that it does not have.
                    archive.getmembers().clear()


def _pieces(holdings: Iterable[Holding], account: Account) -> Iterable[tuple[Holding, Piece]]:
    for holding in inside(holdings, account):
        for piece in holding.pieces():
            yield holding, piece

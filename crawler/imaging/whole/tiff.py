"""TIFF and BigTIFF: every directory, and every strip or tile that it points to.

Source: TIFF 6.0, section 2, and https://libtiff.gitlab.io/libtiff/specification/bigtiff.html
"""

from __future__ import annotations

from dataclasses import dataclass

from crawler.imaging.defects import Corrupt
from crawler.imaging.whole.reading import require, unpack

_INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}
_DATA = ((273, 279), (324, 325), (513, 514))
"""Offsets and byte counts: StripOffsets, TileOffsets, JPEGInterchangeFormat."""
_LAYOUTS = {42: ("H", 2, "HHI", 12, "I", 4), 43: ("Q", 8, "HHQ", 20, "Q", 8)}


@dataclass(frozen=True, slots=True)
class _Tiff:
    payload: bytes
    order: str
    count: str
    count_size: int
    entry: str
    entry_size: int
    offset: str
    offset_size: int

    def read(self, layout: str, at: int, what: str) -> tuple[int, ...]:
        return unpack(self.order + layout, self.payload, at, what)


def check_tiff(payload: bytes) -> int:
    """Return the number of pages; raise Missing or Corrupt."""
    order = "<" if payload.startswith(b"II") else ">"
    (version,) = unpack(order + "H", payload, 2, "the header")
    tiff = _Tiff(payload, order, *_LAYOUTS[version])
    (at,) = tiff.read(tiff.offset, tiff.offset_size, "the header")
    seen: set[int] = set()
    while at and at not in seen:  # a directory met again ends the chain, as for libtiff
        seen.add(at)
        at = _check_directory(tiff, at)
    if not seen:
        raise Corrupt("the file holds no directory")
    return len(seen)


def _check_directory(tiff: _Tiff, at: int) -> int:
    """Check one directory; return the offset of the next."""
    (count,) = tiff.read(tiff.count, at, "a directory")
    start = at + tiff.count_size
    require(tiff.payload, start + count * tiff.entry_size, "a directory")
    values: dict[int, tuple[int, ...]] = {}
    wanted = {tag for pair in _DATA for tag in pair}
    for entry in range(start, start + count * tiff.entry_size, tiff.entry_size):
        tag, kind, number = tiff.read(tiff.entry, entry, "a directory")
        if tag in wanted and kind in _INTEGERS:
            values[tag] = _values(tiff, entry, kind, number)
    for offsets, sizes in _DATA:
        for offset, size in zip(values.get(offsets, ()), values.get(sizes, ()), strict=False):
            require(tiff.payload, offset + size, "a strip of pixels")
    return tiff.read(tiff.offset, start + count * tiff.entry_size, "a directory")[0]


def _values(tiff: _Tiff, entry: int, kind: int, number: int) -> tuple[int, ...]:
    layout = f"{number}{_INTEGERS[kind]}"
    at = entry + tiff.entry_size - tiff.offset_size
    width = {"B": 1, "H": 2, "I": 4, "Q": 8}[_INTEGERS[kind]]
    if number * width > tiff.offset_size:
        (at,) = tiff.read(tiff.offset, at, "a directory")
    require(tiff.payload, at + number * width, "a list of strips")
    return tiff.read(layout, at, "a list of strips")

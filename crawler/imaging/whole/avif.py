"""AVIF: every top-level box, and every extent that the item location box names.

Source: ISO/IEC 14496-12, 8.11.3; what a sequence's tables promise, its decoder misses
itself, frame by frame.
"""

from __future__ import annotations

from functools import partial

from crawler.imaging.defects import Corrupt
from crawler.imaging.whole.boxes import boxes
from crawler.imaging.whole.reading import require, unpack

_WIDTHS = {0: "", 4: "I", 8: "Q"}
_BOXES = frozenset({b"ftyp", b"meta", b"moov", b"mdat", b"iloc", b"iinf", b"iprp", b"idat"})
"""Those that an image cannot do without."""
_boxes = partial(boxes, known=_BOXES)
_IN_FILE = 0
"""The construction method of extents that count from the start of the file."""


def check_avif(payload: bytes) -> int:
    """Return 1; raise Missing or Corrupt."""
    for kind, start, end in _boxes(payload, 0, len(payload)):
        if kind != b"meta":
            continue
        for inner, inner_start, _ in _boxes(payload, start + 4, end):
            if inner == b"iloc":
                _check_locations(payload, inner_start)
    return 1


def without_exif(payload: bytes) -> bytes:
    """Return the image with its Exif items renamed, so that no decoder reads them."""
    for kind, start, end in _boxes(payload, 0, len(payload)):
        if kind == b"meta":
            meta = payload[start:end].replace(b"Exif", b"none")
            return payload[:start] + meta + payload[end:]
    return payload


def _check_locations(payload: bytes, at: int) -> None:
    version, sizes = unpack(">B3xH", payload, at, "the item location box")
    offset, length, base, index = (_WIDTHS.get(sizes >> shift & 15) for shift in (12, 8, 4, 0))
    if offset is None or length is None or base is None or index is None:
        raise Corrupt("the item location box has fields of an impossible size")
    at += 6
    wide = version == 2  # noqa: PLR2004 - the only version with items of 32 bits
    (items,) = unpack(">I" if wide else ">H", payload, at, "the item location box")
    at += 4 if wide else 2
    for _ in range(items):
        at += 4 if wide else 2
        method = _IN_FILE
        if version:
            method = unpack(">H", payload, at, "the item location box")[0] & 15
            at += 2
        origin, extents, at = _head(payload, at + 2, base)
        for _ in range(extents):
            start, size, at = _extent(payload, at, (index if version else "", offset, length))
            if method == _IN_FILE:
                require(payload, origin + start + size, "the data of an item")


def _head(payload: bytes, at: int, base: str) -> tuple[int, int, int]:
    *origin, extents = unpack(f">{base}H", payload, at, "the item location box")
    return (origin or [0])[0], extents, at + _size(base) + 2


def _extent(payload: bytes, at: int, widths: tuple[str, str, str]) -> tuple[int, int, int]:
    values = []
    for width in widths:
        values.append(unpack(f">{width}", payload, at, "the item location box")[0] if width else 0)
        at += _size(width)
    return values[1], values[2], at


def _size(width: str) -> int:
    return {"": 0, "I": 4, "Q": 8}[width]

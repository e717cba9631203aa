"""TIFF and BigTIFF: every directory. The decoder misses the strips and tiles of each itself.

Source: TIFF 6.0, section 2, and https://libtiff.gitlab.io/libtiff/specification/bigtiff.html
"""

from __future__ import annotations

from io import BytesIO

from PIL.TiffImagePlugin import TiffImageFile

from crawler.imaging.defects import Corrupt
from crawler.imaging.formats.byte_reader import unpack

_LAYOUTS = {42: ("I", 4, "H", 2, 12), 43: ("Q", 8, "Q", 8, 20)}
"""By version: an offset and where the first stands, a count of entries, its size, an entry's."""


def check_tiff(payload: bytes) -> int:
    """Return the number of pages; raise Missing or Corrupt."""
    order = "<" if payload.startswith(b"II") else ">"
    (version,) = unpack(order + "H", payload, 2, "the header")
    offset, first, count, count_size, entry_size = _LAYOUTS[version]
    (at,) = unpack(order + offset, payload, first, "the header")
    seen: set[int] = set()
    while at and at not in seen:  # a directory met again ends the chain, as for libtiff
        seen.add(at)
        (entries,) = unpack(order + count, payload, at, "a directory")
        end = at + count_size + entries * entry_size
        (at,) = unpack(order + offset, payload, end, "a directory")
    if not seen:
        raise Corrupt("the file holds no directory")
    return len(seen)


def open_tiff(payload: bytes) -> TiffImageFile:
    """Return the TIFF, not yet loaded."""
    return TiffImageFile(BytesIO(payload))

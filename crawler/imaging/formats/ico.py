"""ICO: every image of the directory.

Source: https://learn.microsoft.com/previous-versions/ms997538(v=msdn.10)
"""

from __future__ import annotations

from io import BytesIO

from PIL.IcoImagePlugin import IcoImageFile

from crawler.imaging.defects import Corrupt
from crawler.imaging.formats.byte_reader import require, unpack
from crawler.imaging.formats.png import check_png


def check_ico(payload: bytes) -> int:
    """Return 1, for the images of an icon show the same thing; raise Missing or Corrupt."""
    (count,) = unpack("<H", payload, 4, "the directory")
    if not count:
        raise Corrupt("the icon holds no image")
    require(payload, 6 + 16 * count, "the directory")
    for index in range(count):
        size, offset = unpack("<II", payload, 6 + 16 * index + 8, "the directory")
        require(payload, offset + size, f"image {index + 1} of {count}")
    for start, end in {_extent(payload, index) for index in range(count)}:
        if payload.startswith(b"\x89PNG", start):
            check_png(payload[start:end])
    return 1


def _extent(payload: bytes, index: int) -> tuple[int, int]:
    size, offset = unpack("<II", payload, 6 + 16 * index + 8, "the directory")
    return offset, offset + size


def open_ico(payload: bytes) -> IcoImageFile:
    """Return the icon, not yet loaded."""
    return IcoImageFile(BytesIO(payload))

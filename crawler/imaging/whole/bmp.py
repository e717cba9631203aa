"""BMP: as many bytes of pixels as width, height and depth ask for.

Source: https://learn.microsoft.com/windows/win32/api/wingdi/ns-wingdi-bitmapinfoheader
"""

from __future__ import annotations

from crawler.imaging.whole.reading import require, unpack

_CORE_HEADER = 12
_UNCOMPRESSED = frozenset({0, 3, 6})
"""BI_RGB, BI_BITFIELDS, BI_ALPHABITFIELDS."""


def check_bmp(payload: bytes) -> int:
    """Return 1; raise Missing. Run-length encoded pixels are for the decoder to count."""
    offset, header = unpack("<II", payload, 10, "the header")
    if header == _CORE_HEADER:
        width, height, _, depth = unpack("<4H", payload, 18, "the header")
        compression = 0
    else:
        width, height, _, depth, compression = unpack("<iiHHI", payload, 18, "the header")
    if compression in _UNCOMPRESSED:
        stride = (abs(width) * depth + 31) // 32 * 4
        require(payload, offset + stride * abs(height), "the pixel data")
    return 1

"""WebP: as many bytes as the RIFF header says.

Source: https://www.rfc-editor.org/rfc/rfc9649, section 2.3
"""

from __future__ import annotations

from io import BytesIO

from PIL.WebPImagePlugin import WebPImageFile

from crawler.imaging.formats.byte_reader import require, unpack


def check_webp(payload: bytes) -> None:
    """Raise Missing unless all is there."""
    (size,) = unpack("<I", payload, 4, "the RIFF header")
    require(payload, 8 + size, "the RIFF data")


def open_webp(payload: bytes) -> WebPImageFile:
    """Return the WebP, not yet loaded."""
    image = WebPImageFile(BytesIO(payload))
    # A frame's pixels come out of libwebp all at once; Pillow need not take them in small pieces.
    image.decodermaxblock = 4 * image.width * image.height
    return image

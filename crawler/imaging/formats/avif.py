"""AVIF, and the boxes that HEIC has as well.

Source: ISO/IEC 14496-12. What the boxes hold, the decoders miss themselves.
"""

from __future__ import annotations

from io import BytesIO

from PIL import AvifImagePlugin
from PIL.AvifImagePlugin import AvifImageFile

from crawler.imaging.formats.iso_boxes import boxes

# One process a core does the decoding; threads below it would only get in each other's way.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1

_BOXES = frozenset({b"ftyp", b"meta", b"moov", b"mdat"})
"""Those at the top that an image cannot do without."""


def check_boxes(payload: bytes) -> None:
    """Raise Missing or Corrupt unless every box is all there."""
    for _ in boxes(payload, 0, len(payload), known=_BOXES):
        pass


def open_avif(payload: bytes) -> AvifImageFile:
    """Return the AVIF, not yet loaded."""
    return AvifImageFile(BytesIO(payload))


def without_exif(payload: bytes) -> bytes:
    """Return the image with its Exif items renamed, so that no decoder reads them."""
    for kind, start, end in boxes(payload, 0, len(payload), known=_BOXES):
        if kind == b"meta":
            meta = payload[start:end].replace(b"Exif", b"none")
            return payload[:start] + meta + payload[end:]
    return payload

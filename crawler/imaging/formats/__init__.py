"""How a picture of each format is opened, and whether it holds all that its container announces.

A decoder is content with less: it takes a PNG without its end, a TIFF without its last pages and
half a JPEG. Every check reads structure only, in linear time, and lets pass what is merely untidy:
bytes after the end, odd metadata. Of WebP, AVIF and HEIC the decoders refuse all that is cut, but
do not say so: the check finds the word, `truncated` instead of `undecodable`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

from PIL.BmpImagePlugin import BmpImageFile
from PIL.ImageFile import ImageFile

from crawler.imaging.formats.avif import check_boxes, open_avif, without_exif
from crawler.imaging.formats.gif import check_gif, open_gif
from crawler.imaging.formats.heic import open_heic
from crawler.imaging.formats.ico import check_ico, open_ico
from crawler.imaging.formats.jpeg import open_jpeg
from crawler.imaging.formats.jxl import open_jxl
from crawler.imaging.formats.png import check_png, open_png, without_broken_metadata
from crawler.imaging.formats.tiff import check_tiff, open_tiff
from crawler.imaging.formats.webp import check_webp, open_webp


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFormat:
    """What is done with the bytes of one format."""

    open: Callable[[bytes], ImageFile]
    """Returns the image, not yet loaded; raises Missing or Corrupt."""
    check: Callable[[bytes], int | None] | None = None
    """Returns the number of frames, None where the decoder knows it; raises Missing or Corrupt."""
    tidy: Callable[[bytes], bytes] | None = None
    """Makes a decoder content that refuses a whole image for its metadata."""


def _open_bmp(payload: bytes) -> ImageFile:
    return BmpImageFile(BytesIO(payload))


_PNG = ImageFormat(open=open_png, check=check_png, tidy=without_broken_metadata)

FORMATS = {
    "image/png": _PNG,
    "image/apng": _PNG,
    "image/jpeg": ImageFormat(open=open_jpeg),
    "image/gif": ImageFormat(open=open_gif, check=check_gif),
    "image/webp": ImageFormat(open=open_webp, check=check_webp),
    "image/avif": ImageFormat(open=open_avif, check=check_boxes, tidy=without_exif),
    "image/heic": ImageFormat(open=open_heic, check=check_boxes, tidy=without_exif),
    "image/jxl": ImageFormat(open=open_jxl),
    "image/bmp": ImageFormat(open=_open_bmp),
    "image/x-icon": ImageFormat(open=open_ico, check=check_ico),
    "image/tiff": ImageFormat(open=open_tiff, check=check_tiff),
}
"""By media type. The decoders are named; Pillow's registry is never asked."""

"""JPEG and MPO, with proof that the entropy-coded data is complete, which libjpeg does not say.

Where data runs out before a marker, libjpeg paints the rest grey and warns nobody. Two ways make it
tell. A picture of one sequential scan is decoded without its EOI, followed by a few bytes of ones:
no Huffman code consists of ones (T.81, C.2), so these fill the decoder's look-ahead but cannot
stand for a missing block, and where blocks are missing the decoder asks for more and gets nothing.
Any other picture without EOI is decoded with different bytes in the place of what may be missing:
complete data gives the same pixels every time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from io import BytesIO

from PIL.JpegImagePlugin import JpegImageFile

from crawler.imaging.defects import Missing
from crawler.imaging.formats.jpeg_layout import check_further_pictures, read_layout

_ONES = b"\xff\x00" * 8
_EOI = b"\xff\xd9"
_STAND_INS = tuple(
    first + bytes((17 * index * index + 91 * index) % 251 for index in range(96))
    for first in (b"\x1b", b"\x55", b"\xaa", b"\xe4")
)
"""Each begins with other bits, so that no short code reads the same in all."""


def open_jpeg(payload: bytes) -> JpegImageFile:
    """Return the first picture of a JPEG; loading it fails unless its data is complete.

    Raises Missing or Corrupt where it is plain before that.
    """
    layout = read_layout(payload)
    check_further_pictures(payload, layout)
    data = payload[: layout.data_end]
    if layout.end is None:
        _compare(data)
    if layout.is_one_huffman_scan:
        return JpegImageFile(BytesIO(data + _ONES))
    return JpegImageFile(BytesIO(data + _EOI if layout.end is None else payload))


def _compare(data: bytes) -> None:
    """Raise Missing where the pixels hang on what stands behind the data."""
    decode: Callable[[bytes], bytes] = partial(_pixels, data)
    first = decode(_STAND_INS[0])
    if any(decode(stand_in) != first for stand_in in _STAND_INS[1:]):
        raise Missing("the file ends in the middle of a scan")


def _pixels(data: bytes, stand_in: bytes) -> bytes:
    with JpegImageFile(BytesIO(data + stand_in + _EOI)) as image:
        return image.tobytes()

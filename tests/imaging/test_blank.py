"""Pictures on which there is nothing to be seen."""

from __future__ import annotations

import pytest
from PIL import Image

from crawler.imaging import Limits
from crawler.imaging.render import render
from tests.imaging.pictures import animate, photo, save
from tests.imaging.writers import MemoryWriter

SIZE = (64, 48)
RED, CLEAR = Image.new("RGB", SIZE, (200, 30, 20)), photo(SIZE)
CLEAR.putalpha(0)
SPECK = RED.copy()
SPECK.putpixel((37, 11), (200, 30, 90))
GREY = Image.new("I;16", SIZE, 900)
PALETTE = Image.new("P", SIZE, 1)
PALETTE.putpalette([0, 0, 0, 9, 9, 9])

BLANK = {
    "one colour, PNG": save(RED, "PNG"),
    "one colour, JPEG": save(RED, "JPEG"),
    "one colour, GIF": save(RED, "GIF"),
    "one colour, WebP": save(RED, "WEBP", lossless=True),
    "one colour, AVIF": save(RED, "AVIF"),
    "one colour, BMP": save(RED, "BMP"),
    "one colour, TIFF": save(RED, "TIFF"),
    "one colour, ICO": save(RED, "ICO"),
    "one colour of a palette": save(PALETTE, "PNG"),
    "one grey of 16 bits": save(GREY, "PNG"),
    "one colour that shines through": save(Image.new("RGBA", SIZE, (9, 9, 9, 99)), "PNG"),
    "a photo that is wholly transparent": save(CLEAR, "PNG"),
    "two frames of one colour": animate("WEBP", [RED, RED], lossless=True),
}
SEEN = {
    "a photo": save(photo(SIZE), "JPEG"),
    "one speck": save(SPECK, "PNG"),
    "a light that blinks": animate("GIF", [RED, Image.new("RGB", SIZE, (20, 30, 200))]),
    "a second frame with a speck": animate("WEBP", [RED, SPECK], lossless=True),
    "a vector image": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
}


def _is_blank(payload: bytes) -> bool:
    return render(payload, subject="x", profiles=(), limits=Limits(), writer=MemoryWriter()).blank


@pytest.mark.parametrize("payload", BLANK.values(), ids=BLANK)
def test_blank(payload: bytes) -> None:
    """What shows one colour only, or nothing at all, is blank in every frame and every format."""
    assert _is_blank(payload)


@pytest.mark.parametrize("payload", SEEN.values(), ids=SEEN)
def test_seen(payload: bytes) -> None:
    """A single pixel, or a frame, that differs makes a picture; vectors are not looked at."""
    assert not _is_blank(payload)

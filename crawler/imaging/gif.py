"""What browsers show of a GIF, where Pillow holds to the letter of GIF89a.

Pillow fills what no frame covers with the background colour of the header, and lets a frame that
does not say how it is to be disposed of be disposed of as the frame before. No browser does: the
page shows through, and such a frame stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from PIL import Image
from PIL.GifImagePlugin import GifImageFile

from crawler.imaging.whole.gif import Frame, read_frames

_HEADER = b"GIF89a"
_CLEARED, _AS_BEFORE = 2, 3
"""How a frame is disposed of (GIF89a, 23)."""


def on_clear_screen(image: Image.Image) -> Image.Image:
    """Return *image*, or the loaded first frame of a GIF with nothing around it."""
    if not isinstance(image, GifImageFile) or "transparency" in image.info:
        return image
    extent = image.dispose_extent
    if extent is None or extent == (0, 0, *image.size):
        return image
    screen = Image.new("RGBA", image.size)
    screen.paste(image.crop(extent).convert("RGB"), extent[:2])
    return screen


def gif_frames(payload: bytes, size: tuple[int, int]) -> Iterator[tuple[Image.Image, int]]:
    """Yield what the screen shows, and for how many milliseconds; the screen is used again."""
    screen = Image.new("RGBA", size)
    for frame in read_frames(payload):
        piece = _decoded(payload, frame)
        before = screen.copy() if frame.disposal == _AS_BEFORE else None
        screen.paste(piece, frame.corner, piece)
        yield screen, 10 * frame.delay
        if before is not None:
            screen = before
        elif frame.disposal == _CLEARED:
            screen.paste((0, 0, 0, 0), (*frame.corner, *_opposite(frame)))


def _decoded(payload: bytes, frame: Frame) -> Image.Image:
    """Return the pixels of one frame, taken out of the others into a GIF of its own."""
    flags = payload[10]
    width_height = b"".join(value.to_bytes(2, "little") for value in frame.size)
    table = payload[13 : 13 + frame.table]
    alone = (
        _HEADER + width_height + bytes((flags, 0, 0)) + table + frame.control
        + b"," + bytes(4) + width_height + payload[frame.start + 9 : frame.end] + b";"
    )  # fmt: skip
    with GifImageFile(BytesIO(alone)) as image:
        return image.convert("RGBA")


def _opposite(frame: Frame) -> tuple[int, int]:
    (left, top), (width, height) = frame.corner, frame.size
    return left + width, top + height

"""GIF: every block up to the trailer, and what browsers show of it.

Pillow holds to the letter of GIF89a: it fills what no frame covers with the background colour of
the header, and lets a frame that does not say how it is to be disposed of be disposed of as the
frame before. No browser does: the page shows through, and such a frame stays.

Source: https://www.w3.org/Graphics/GIF/spec-gif89a.txt, sections 15 to 27.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from PIL import Image
from PIL.GifImagePlugin import GifImageFile

from crawler.imaging.defects import Missing
from crawler.imaging.formats.byte_reader import unpack

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_GRAPHIC_CONTROL, _APPLICATION = 0xF9, 0xFF
_SCREEN = 13
"""The length of the header and the logical screen descriptor."""
_CONTROL = 8
"""The length of a graphic control extension."""

_HEADER = b"GIF89a"
_CLEARED, _AS_BEFORE = 2, 3
"""How a frame is disposed of (GIF89a, 23)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One image of a GIF, and how it is to be shown."""

    start: int
    """Of its descriptor in the file; it ends before `end`."""
    end: int
    corner: tuple[int, int]
    size: tuple[int, int]
    control: bytes
    """The graphic control extension before it, if any."""
    table: int
    """The size of the global colour table."""

    @property
    def disposal(self) -> int:
        """What happens to it before the next."""
        return self.control[3] >> 2 & 7 if self.control else 0

    @property
    def delay(self) -> int:
        """Hundredths of a second."""
        return int.from_bytes(self.control[4:6], "little")


def check_gif(payload: bytes) -> int:
    """Return the number of images; raise Missing.

    A still image is whole without a trailer, but an animation might have gone on.
    """
    frames, moves = 0, False
    for block, at, _ in _blocks(payload):
        if block == _TRAILER:
            return max(frames, 1)
        frames += block == _IMAGE
        moves = moves or (block == _EXTENSION and _is_of_animation(payload, at))
    if frames == 1 and not moves:
        return 1
    raise Missing(f"the file ends after {frames} images without a trailer")


def open_gif(payload: bytes) -> GifImageFile:
    """Return the GIF, not yet loaded."""
    return GifImageFile(BytesIO(payload))


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
    for frame in _frames(payload):
        piece = _decoded(payload, frame)
        before = screen.copy() if frame.disposal == _AS_BEFORE else None
        screen.paste(piece, frame.corner, piece)
        yield screen, 10 * frame.delay
        if before is not None:
            screen = before
        elif frame.disposal == _CLEARED:
            screen.paste((0, 0, 0, 0), (*frame.corner, *_opposite(frame)))


def _frames(payload: bytes) -> Iterator[Frame]:
    """Yield the images of a GIF that is whole."""
    control, table = b"", _table(payload, 10)
    for block, at, end in _blocks(payload):
        if block == _EXTENSION and payload[at + 1] == _GRAPHIC_CONTROL and payload[at + 2] >= 4:  # noqa: PLR2004 - its four bytes
            control = payload[at : at + _CONTROL - 1] + b"\0"
        elif block == _IMAGE:
            left, top, width, height = unpack("<4H", payload, at + 1, "a descriptor")
            yield Frame(
                start=at,
                end=end,
                corner=(left, top),
                size=(width, height),
                control=control,
                table=table,
            )
            control = b""


def _blocks(payload: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield label, start and end of each block, up to the trailer or the end of the file."""
    at = _SCREEN + _table(payload, 10)
    while at < len(payload):
        block, end = payload[at], at + 1
        if block == _EXTENSION:
            end = _skip_data(payload, at + 2)
        elif block == _IMAGE:
            end = _skip_data(payload, at + 11 + _table(payload, at + 9))
        # Decoders pass over stray bytes between blocks.
        yield block, at, end
        if block == _TRAILER:
            return
        at = end


def _is_of_animation(payload: bytes, at: int) -> bool:
    """Return whether an extension sets a delay, or belongs to an application (NETSCAPE2.0)."""
    label, _, _, delay = unpack("<xBBBH", payload, at, "an extension")
    return label == _APPLICATION or (label == _GRAPHIC_CONTROL and delay > 0)


def _table(payload: bytes, flags_at: int) -> int:
    """Return the size of the colour table that the flags announce."""
    (flags,) = unpack("B", payload, flags_at, "the colour table")
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _skip_data(payload: bytes, at: int) -> int:
    """Return the offset behind the sub-blocks that begin at *at*."""
    end = len(payload)
    while at < end:
        size = payload[at]
        at += size + 1
        if not size:
            return at
    raise Missing(f"a block runs to byte {at}, but there are only {end}")


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

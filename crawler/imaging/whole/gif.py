"""GIF: every block up to the trailer.

Source: https://www.w3.org/Graphics/GIF/spec-gif89a.txt, sections 15 to 27.
"""

from __future__ import annotations

from crawler.imaging.defects import Missing
from crawler.imaging.whole.reading import unpack

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_GRAPHIC_CONTROL, _APPLICATION = 0xF9, 0xFF


def check_gif(payload: bytes) -> int:
    """Return the number of images; raise Missing.

    A still image is whole without a trailer, but an animation might have gone on.
    """
    at = 13 + _table(payload, 10)
    frames, moves = 0, False
    while True:
        if at >= len(payload):
            if frames == 1 and not moves:
                return 1
            raise Missing(f"the file ends after {frames} images without a trailer")
        block = payload[at]
        if block == _TRAILER:
            return max(frames, 1)
        if block == _EXTENSION:
            moves = moves or _is_of_animation(payload, at)
            at = _skip_data(payload, at + 2)
        elif block == _IMAGE:
            at = _skip_data(payload, at + 11 + _table(payload, at + 9))
            frames += 1
        else:
            at += 1  # decoders pass over stray bytes between blocks


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

"""What a JPEG XL codestream says of its picture before the first frame.

Source: ISO/IEC 18181-1, annex D. Of hostile bytes no more is read than the fields ask for, and
those are bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from crawler.imaging.defects import Corrupt
from crawler.imaging.formats.byte_reader import require

SIGNATURE = b"\xff\x0a"
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
"""Of width to height, from number 1 on."""
_MOST_CHANNELS = 256
"""Beside the colours, by the highest level of the format (annex M)."""
_ALPHA, _SPOT, _BLACK, _FILTER = 0, 2, 4, 5
"""Types of such channels of which this has to know."""
_SIDEWAYS = 5
"""From this orientation on, width and height change places."""

_Choices = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]
"""U32(): two bits choose how many bits follow and what is added to them."""
_EDGE: _Choices = ((9, 1), (13, 1), (18, 1), (30, 1))
_PREVIEW: _Choices = ((6, 1), (8, 65), (10, 321), (12, 1345))
_PREVIEW_BY_8: _Choices = ((0, 16), (0, 32), (5, 1), (9, 33))
_INTEGER_DEPTH: _Choices = ((0, 8), (0, 10), (0, 12), (6, 1))
_FLOAT_DEPTH: _Choices = ((0, 32), (0, 16), (0, 24), (6, 1))
_CHANNELS: _Choices = ((0, 0), (0, 1), (4, 2), (12, 1))
_TYPE: _Choices = ((0, 0), (0, 1), (4, 2), (6, 18))
_SHIFT: _Choices = ((0, 0), (0, 3), (0, 4), (3, 1))
_NAME: _Choices = ((0, 0), (4, 0), (5, 16), (10, 48))
_FILTER_INDEX: _Choices = ((0, 1), (2, 0), (4, 3), (8, 19))


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What has to be known before anything is decoded."""

    size: tuple[int, int]
    """Width and height as displayed."""
    moves: bool = False
    premultiplied: bool = False
    """Whether the colours have been multiplied with the alpha channel."""
    inks: bool = False
    """Whether the colours are those of print, with black in a channel of its own."""


def read_header(codestream: bytes) -> Header:
    """Return what the header says; raise Missing or Corrupt."""
    if not codestream.startswith(SIGNATURE):
        raise Corrupt("the codestream does not begin as one")
    bits = _Bits(codestream)
    size = _size(bits)
    if bits.flag():  # all is as usual
        return Header(size=size)
    orientation, moves = _extra_fields(bits) if bits.flag() else (1, False)
    if orientation >= _SIDEWAYS:
        size = size[1], size[0]
    if moves:
        return Header(size=size, moves=True)
    _skip_depth(bits)
    bits.flag()  # whether 16 bits are enough while decoding
    channels = _channels(bits)
    return Header(
        size=size,
        # The decoder takes the first alpha channel for the picture's.
        premultiplied=next((flag for kind, flag in channels if kind == _ALPHA), False),
        inks=any(kind == _BLACK for kind, _ in channels),
    )


class _Bits:
    """Numbers from the bits behind the signature, the lowest of each byte first."""

    def __init__(self, codestream: bytes) -> None:
        self._codestream = codestream
        self._at = 8 * len(SIGNATURE)

    def number(self, count: int) -> int:
        start = self._at
        end = self.skip(count)
        span = self._codestream[start // 8 : end]
        return int.from_bytes(span, "little") >> start % 8 & (1 << count) - 1

    def flag(self) -> bool:
        return bool(self.number(1))

    def choice(self, choices: _Choices) -> int:
        count, base = choices[self.number(2)]
        return base + self.number(count)

    def skip(self, count: int) -> int:
        """Return the byte behind those bits."""
        self._at += count
        end = (self._at + 7) // 8
        require(self._codestream, end, "the header of the codestream")
        return end


def _size(bits: _Bits) -> tuple[int, int]:
    """Read a SizeHeader: width and height as they lie in the file."""
    if bits.flag():
        return _edges(bits, lambda: 8 * (bits.number(5) + 1))
    return _edges(bits, partial(bits.choice, _EDGE))


def _skip_preview(bits: _Bits) -> None:
    """Read a PreviewHeader."""
    _edges(bits, partial(bits.choice, _PREVIEW_BY_8 if bits.flag() else _PREVIEW))


def _edges(bits: _Bits, edge: Callable[[], int]) -> tuple[int, int]:
    height, ratio = edge(), bits.number(3)
    if not ratio:
        return edge(), height
    across, down = _RATIOS[ratio - 1]
    return height * across // down, height


def _extra_fields(bits: _Bits) -> tuple[int, bool]:
    """Return the orientation as EXIF numbers it, and whether the picture moves."""
    orientation = bits.number(3) + 1
    if bits.flag():
        _size(bits)  # as which it is to be shown; no browser does
    if bits.flag():
        _skip_preview(bits)
    return orientation, bits.flag()


def _skip_depth(bits: _Bits) -> None:
    """Read a BitDepth."""
    if bits.flag():
        bits.choice(_FLOAT_DEPTH)
        bits.skip(4)
    else:
        bits.choice(_INTEGER_DEPTH)


def _channels(bits: _Bits) -> list[tuple[int, bool]]:
    """Return of each channel beside the colours its type, and whether it has been multiplied."""
    count = bits.choice(_CHANNELS)
    if count > _MOST_CHANNELS:
        raise Corrupt(f"{count} channels beside the colours, where {_MOST_CHANNELS} may be")
    return [_channel(bits) for _ in range(count)]


def _channel(bits: _Bits) -> tuple[int, bool]:
    """Read an ExtraChannelInfo."""
    if bits.flag():
        return _ALPHA, False  # as usual
    kind = bits.choice(_TYPE)
    _skip_depth(bits)
    bits.choice(_SHIFT)
    bits.skip(8 * bits.choice(_NAME))
    if kind == _SPOT:
        bits.skip(4 * 16)
    if kind == _FILTER:
        bits.choice(_FILTER_INDEX)
    return kind, kind == _ALPHA and bits.flag()

"""How a JPEG is built: its segments and scans, and the further pictures that an MPO's index names.

Source: ITU-T T.81, annex B; CIPA DC-007 for MPO. The entropy-coded data itself only a decoder can
count: see ``jpeg``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

from crawler.imaging.defects import Corrupt, Missing
from crawler.imaging.formats.byte_reader import require, unpack

_SOI, _EOI, _SOS, _APP2 = 0xD8, 0xD9, 0xDA, 0xE2
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
"""TEM and RST: markers without a segment."""
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_HUFFMAN_SEQUENTIAL = frozenset({0xC0, 0xC1})
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""What ends entropy-coded data: no stuffed zero, no restart, no fill."""
_COEFFICIENTS = 64


def _none_yet() -> bytearray:
    return bytearray(b"\1") * _COEFFICIENTS


@dataclass(slots=True)
class Layout:
    """How a JPEG is built."""

    frame: int = 0
    components: int = 0
    scans: int = 0
    data_end: int = 0
    """Where the last scan's data ends."""
    end: int | None = None
    """Behind the EOI marker; None where there is none."""
    interleaved: bool = False
    """Whether the first scan holds all components."""
    index: int | None = None
    """Where the index of further pictures begins."""
    precision: defaultdict[int, bytearray] = field(default_factory=lambda: defaultdict(_none_yet))
    """By component, the lowest bit that has come of each coefficient."""
    ids: list[int] = field(default_factory=list)

    @property
    def is_one_huffman_scan(self) -> bool:
        """Whether a decoder can go through the data once, line by line."""
        return self.frame in _HUFFMAN_SEQUENTIAL and self.interleaved


def read_layout(payload: bytes) -> Layout:
    """Return the layout of the first picture; raise Missing unless all its scans have begun."""
    layout, at = Layout(), 2
    while at < len(payload):
        marker, at = _next_marker(payload, at)
        if marker == _EOI:
            layout.end = at
            break
        if marker in _BARE or marker == _SOI:
            continue
        if marker is None:
            break
        (length,) = unpack(">H", payload, at, "a segment")
        require(payload, at + length, "a segment")
        _note(layout, payload, marker, at + 2)
        at += max(length, 2)
        if marker == _SOS:
            at = layout.data_end = _data_end(payload, at)
    _check_scans(layout)
    return layout


def _next_marker(payload: bytes, at: int) -> tuple[int | None, int]:
    at = payload.find(b"\xff", at)
    if at < 0:
        return None, len(payload)
    while at < len(payload) and payload[at] == 0xFF:  # noqa: PLR2004 - fill bytes, B.1.1.2
        at += 1
    return (payload[at], at + 1) if at < len(payload) else (None, at)


def _data_end(payload: bytes, at: int) -> int:
    found = _MARKER.search(payload, at)
    end = found.start() if found else len(payload)
    while end > at and payload[end - 1] == 0xFF:  # noqa: PLR2004 - fill bytes, or half a marker
        end -= 1
    return end


def _note(layout: Layout, payload: bytes, marker: int, at: int) -> None:
    if marker in _FRAMES and not layout.frame:
        layout.frame = marker
        layout.components = unpack("B", payload, at + 5, "the frame header")[0]
        layout.ids = list(payload[at + 6 : at + 6 + 3 * layout.components : 3])
    elif marker == _SOS:
        _note_scan(layout, payload, at)
    elif marker == _APP2 and layout.index is None and payload.startswith(b"MPF\0", at):
        layout.index = at + 4


def _note_scan(layout: Layout, payload: bytes, at: int) -> None:
    (count,) = unpack("B", payload, at, "a scan header")
    first, last, bits = unpack("3B", payload, at + 1 + 2 * count, "a scan header")
    layout.scans += 1
    layout.interleaved = layout.scans == 1 and count == layout.components
    if layout.frame not in _PROGRESSIVE:
        first, last, bits = 0, _COEFFICIENTS - 1, 0
    end = min(last + 1, _COEFFICIENTS)
    for component in payload[at + 1 : at + 1 + 2 * count : 2]:
        layout.precision[component][first:end] = bytes([bits & 15]) * (end - first)


def _check_scans(layout: Layout) -> None:
    """Raise Missing where a coefficient has not come to its last bit."""
    if not layout.scans:
        raise Missing("the file ends before its first scan")
    if any(any(layout.precision[component]) for component in layout.ids):
        raise Missing(f"the file ends after {layout.scans} scans; more were to come")


def check_further_pictures(payload: bytes, layout: Layout) -> None:
    """Raise Missing where a picture of an MPO's index is cut off.

    An index whose pictures are gone altogether was left behind by a program that kept the first
    picture only: nothing was lost on the way here.
    """
    if layout.index is None or layout.end is None or layout.end >= len(payload):
        return
    try:
        extents = _extents(payload, layout.index)
    except (Missing, Corrupt):
        return  # odd metadata
    for number, (start, size) in enumerate(extents[1:], start=2):
        require(payload, start + size, f"picture {number} of {len(extents)}")


def _extents(payload: bytes, index: int) -> list[tuple[int, int]]:
    order = "<" if payload.startswith(b"II", index) else ">"
    (at,) = unpack(order + "I", payload, index + 4, "the index")
    (count,) = unpack(order + "H", payload, index + at, "the index")
    for entry in range(index + at + 2, index + at + 2 + 12 * count, 12):
        tag, _, size, value = unpack(order + "HHII", payload, entry, "the index")
        if tag == 0xB002:  # noqa: PLR2004 - MPEntry, CIPA DC-007 5.2.3.3
            require(payload, index + value + size, "the index")
            return [
                (index + offset, length)
                for length, offset in (
                    unpack(order + "4xII4x", payload, index + value + 16 * number, "the index")
                    for number in range(size // 16)
                )
            ]
    raise Corrupt("the index names no pictures")

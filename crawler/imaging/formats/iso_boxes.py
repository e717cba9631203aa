"""Go through the boxes of ISO/IEC 14496-12, 4.2, of which AVIF, HEIC and JPEG XL are built."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.imaging.defects import Corrupt
from crawler.imaging.formats.byte_reader import require, unpack


def boxes(
    payload: bytes, at: int, end: int, *, known: frozenset[bytes]
) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start of the content and end of each box from *at* to *end*.

    Raises Missing where one of a *known* kind is not all there, and Corrupt where its size is
    impossible; of any other kind, both are bytes behind the last box.
    """
    while at + 8 <= end:
        (size,) = unpack(">I", payload, at, "a box")
        kind, header = payload[at + 4 : at + 8], 8
        if size == 1:
            (size,) = unpack(">Q", payload, at + 8, "a box")
            header = 16
        size = size or end - at
        if kind not in known and (size < header or at + size > end):
            return  # bytes behind the last box
        if size < header:
            raise Corrupt(f"the box at byte {at} is smaller than its header")
        require(payload, at + size, f"the {kind.decode('ascii', 'backslashreplace')} box")
        yield kind, at + header, at + size
        at += size

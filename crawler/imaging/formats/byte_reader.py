"""Read numbers out of bytes; beyond the end, something is missing."""

from __future__ import annotations

import struct

from crawler.imaging.defects import Missing


def unpack(layout: str, payload: bytes, at: int, what: str) -> tuple[int, ...]:
    """Return the integers of *layout* (as `struct` writes it) at offset *at*."""
    require(payload, at + struct.calcsize(layout), what)
    return struct.unpack_from(layout, payload, at)


def require(payload: bytes, end: int, what: str) -> None:
    """Raise Missing unless *payload* reaches to *end*."""
    if end > len(payload):
        raise Missing(f"{what} ends at byte {end}, but there are only {len(payload)}")

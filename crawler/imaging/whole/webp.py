"""WebP: as many bytes as the RIFF header says, and every chunk inside them.

Source: https://www.rfc-editor.org/rfc/rfc9649, section 2
"""

from __future__ import annotations

from crawler.imaging.whole.reading import require, unpack


def check_webp(payload: bytes) -> int:
    """Return the number of frames; raise Missing."""
    (size,) = unpack("<I", payload, 4, "the RIFF header")
    end = 8 + size
    require(payload, end, "the RIFF data")
    at, frames = 12, 0
    while at + 8 <= end:
        (length,) = unpack("<I", payload, at + 4, "the header of a chunk")
        require(payload, at + 8 + length, "a chunk")
        frames += payload[at : at + 4] == b"ANMF"
        at += 8 + length + length % 2
    return max(frames, 1)

"""JPEG XL: pictures, the headers of codestreams bit by bit, and containers around them."""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import Any

from PIL import Image

from tests.imaging.pictures import save

BITS_OF_AN_EDGE = (9, 13, 18, 30)


def jxl(image: Image.Image, **options: Any) -> bytes:  # noqa: ANN401 - the encoder's
    """Encode the image; whoever calls this has seen to it that the encoder is there."""
    import pillow_jxl  # noqa: F401, PLC0415 - makes Pillow save it

    return save(image, "JXL", **options)


def codestream(bits: str) -> bytes:
    """Return the signature and *bits*, in the order in which they are read."""
    padded = bits + "0" * (-len(bits) % 8)
    return b"\xff\x0a" + bytes(int(padded[at : at + 8][::-1], 2) for at in range(0, len(padded), 8))


def bits_of(payload: bytes) -> str:
    """Return the bits behind the signature."""
    return "".join(f"{byte:08b}"[::-1] for byte in payload[2:])


def number(value: int, count: int) -> str:
    """Return *value* in *count* bits, the lowest first."""
    return f"{value:0{count}b}"[::-1] if count else ""


def edge(value: int) -> str:
    """Return a width or height, in as few bits as hold it."""
    choice = next(at for at, count in enumerate(BITS_OF_AN_EDGE) if value <= 1 << count)
    return number(choice, 2) + number(value - 1, BITS_OF_AN_EDGE[choice])


def size(width: int, height: int) -> str:
    """Return a SizeHeader that names both."""
    return "0" + edge(height) + "000" + edge(width)


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


HEAD = box(b"JXL ", b"\r\n\x87\n") + box(b"ftyp", b"jxl \0\0\0\0jxl ")
LAST = 1 << 31


def part(at: int, content: bytes) -> bytes:
    return box(b"jxlp", struct.pack(">I", at) + content)


def boxed(payload: bytes, *cuts: int, between: bytes = b"") -> bytes:
    """Return the codestream in a container, in parts where it is to be cut."""
    if not cuts:
        return HEAD + between + box(b"jxlc", payload)
    edges = (0, *cuts, len(payload))
    parts = [
        part(at | LAST * (at == len(cuts)), payload[start:end])
        for at, (start, end) in enumerate(pairwise(edges))
    ]
    return HEAD + between.join(parts)

"""JPEG XL: every box of the container, and a codestream that has its last part.

Source: ISO/IEC 18181-2. Whether the data of the frames is complete, the decoder says.
"""

from __future__ import annotations

from crawler.imaging.defects import Corrupt, Missing
from crawler.imaging.whole.boxes import boxes
from crawler.imaging.whole.jxl_header import SIGNATURE, read_header
from crawler.imaging.whole.reading import unpack

_CODESTREAM, _PART = b"jxlc", b"jxlp"
_BOXES = frozenset(
    {
        b"JXL ", b"ftyp", b"jxll", b"jxli", _CODESTREAM, _PART,
        b"jbrd", b"brob", b"Exif", b"xml ", b"jumb",
    }
)  # fmt: skip
_IS_LAST = 1 << 31
"""In the number of a part."""


def check_jxl(payload: bytes) -> int:
    """Return 1, for of what moves nothing is decoded; raise Missing or Corrupt."""
    read_header(codestream_of(payload))
    return 1


def codestream_of(payload: bytes) -> bytes:
    """Return what is to be decoded, without the container; raise Missing or Corrupt."""
    if payload.startswith(SIGNATURE):
        return payload
    parts: list[bytes] = []
    is_complete = False
    for kind, start, end in boxes(payload, 0, len(payload), known=_BOXES):
        if kind not in {_CODESTREAM, _PART}:
            continue
        if is_complete:
            raise Corrupt("there is more of the codestream behind its last part")
        if kind == _CODESTREAM:
            number, content = len(parts) | _IS_LAST, payload[start:end]
        else:
            number, content = unpack(">I", payload, start, "a part")[0], payload[start + 4 : end]
        if number % _IS_LAST != len(parts):
            raise Corrupt(f"part {len(parts)} of the codestream is not where it should be")
        parts.append(content)
        is_complete = number >= _IS_LAST
    if not is_complete:
        raise Missing("the file ends before the last part of its codestream")
    return b"".join(parts)

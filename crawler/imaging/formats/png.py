"""PNG and APNG: every chunk up to IEND, and as many frames as acTL announces.

Source: https://www.w3.org/TR/png-3/#5DataRep
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BytesIO

from PIL.PngImagePlugin import PngImageFile

from crawler.imaging.defects import Corrupt, Missing
from crawler.imaging.formats.byte_reader import require, unpack

_SIGNATURE = 8
_DEPTH, _COLOUR_TYPE = 24, 25
"""Where IHDR has them."""
_GREY, _COLOUR = 0, 2
_STRETCH = {2: 85, 4: 17}
_LENGTHS = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9}
"""Of metadata that a decoder reads; one of another length is broken."""


def check_png(payload: bytes) -> int:
    """Return the number of frames; raise Missing, or Corrupt for a wrong critical checksum."""
    announced, controls = 0, 0
    for kind, start, end in _chunks(payload):
        if _is_critical(kind) and not _checksum_holds(payload, kind, start, end):
            raise Corrupt(f"the checksum of the {_name(kind)} chunk at byte {start - 8} is wrong")
        if kind == b"acTL" and not announced and end - start >= 8:  # noqa: PLR2004
            (announced,) = unpack(">I", payload, start, "acTL")
        controls += kind == b"fcTL"
    if controls < announced:
        raise Missing(f"{announced} frames announced, {controls} present")
    return max(announced, 1)


def open_png(payload: bytes) -> PngImageFile:
    """Return the PNG, not yet loaded, with its transparent colour on the scale of its pixels.

    Pillow leaves the value of a tRNS chunk at the depth of the file, while it stretches 2 and 4
    bits to 8, and cuts colours of 16 bits down to them.

    Source: https://www.w3.org/TR/png-3/#11tRNS; of a key of 16 bits the lower halves are not
    compared, because they are no more.
    """
    image = PngImageFile(BytesIO(payload))
    depth, colour_type = payload[_DEPTH], payload[_COLOUR_TYPE]
    key = image.info.get("transparency")
    if colour_type == _GREY and depth in _STRETCH and isinstance(key, int):
        image.info["transparency"] = key * _STRETCH[depth] & 0xFF
    elif colour_type == _COLOUR and depth > 8 and isinstance(key, tuple):  # noqa: PLR2004 - bits
        image.info["transparency"] = tuple(value >> 8 for value in key)
    return image


def without_broken_metadata(payload: bytes) -> bytes:
    """Return a whole PNG without the ancillary chunks that are broken in themselves.

    libpng discards them with a warning, and so do browsers; Pillow refuses the image.
    """
    kept = [payload[:_SIGNATURE]]
    for kind, start, end in _chunks(payload):
        if _is_critical(kind) or _is_sound(payload, kind, start, end):
            kept.append(payload[start - 8 : end + 4])
    return b"".join(kept)


def _chunks(payload: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and end of the content of each chunk, IEND included."""
    at, kind = _SIGNATURE, b""
    while kind != b"IEND":
        if at == len(payload):
            raise Missing("the file ends before IEND")
        (length,) = unpack(">I", payload, at, "the header of a chunk")
        require(payload, at + 8, "the header of a chunk")
        kind = payload[at + 4 : at + 8]
        require(payload, at + 12 + length, f"the {_name(kind)} chunk")
        yield kind, at + 8, at + 8 + length
        at += 12 + length


def _is_sound(payload: bytes, kind: bytes, start: int, end: int) -> bool:
    if not _checksum_holds(payload, kind, start, end):
        return False
    if kind in {b"iCCP", b"zTXt"}:  # compression method 0 is the only one
        return payload.find(b"\0\0", start, end) == payload.find(b"\0", start, end) >= 0
    return end - start == _LENGTHS.get(kind, end - start)


def _checksum_holds(payload: bytes, kind: bytes, start: int, end: int) -> bool:
    content = memoryview(payload)[start:end]
    return zlib.crc32(content, zlib.crc32(kind)) == int.from_bytes(payload[end : end + 4], "big")


def _is_critical(kind: bytes) -> bool:
    return not kind[0] & 0x20


def _name(kind: bytes) -> str:
    return kind.decode("ascii", "backslashreplace")

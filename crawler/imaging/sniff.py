"""Tell what bytes are by how they begin.

The patterns are those of https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern, made
stricter where two bytes would do (BMP), and completed by the formats that it leaves out: APNG,
AVIF, HEIC, JPEG XL, TIFF, and SVG, which it never sniffs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from crawler.fields import MediaType

_PNG = b"\x89PNG\r\n\x1a\n"
_DIB_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis"})
"""Still pictures coded as HEVC (ISO/IEC 23008-12, B.4)."""
_PROLOGUE = 64 * 1024
"""How far the root of an XML document is searched for."""
HEAD: Final = _PROLOGUE
"""Bytes of a file by which all are told, but for an APNG."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sniffed:
    """What a file is, as far as its first bytes tell."""

    media_types: frozenset[MediaType]
    """One, as a rule; none of what is no image."""
    words: str


def sniff(payload: bytes) -> MediaType | None:
    """Return the media type of *payload* by its first bytes, or None if it is no known image.

    >>> sniff(b"GIF89a"), sniff(b"<html><svg>")
    ('image/gif', None)
    """
    for matches, media_type in _IMAGES:
        if matches(payload):
            return media_type
    return None


def sniff_head(head: bytes, *, is_whole: bool) -> Sniffed:
    """Return what a file is by its *head*, which has `HEAD` bytes or more unless it is whole.

    Where neither the chunk that makes a PNG an APNG nor its pixels stand in it, it may be either.

    >>> sniff_head(b"GIF89a", is_whole=True).words, sniff_head(b"<html>", is_whole=True).words
    ('image/gif', 'an HTML page')
    """
    found = sniff(head)
    if found is None:
        return Sniffed(media_types=frozenset(), words=describe(head))
    if found == "image/png" and not is_whole and not _tells_whether_animated(head):
        return Sniffed(media_types=_EITHER_PNG, words=found)
    return Sniffed(media_types=_ONE[found], words=found)


def describe(payload: bytes) -> str:
    """Return a few words on what the bytes of no image look like.

    >>> describe(b"<!DOCTYPE html><title>404</title>"), describe(b'{"error": 1}')
    ('an HTML page', 'JSON')
    """
    head = payload[:_PROLOGUE]
    for offset, magic, words in _OTHERS:
        if head[offset : offset + len(magic)] == magic:
            return words
    text = _text(head)
    if text is None:
        return "unknown binary data"
    start = text.lstrip().lower()
    for prefix, words in _TEXTS:
        if start.startswith(prefix):
            return words
    return "an HTML page" if "<html" in start else "text" if start else "nothing but white space"


def is_animated_png(payload: bytes) -> bool:
    """Return whether an acTL chunk that announces frames stands before the pixels of a PNG.

    Source: https://www.w3.org/TR/png-3/#acTL-chunk
    """
    for kind, at in _chunks(payload):
        if kind == b"acTL":
            return any(payload[at + 8 : at + 12])
        if kind == b"IDAT":
            break
    return False


def _tells_whether_animated(head: bytes) -> bool:
    return any(kind in {b"acTL", b"IDAT"} for kind, _ in _chunks(head))


def _chunks(payload: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield the chunks of a PNG, and where they begin."""
    at = len(_PNG)
    while at + 12 <= len(payload):
        yield payload[at + 4 : at + 8], at
        at += 12 + int.from_bytes(payload[at : at + 4], "big")


def _starts(*magic: bytes) -> Callable[[bytes], bool]:
    return lambda payload: payload.startswith(magic)


def _apng(payload: bytes) -> bool:
    return payload.startswith(_PNG) and is_animated_png(payload)


def _webp(payload: bytes) -> bool:
    return payload.startswith(b"RIFF") and payload[8:14] == b"WEBPVP"


def _bmp(payload: bytes) -> bool:
    return payload.startswith(b"BM") and int.from_bytes(payload[14:18], "little") in _DIB_HEADERS


def _branded(brands: frozenset[bytes]) -> Callable[[bytes], bool]:
    # https://aomediacodec.github.io/av1-avif/#file-type-box, by any of the brands of the box.
    def matches(payload: bytes) -> bool:
        if payload[4:8] != b"ftyp":
            return False
        box = payload[8 : min(int.from_bytes(payload[:4], "big"), 1024)]
        return any(box[at : at + 4] in brands for at in range(0, len(box), 4) if at != 4)  # noqa: PLR2004 - the minor version

    return matches


def _svg(payload: bytes) -> bool:
    text = _text(payload[:_PROLOGUE])
    return text is not None and _root(text) in {"svg", "svg:svg"}


def _text(head: bytes) -> str | None:
    # https://encoding.spec.whatwg.org/#bom-sniff; what holds a NUL is no text.
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            return head[2:].decode(encoding, "replace")
    return None if b"\0" in head else head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")


def _root(text: str) -> str | None:
    """Return the name of the root element of an XML document, past all that may precede it."""
    at = 0
    while True:
        at += len(text[at:]) - len(text[at:].lstrip())
        for opening, closing in (("<?", "?>"), ("<!--", "-->"), ("<!DOCTYPE", ">")):
            if not text.startswith(opening, at):
                continue
            if opening == "<!DOCTYPE" and "[" in text[at : text.find(">", at)]:
                closing = "]>" if "]>" in text[at:] else "]"  # noqa: PLW2901 - it has an inner part
            end = text.find(closing, at)
            if end < 0:
                return None
            at = end + len(closing)
            break
        else:
            break
    name = text[at + 1 : at + 64].split(None, 1)[:1] if text.startswith("<", at) else []
    return name[0].partition(">")[0].rstrip("/") if name else None


_IMAGES: tuple[tuple[Callable[[bytes], bool], MediaType], ...] = (
    (_apng, "image/apng"),
    (_starts(_PNG), "image/png"),
    (_starts(b"\xff\xd8\xff"), "image/jpeg"),
    (_starts(b"GIF87a", b"GIF89a"), "image/gif"),
    (_webp, "image/webp"),
    (_branded(_AVIF_BRANDS), "image/avif"),
    (_branded(_HEIC_BRANDS), "image/heic"),
    (_starts(b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"), "image/jxl"),
    (_bmp, "image/bmp"),
    (_starts(b"\0\0\1\0"), "image/x-icon"),
    (_starts(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "image/tiff"),
    (_svg, "image/svg+xml"),
)

_ONE: Final = {media_type: frozenset({media_type}) for _, media_type in _IMAGES}
_EITHER_PNG: Final = _ONE["image/png"] | _ONE["image/apng"]

_OTHERS = (
    (0, b"%PDF-", "a PDF document"),
    (0, b"\x1f\x8b", "gzip-compressed data"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"8BPS", "a Photoshop document"),
    (0, b"\x00\x00\x02\x00", "a Windows cursor"),
    (4, b"jP  \r\n\x87\n", "a JPEG 2000 image, which is not supported"),
    (4, b"ftypmif1", "a HEIF image, which is not supported"),
    (4, b"ftyp", "a video"),
    (0, b"\x1aE\xdf\xa3", "a video"),
    (0, b"OggS", "sound or video"),
    (0, b"ID3", "sound"),
    (0, b"RIFF", "sound or video"),
)

_TEXTS = (
    ("<!doctype html", "an HTML page"),
    ("<html", "an HTML page"),
    ("<head", "an HTML page"),
    ("<body", "an HTML page"),
    ("<script", "an HTML page"),
    ("<?xml", "an XML document"),
    ("{", "JSON"),
    ("[", "JSON"),
)

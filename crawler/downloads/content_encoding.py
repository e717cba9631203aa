"""Undo Content-Encoding strictly: a stream that is cut or whose checksum is wrong is no content.

Images are asked for as they are, documents with gzip; gzip and deflate are undone whoever sends
them. docs/decisions has the reasons.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

FOR_IMAGES = "identity"
"""What images are asked for with: they are compressed in themselves."""
FOR_DOCUMENTS = "gzip"

_PIECE = 1 << 16
_MOST_CODINGS = 3
"""Nobody means more; each could be a bomb in the one before."""
_MOST_STREAMS = 10_000
"""One behind the other; they could be empty, millions of them."""
_GZIP_WINDOW, _RAW_WINDOW = zlib.MAX_WBITS + 16, -zlib.MAX_WBITS
_GZIP_MAGIC = b"\x1f\x8b"

_NONE = frozenset({"", "identity"})
_GZIP = frozenset({"gzip", "x-gzip"})
_DEFLATE = frozenset({"deflate"})
_OTHERS = frozenset(
    {
        "aes128gcm", "br", "compress", "dcb", "dcz", "exi", "pack200-gzip",
        "x-compress", "zstd",
    }
)  # fmt: skip
"""https://www.iana.org/assignments/http-parameters/http-parameters.xhtml#content-coding"""


class Damaged(ValueError):
    """The stream is not what its coding says, or its checksum is wrong."""


class CutOff(ValueError):
    """The stream has no end."""


class TooMuch(ValueError):
    """The content is larger than the limit."""


class Unasked(ValueError):
    """The coding was not asked for, and is not undone; its name is the message."""


def decoded(body: bytes, codings: Iterable[str], *, most: int) -> bytes:
    """Return the content of *body*, at most so many bytes, from its *codings* in their order.

    As in browsers, a word that is no coding at all leaves the content as it is. Raises CutOff,
    Damaged, TooMuch or Unasked.

    >>> import gzip
    >>> decoded(gzip.compress(b"a") + gzip.compress(b"b"), ["GZIP"], most=2)
    b'ab'
    """
    names = [name for name in (each.strip().lower() for each in codings) if name not in _NONE]
    if len(names) > _MOST_CODINGS:
        raise Damaged(f"{len(names)} codings")
    while body and names:
        name = names.pop()
        if name in _OTHERS:
            raise Unasked(name)
        if name in _GZIP:
            body = _gunzipped(body, most)
        elif name in _DEFLATE:
            body = _inflated(body, most)
        else:
            break
    return body


def _gunzipped(body: bytes, most: int) -> bytes:
    content, place = bytearray(), 0
    for _ in range(_MOST_STREAMS):
        place = _inflate(body, place, _GZIP_WINDOW, content, most)
        # Behind the end only another stream counts (RFC 1952, 2.2); the rest is untidy, no loss.
        if not body.startswith(_GZIP_MAGIC, place):
            return bytes(content)
    raise Damaged(f"more than {_MOST_STREAMS} streams")


def _inflated(body: bytes, most: int) -> bytes:
    # Some servers send raw deflate under this name, and browsers take it: RFC 1950, 2.2, says how
    # a zlib header looks.
    is_zlib = body[0] & 0x0F == zlib.DEFLATED and int.from_bytes(body[:2], "big") % 31 == 0
    content = bytearray()
    _inflate(body, 0, zlib.MAX_WBITS if is_zlib else _RAW_WINDOW, content, most)
    return bytes(content)


def _inflate(body: bytes, place: int, window: int, content: bytearray, most: int) -> int:
    """Add to *content* what the stream at *place* holds, and return where it ends."""
    stream = zlib.decompressobj(window)
    while not stream.eof:
        # By pieces: a stream that ends keeps no more than one of them as its rest.
        given = stream.unconsumed_tail
        if not given:
            given = body[place : place + _PIECE]
            place += len(given)
        try:
            piece = stream.decompress(given, _PIECE)
        except zlib.error as error:
            raise Damaged(str(error)) from error
        content += piece
        if len(content) > most:
            raise TooMuch(f"more than {most} bytes")
        if not given and not piece:
            raise CutOff("the stream has no end")
    return place - len(stream.unused_data)

"""Undo Content-Encoding strictly: a stream that is cut or whose checksum is wrong is no content.

The source of the codings is https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1; those beyond it
are undone where their libraries are there, which Scrapy brings.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

_PIECE = 1 << 16
_MOST_CODINGS = 3
"""Nobody means more; each could be a bomb in the one before."""
_MOST_STREAMS = 10_000
"""One behind the other; they could be empty, millions of them."""
_GZIP_WINDOW, _RAW_WINDOW = zlib.MAX_WBITS + 16, -zlib.MAX_WBITS
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_ZSTD = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"


class Damaged(ValueError):
    """The stream is not what its coding says, or its checksum is wrong."""


class CutOff(ValueError):
    """The stream has no end."""


class TooMuch(ValueError):
    """The content is larger than the limit."""


class _Stream(Protocol):
    """One stream of a coding, as zlib has it."""

    def read(self, data: bytes) -> bytes:
        """Return a piece of the content, by *data* or by what was given before."""

    @property
    def hungry(self) -> bool:
        """Whether all that was given is used up."""

    @property
    def ended(self) -> bool:
        """Whether the end of the stream was there."""

    @property
    def rest(self) -> bytes:
        """What was given beyond the end."""


class _Zlib:
    def __init__(self, window: int) -> None:
        self._inflating = zlib.decompressobj(window)

    def read(self, data: bytes) -> bytes:
        return self._inflating.decompress(self._inflating.unconsumed_tail or data, _PIECE)

    @property
    def hungry(self) -> bool:
        return not self._inflating.unconsumed_tail

    @property
    def ended(self) -> bool:
        return self._inflating.eof

    @property
    def rest(self) -> bytes:
        return self._inflating.unused_data


class _Brotli:
    rest = b""

    def __init__(self) -> None:
        self._decoder = import_module("brotli").Decompressor()

    def read(self, data: bytes) -> bytes:
        piece: bytes = self._decoder.process(data, output_buffer_limit=_PIECE)
        return piece

    @property
    def hungry(self) -> bool:
        return bool(self._decoder.can_accept_more_data())

    @property
    def ended(self) -> bool:
        return bool(self._decoder.is_finished())


class _Zstd:
    def __init__(self) -> None:
        self._decoder = import_module(_ZSTD).ZstdDecompressor()

    def read(self, data: bytes) -> bytes:
        piece: bytes = self._decoder.decompress(data, _PIECE)
        return piece

    @property
    def hungry(self) -> bool:
        return bool(self._decoder.needs_input)

    @property
    def ended(self) -> bool:
        return bool(self._decoder.eof)

    @property
    def rest(self) -> bytes:
        return bytes(self._decoder.unused_data)


def _gzip(_data: bytes) -> _Stream:
    return _Zlib(_GZIP_WINDOW)


def _deflate(data: bytes) -> _Stream:
    # Some servers send raw deflate under this name, and browsers take it: RFC 1950, 2.2, says how
    # a zlib header looks.
    zlib_header = data[:1] and data[0] & 0x0F == zlib.DEFLATED
    proper = zlib_header and int.from_bytes(data[:2], "big") % 31 == 0
    return _Zlib(zlib.MAX_WBITS if proper else _RAW_WINDOW)


def _brotli(_data: bytes) -> _Stream:
    return _Brotli()


def _zstd(_data: bytes) -> _Stream:
    return _Zstd()


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


_CODINGS: dict[str, tuple[Callable[[bytes], _Stream], bytes | None]] = {
    "gzip": (_gzip, _GZIP_MAGIC),
    "deflate": (_deflate, None),
    **({"br": (_brotli, None)} if _is_there("brotli") else {}),
    **({"zstd": (_zstd, _ZSTD_MAGIC)} if _is_there(_ZSTD) else {}),
}
"""Each coding, and how another of its streams begins where several may follow each other."""
_ALIASES = {"x-gzip": "gzip"}

ACCEPT_ENCODING = ", ".join(_CODINGS)
"""What can be undone here."""


def decoded(body: bytes, codings: Iterable[str], *, most: int) -> bytes:
    """Return the content of *body*, at most so many bytes, from its *codings* in their order.

    As in browsers, what no coding is known for is the content. Raises CutOff, Damaged or TooMuch.

    >>> import gzip
    >>> decoded(gzip.compress(b"a") + gzip.compress(b"b"), ["GZIP"], most=2)
    b'ab'
    """
    names = [name.strip().lower() for name in codings]
    names = [_ALIASES.get(name, name) for name in names if name not in {"", "identity"}]
    if len(names) > _MOST_CODINGS:
        raise Damaged(f"{len(names)} codings")
    while body and names and names[-1] in _CODINGS:
        body = _content(body, *_CODINGS[names.pop()], most)
    return body


def _content(
    body: bytes, begin: Callable[[bytes], _Stream], again: bytes | None, most: int
) -> bytes:
    content, place = bytearray(), 0
    for _ in range(_MOST_STREAMS):
        place = _read(begin(body[place : place + 2]), body, place, content, most)
        # Behind the end only another stream counts; anything else is untidy, and no loss.
        if again is None or not body.startswith(again, place):
            return bytes(content)
    raise Damaged(f"more than {_MOST_STREAMS} streams")


def _read(stream: _Stream, body: bytes, place: int, content: bytearray, most: int) -> int:
    """Add to *content* what the stream at *place* holds, and return where it ends."""
    view = memoryview(body)
    while True:
        # By pieces: a stream that ends keeps no more than one of them as its rest.
        given = view[place : place + _PIECE] if stream.hungry else b""
        place += len(given)
        try:
            piece = stream.read(bytes(given))
        except Exception as error:  # each library has an error of its own
            raise Damaged(str(error)) from error
        content += piece
        if len(content) > most:
            raise TooMuch(f"more than {most} bytes")
        if stream.ended:
            return place - len(stream.rest)
        if not given and not piece and stream.hungry:
            raise CutOff("the stream has no end")

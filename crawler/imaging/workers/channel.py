"""What goes over the socket between the crawl and a worker process: pieces behind their lengths.

A piece is a pickle, or the bytes of an image as they are: a pickle would be two copies more.

Both ends are this program; nothing else can reach the socket.
"""

from __future__ import annotations

import pickle
import struct
from collections.abc import Iterator
from typing import BinaryIO

_LENGTH = struct.Struct("!Q")


def length_of(content: bytes) -> bytes:
    """Return what goes over the socket before *content*."""
    return _LENGTH.pack(len(content))


def frame(value: object) -> bytes:
    """Return *value* as it goes over the socket."""
    content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return length_of(content) + content


def read_pieces(file: BinaryIO) -> Iterator[bytes]:
    """Yield what comes over the socket until it is closed at the other end."""
    while len(head := file.read(_LENGTH.size)) == _LENGTH.size:
        yield file.read(*_LENGTH.unpack(head))


class Frames:
    """Puts together what comes over the socket in pieces."""

    def __init__(self) -> None:
        self._received = bytearray()

    def feed(self, data: bytes) -> Iterator[object]:
        """Yield what is complete with *data*."""
        self._received += data
        while len(self._received) >= _LENGTH.size:
            (size,) = _LENGTH.unpack_from(self._received)
            end = _LENGTH.size + size
            if len(self._received) < end:
                return
            content = bytes(self._received[_LENGTH.size : end])
            del self._received[:end]
            yield pickle.loads(content)  # noqa: S301 - our own

"""Take the image out of a ``data:`` URL.

Source: https://fetch.spec.whatwg.org/#data-url-processor
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import unquote_to_bytes

_EDGES: Final = "".join(map(chr, range(0x21)))
"""https://url.spec.whatwg.org/#concept-basic-url-parser: C0 controls and space at both ends go."""
_TAB_OR_NEWLINE: Final = str.maketrans("", "", "\t\n\r")
_BASE64_MARK: Final = re.compile(r";\x20*+base64\Z", re.IGNORECASE)
_MEDIA_TYPE: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]++/[!#$%&'*+.^_`|~0-9A-Za-z-]++")
_ASCII_WHITESPACE: Final = bytes.maketrans(b"", b""), b"\t\n\f\r "
_PIECE: Final = 65_536
_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/]")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataUrl:
    """What a ``data:`` URL holds."""

    media_type: str
    payload: bytes
    """Empty where it cannot be decoded."""

    @property
    def url(self) -> str:
        """The short form that stands in a manifest."""
        return f"data:{self.media_type};sha256={sha256(self.payload).hexdigest()}"


def parse_data_url(destination: str) -> DataUrl | None:
    """Return what *destination* holds, or None where it is no ``data:`` URL.

    >>> parse_data_url(" data:image/gif;base64,R0lG ODlh#x")
    DataUrl(media_type='image/gif', payload=b'GIF89a')
    """
    start = destination[:64].lstrip(_EDGES).translate(_TAB_OR_NEWLINE)
    if start[:5].lower() != "data:":
        return None
    url = destination.strip(_EDGES).translate(_TAB_OR_NEWLINE)
    head, comma, body = url[5:].partition("#")[0].partition(",")
    encoded = _BASE64_MARK.search(head := head.strip(" "))
    payload = _percent_decoded(body.encode("utf-8", "replace")) if comma else b""
    if encoded is not None:
        payload = _forgiving_base64(payload)
    return DataUrl(media_type=_media_type(head), payload=payload)


def _media_type(head: str) -> str:
    match = _MEDIA_TYPE.match(head)
    return match.group().lower() if match else "text/plain"


def _percent_decoded(encoded: bytes) -> bytes:
    """Return *encoded* decoded piece by piece: all at once needs ninety times its memory."""
    decoded, start = bytearray(), 0
    while start < len(encoded):
        end = start + _PIECE
        cut = encoded.rfind(b"%", end - 2, end)  # no escape is cut in two
        end = cut if cut > start else end
        decoded += unquote_to_bytes(encoded[start:end])
        start = end
    return bytes(decoded)


def _forgiving_base64(encoded: bytes) -> bytes:
    """Return the decoded bytes, empty on failure.

    Source: https://infra.spec.whatwg.org/#forgiving-base64-decode
    """
    data = encoded.translate(*_ASCII_WHITESPACE)
    if len(data) % 4 == 0:
        data = data.removesuffix(b"=").removesuffix(b"=") if data.endswith(b"=") else data
    if len(data) % 4 == 1 or _NOT_BASE64.search(data):
        return b""
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))

"""Names and paths that every common file system can hold."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from crawler.common.characters import UNSEEN

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_FORMER = r'\x00-\x1f\x7f<>:"|?*\\'
_FORBIDDEN = re.compile(rf"[{_FORMER}{UNSEEN}]|%(?=[0-9A-Fa-f]{{2}})")
_FORMERLY_FORBIDDEN = re.compile(rf"[{_FORMER}]|%(?=[0-9A-Fa-f]{{2}})")
_SURROGATES = re.compile("[\\ud800-\\udfff]")
_BYTES = re.compile("[\\udc80-\\udcff]")
"""What stands for bytes that are no UTF-8 (PEP 383)."""
REPLACED = "\ufffd"
"""Stands in a text for bytes that could not be read as characters of it."""
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(?=\.|$)")
_LONGEST = 200
"""Bytes of a path's component; file systems allow 255, and endings are added to ours."""


def safe_path(path: str, *, former: bool = False) -> str:
    r"""Return the POSIX *path* with every component made safe; different paths stay different.

    What a file system may refuse is percent-encoded, and so is what does not show: bytes that are
    no UTF-8, direction marks. ``.`` and ``..`` cannot remain. With *former*, as version 0.1.0 did:
    what does not show stood as it is, and bytes that are no UTF-8 had no place.

    >>> safe_path("2021/12/iss-crew-2.md")
    '2021/12/iss-crew-2.md'
    >>> safe_path("../what?/con.md")
    '%2E%2E/what%3F/%63on.md'
    >>> safe_path("caf\udce9.md"), safe_path("a\u202egnp.md")
    ('caf%E9.md', 'a%E2%80%AEgnp.md')
    """
    forbidden = _FORMERLY_FORBIDDEN if former else _FORBIDDEN
    return "/".join(_safe_component(part, forbidden) for part in path.split("/") if part)


def storable(path: str) -> str:
    r"""Return *path* as a record can hold it: bytes that are no UTF-8 are percent-encoded.

    >>> storable("caf\udce9/ü.md")
    'caf%E9/ü.md'
    """
    return path if path.isascii() else _SURROGATES.sub(lambda match: _percent(match[0]), path)


def folded(path: str) -> str:
    """Return the key under which file systems that ignore case and composition see *path*."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def shortened(text: str, longest: int, *, key: str) -> str:
    """Return *text* in at most *longest* bytes of UTF-8, marked with a digest of *key* if cut."""
    encoded = text.encode()
    if len(encoded) <= longest:
        return text
    mark = "-" + hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()[:8]
    return encoded[: longest - len(mark)].decode(errors="ignore") + mark


def _safe_component(part: str, forbidden: re.Pattern[str]) -> str:
    safe = forbidden.sub(lambda match: _percent(match[0]), part)
    if not safe.strip("."):
        safe = _percent(safe)
    elif safe[-1] in ". ":
        # Windows drops a dot or a space at the end.
        safe = safe[:-1] + _percent(safe[-1])
    if _RESERVED.match(safe):
        safe = _percent(safe[0]) + safe[1:]
    stem, dot, suffix = safe.rpartition(".")
    if dot and len(suffix.encode()) <= len("markdown"):
        return shortened(stem, _LONGEST - len(suffix.encode()) - 1, key=part) + dot + suffix
    return shortened(safe, _LONGEST, key=part)


def _percent(character: str) -> str:
    errors = "surrogateescape" if _BYTES.fullmatch(character) else "surrogatepass"
    return "".join(f"%{byte:02X}" for byte in character.encode(errors=errors))

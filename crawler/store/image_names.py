"""Readable file names for images, unique within a bundle."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from crawler.common.media_types import IMAGE_SUFFIXES
from crawler.common.safe_paths import folded, safe_path, shortened

_LONGEST_STEM = 100
"""Bytes; digest, edge and ending are added to it."""

_UNREADABLE = re.compile(r"[\s/\\%#&+,;=@!$^`'\"(){}\[\]<>|*?:~\x00-\x1f\x7f]+")
_NOT_FOR_NAMES = frozenset({"Cs", "Cn", "Cc", "Cf", "Co"})
_NOT_HEXADECIMAL = re.compile(r"[^0-9a-f]")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_MARK = re.compile(r"-(?:[0-9a-f]{8}|[0-9a-f]{64})$")
# What image services append to a name: x.png!webp, x.png@!avif, x.jpg_640x640.webp
_ENDINGS = "|".join(sorted(map(re.escape, IMAGE_SUFFIXES), key=len, reverse=True))
_IMAGE_SUFFIX = re.compile(rf"(?i:{_ENDINGS})(?![A-Za-z0-9])(?s:.*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stem:
    """The name of an original without its ending."""

    text: str
    qualified: bool
    """Whether a part of the digest is added, because an earlier image has the same name."""
    returning: bool = False
    """Whether the image was here under this name before: what is called after it is ours."""


def stem_of(url: str) -> str:
    """Return a readable, portable name for the image at *url*; never empty.

    >>> stem_of("https://example.org/2021/0788f393129afb8.png!webp?x=1")
    '0788f393129afb8'
    >>> stem_of("https://example.org/"), stem_of("data:image/png;sha256=0123456789abcdef00")
    ('image', 'data-0123456789abcdef')
    """
    if url.startswith("data:"):
        return "data-" + _NOT_HEXADECIMAL.sub("", url.rpartition("=")[2])[:16]
    name = unquote(_last_segment(url))
    if not (name.isascii() and name.isprintable()):
        # Control characters, lone surrogates and unassigned code points are not for file names.
        name = "".join(c for c in name if unicodedata.category(c) not in _NOT_FOR_NAMES)
    bare = _IMAGE_SUFFIX.sub("", name) if _IMAGE_SUFFIX.search(name, 1) else _SUFFIX.sub("", name)
    text = _UNREADABLE.sub("-", unicodedata.normalize("NFC", bare)).strip("-. ")
    return safe_path(shortened(text, _LONGEST_STEM, key=url)) if text else "image"


def assign_stems(urls: Sequence[str], taken: Iterable[str]) -> dict[str, Stem]:
    """Return a stem for each URL, in the order of the references.

    *taken* are the paths of originals that the bundle already has. The first image with a name gets
    it plain, the next ones with a part of their digest, and so does one whose name looks as if it
    had such a part; so names depend on the article alone, not on the order in which servers answer.
    """
    texts = {url: stem_of(url) for url in urls}
    seen = {folded(PurePosixPath(path).stem) for path in taken}
    names = seen | {folded(text) for text in texts.values()}
    stems = {}
    for url, text in texts.items():
        name = folded(text)
        mark = _MARK.search(name)
        qualified = name in seen or (mark is not None and name[: mark.start()] in names)
        stems[url] = Stem(text=text, qualified=qualified)
        seen.add(name)
    return stems


def returning_stem(path: str) -> Stem:
    """Return the stem of an original that has been at *path* in this bundle."""
    return Stem(text=PurePosixPath(path).stem, qualified=False, returning=True)


def successors_stem(path: str) -> Stem:
    """Return the stem of a later version of the image whose first original is at *path*."""
    return Stem(text=PurePosixPath(path).stem, qualified=True)


def _last_segment(url: str) -> str:
    try:
        path = urlsplit(url).path
    except ValueError:
        path = url
    return path.rstrip("/").rpartition("/")[2]

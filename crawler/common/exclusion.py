"""Which URLs a person leaves out: shell patterns, in which a host may have any of its spellings."""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from urllib.parse import urlsplit

from crawler.common import urls

_WILDCARDS = frozenset("*?[")


class Exclusion:
    """A shell pattern for URLs; one without a wildcard is meant as a part of the URL.

    What stands before its first slash may also be meant for the host: in the letters that people
    write it with, or in capitals, which no URL has there.

    >>> [Exclusion(text).matches("https://xn--wcsw84d.example/a/b.png")
    ...     for text in ("图片.Example", "https://图片.example/a/", "*//图*/*.png", "A/b.png")]
    [True, True, True, False]
    """

    def __init__(self, text: str) -> None:
        pattern = text if not _WILDCARDS.isdisjoint(text) else f"*{text}*"
        self._whole = _compiled(pattern)
        scheme, mark, rest = pattern.rpartition("//")
        host, slash, path = rest.partition("/")
        head = unicodedata.normalize("NFKC", f"{scheme}{mark}{host}").lower()
        # Without a slash, only a wildcard at the end lets a path follow.
        self._origin = _compiled(head) if slash or head.endswith("*") else None
        self._path = _compiled(f"/{path}" if slash else "*")

    def matches(self, url: str) -> bool:
        """Return whether *url*, absolute and normalised, is left out."""
        if self._whole.match(url):
            return True
        if self._origin is None or not (name := urls.host(url)):
            return False
        parts = urlsplit(url)
        # A dot at the end of a host is no part of its name.
        place = parts.netloc.replace(f"{name}.", name, 1)
        places = (place, place.replace(name, urls.in_own_letters(name), 1))
        origins = (f"{parts.scheme}://{each}" for each in places)
        rest = url.removeprefix(f"{parts.scheme}://{parts.netloc}")
        return any(map(self._origin.match, origins)) and bool(self._path.match(rest))


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern))

"""Where a text writes a destination: as it is, or with the escapes of a construct.

What is found may be code, prose, or one word of many: only `find_references` tells what it means.
Therefore nothing here knows constructs, only how characters are escaped in them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from html import unescape
from typing import Final, NamedTuple

from crawler.references.limits import PLACES, SEARCH_WORK, LimitReached

_BEFORE: Final = frozenset(" \t\r\n\f\"'`(<[=,:;|")
_AFTER: Final = re.compile(
    r"""[\s"'`)>\],|;}\\<]|/>|&(?:quot|apos|gt|lt|#0*+3[49]|#[xX]0*+2[27]);|\Z"""
)
"""What can stand around a destination in some construct. An expression of an engine is not among
it: what it puts before a path belongs to the URL."""


class Place(NamedTuple):
    """Where a destination is written."""

    start: int
    end: int
    destination: str


class _Escapes(NamedTuple):
    pattern: re.Pattern[str]
    resolve: Callable[[str], str]


_REFERENCE: Final = r"&(?:#[xX][0-9a-fA-F]{1,6}|#[0-9]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});"
_PAIR: Final = r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_STRING: Final = rf"{_PAIR}|\\(?:u[0-9a-fA-F]{{4}}|U00[0-9a-fA-F]{{6}}|x[0-9a-fA-F]{{2}}|[\"'\\/])"
_CSS: Final = r"\\(?:[0-9a-fA-F]{1,6}[ \t\n]?|[^\n\r0-9a-fA-F])"
_MARKDOWN: Final = rf"\\[!-/:-@\[-`{{-~]|{_REFERENCE}"


def _of_markdown(written: str) -> str:
    return written[1:] if written.startswith("\\") else unescape(written)


def _of_string(written: str) -> str:
    if len(written) == len(r"\/"):
        return written[1]
    units = b"".join(int(part[1:], 16).to_bytes(4) for part in written.split("\\")[1:])
    text = units.decode("utf-32-be", "surrogatepass")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _of_css(written: str) -> str:
    if written[1] not in "0123456789abcdefABCDEF":
        return written[1:]
    number = int(written[1:], 16)
    return chr(number) if number < 0x110000 else "\ufffd"  # noqa: PLR2004 - Unicode ends there


_ENTITIES: Final = _Escapes(re.compile(_REFERENCE), unescape)
_STRINGS: Final = _Escapes(re.compile(_STRING), _of_string)
_STYLES: Final = _Escapes(re.compile(_CSS), _of_css)
_CONSTRUCTS: Final[Sequence[tuple[_Escapes, ...]]] = (
    (_ENTITIES,),                                          # an attribute of HTML
    (_Escapes(re.compile(_MARKDOWN), _of_markdown),),      # CommonMark 2.4, 2.5
    (_STRINGS,),                                           # JSON, YAML and TOML between quotes
    (_Escapes(re.compile("''"), lambda _: "'"),),          # YAML between single quotes
    (_STYLES,),
    (_ENTITIES, _STRINGS),                                 # JSON in an attribute
    (_ENTITIES, _STYLES),
)  # fmt: skip
"""The escapes of each construct, the outer ones first."""


class _View:
    """A text with escapes resolved, and whence each character of it comes."""

    def __init__(self, written: str, escapes: _Escapes) -> None:
        parts: list[str] = []
        self._resolved, self._written, self._whole = [0], [0], [True]
        length = at = 0
        for match in escapes.pattern.finditer(written):
            parts += [written[at : match.start()], escapes.resolve(match.group())]
            length += len(parts[-2])
            self._mark(length, match.start(), whole=False)
            length, at = length + len(parts[-1]), match.end()
            self._mark(length, at, whole=True)
        self.text = "".join([*parts, written[at:]])

    def _mark(self, resolved: int, written: int, *, whole: bool) -> None:
        self._resolved.append(resolved)
        self._written.append(written)
        self._whole.append(whole)

    def origin(self, offset: int) -> int | None:
        """Return where *offset* is in what is written; None inside of an escape."""
        mark = bisect_right(self._resolved, offset) - 1
        beyond = offset - self._resolved[mark]
        return self._written[mark] + beyond if self._whole[mark] or not beyond else None


def places(text: str, destinations: Collection[str], *, escaped: bool = False) -> list[Place]:
    r"""Return where *text* writes one of *destinations*, in order; of two that overlap, the longer.

    They are sought as they are, or with *escaped* as every construct may escape them. Raises
    LimitReached where that would take too long.

    >>> [place[:2] for place in places("(a.png) <b.png> [c.png?x=1]", ["a.png", "b.png", "c.png"])]
    [(1, 6), (9, 14)]
    >>> places("[a]: a\\_b.png", ["a_b.png"], escaped=True)
    [Place(start=5, end=13, destination='a_b.png')]
    """
    work = len(text) * len(destinations) * (len(_CONSTRUCTS) if escaped else 1)
    if work > SEARCH_WORK:
        raise LimitReached(f"more than {SEARCH_WORK} characters to search")
    found: dict[tuple[int, int], Place] = {}
    for views in _views(text) if escaped else [[]]:
        for place in _in_view(text, views, destinations):
            found.setdefault(place[:2], place)
            if len(found) > PLACES:
                raise LimitReached(f"more than {PLACES} places to look at")
    return _apart(found.values())


def _views(text: str) -> Iterator[list[_View]]:
    for construct in _CONSTRUCTS:
        views: list[_View] = []
        for escapes in construct:
            views.append(_View(views[-1].text if views else text, escapes))
        yield views


def _in_view(text: str, views: list[_View], destinations: Collection[str]) -> Iterator[Place]:
    seen = views[-1].text if views else text
    for destination in filter(None, destinations):
        at = seen.find(destination)
        while at >= 0:
            start, end = _origin(views, at), _origin(views, at + len(destination))
            if start is not None and end is not None and _stands_alone(text, start, end):
                yield Place(start, end, destination)
            at = seen.find(destination, at + 1)


def _origin(views: list[_View], offset: int) -> int | None:
    at: int | None = offset
    for view in reversed(views):
        at = None if at is None else view.origin(at)
    return at


def _stands_alone(text: str, start: int, end: int) -> bool:
    return (start == 0 or text[start - 1] in _BEFORE) and _AFTER.match(text, end) is not None


def _apart(found: Collection[Place]) -> list[Place]:
    apart: list[Place] = []
    for place in sorted(found, key=lambda place: (place.start, -place.end)):
        if not apart or place.start >= apart[-1].end:
            apart.append(place)
    return apart

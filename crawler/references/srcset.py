"""Parse a srcset attribute, step by step as the HTML standard has it.

Source: https://html.spec.whatwg.org/#parse-a-srcset-attribute. One thing differs: a candidate with
a descriptor that the standard does not know is kept, as the least of all, where a browser of today
drops it; an archive is also for the browsers to come. A candidate whose known descriptors
contradict each other is dropped.

Every candidate is a mention: the largest is fetched, the others name it. The choice is made within
one attribute and no further, so that nothing is lost that some reader sees. The ``src`` of an
``img`` is no candidate but what those see who know no srcset (feed readers, mail, the offline
view): it is fetched too. The sources of a ``picture`` are alternatives of which each browser shows
another: by ``media`` they are different crops, by ``type`` the same picture as AVIF, WebP and JPEG,
of which the last is often the only one that is decoded everywhere and the least worked over; of
each source the largest is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from crawler.references.limits import MENTIONS

_SPACES: Final = re.compile(r"[\t\n\f\r ]*+")
_SEPARATORS: Final = re.compile(r"[\t\n\f\r ,]*+")
_URL: Final = re.compile(r"[^\t\n\f\r ]*+")
_DESCRIPTOR: Final = re.compile(r"(?:[^\t\n\f\r ,(]++|\([^)]*+(?:\)|\Z))++")
"""In parentheses, commas and space belong to the descriptor (the tokenizer's state "in parens")."""

_KNOWN: Final = re.compile(
    r"(?P<integer>[0-9]{1,300}+)(?P<side>[wh])"
    r"|(?P<float>-?(?:[0-9]{1,300}+(?:\.[0-9]++)?|\.[0-9]++)(?:[eE][+-]?[0-9]{1,9})?)x"
)
"""https://html.spec.whatwg.org/#valid-non-negative-integer, …#valid-floating-point-number"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One image of a srcset."""

    url: str
    width: float | None = None
    density: float | None = None
    known: bool = True
    """Whether every descriptor is one of the standard's."""

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """The larger, the more pixels it promises; widths come before densities."""
        if self.width is not None:
            return self.known, True, self.width
        return self.known, False, 1.0 if self.density is None else self.density


def parse_srcset(value: str) -> list[Candidate]:
    """Return the candidates of *value* in their order, one more at most than a post may have.

    >>> [(c.url, c.width, c.density) for c in parse_srcset("a.png 1x, b,c.png 640w 480h,d.png")]
    [('a.png', None, 1.0), ('b,c.png', 640.0, None), ('d.png', None, None)]
    """
    candidates: list[Candidate] = []  # step 3
    position = 0  # step 2
    while len(candidates) <= MENTIONS:
        position = _end(_SEPARATORS, value, position)  # step 4
        if position == len(value):  # step 5
            break
        start, position = position, _end(_URL, value, position)  # step 6
        url = value[start:position]
        descriptors: list[str] = []  # step 7
        if url.endswith(","):  # step 8: commas at the end are separators, and no descriptor follows
            url = url.rstrip(",")
        else:  # step 8, otherwise
            descriptors, position = _descriptors(value, position)
        candidate = _candidate(url, descriptors)
        if candidate is not None:
            candidates.append(candidate)  # step 15
    return candidates


def choices(value: str) -> Iterator[tuple[str, str]]:
    """Yield the URL of each candidate of *value*, with that of the one that is chosen.

    That is the one that promises the most pixels; of equal ones, the first.

    >>> list(choices("a.png 1x, b.png 2x"))
    [('a.png', 'b.png'), ('b.png', 'b.png')]
    """
    candidates = parse_srcset(value)
    chosen = max(candidates, key=lambda candidate: candidate.rank, default=None)
    if chosen is not None:
        yield from ((candidate.url, chosen.url) for candidate in candidates)


def _end(pattern: re.Pattern[str], value: str, position: int) -> int:
    match = pattern.match(value, position)
    return match.end() if match else position


def _descriptors(value: str, position: int) -> tuple[list[str], int]:
    """Return the descriptors from *position* on, and where the next candidate begins."""
    found: list[str] = []
    while match := _DESCRIPTOR.match(value, position := _end(_SPACES, value, position)):
        found.append(match.group())
        position = match.end()
    return found, min(position + 1, len(value))  # past the comma


def _candidate(url: str, descriptors: list[str]) -> Candidate | None:
    """Return the candidate that *descriptors* describe, or None where they are in error."""
    numbers: dict[str, float] = {}  # steps 10 to 12: width, density, future-compat-h
    known = True  # step 9
    for descriptor in descriptors:  # step 13
        unit, number = _number(descriptor)
        if unit is None:
            known = False
        elif unit in numbers or (number == 0 and unit != "x"):  # widths and heights are positive
            return None
        else:
            numbers[unit] = number
    if "x" in numbers and len(numbers) > 1:
        return None
    if "h" in numbers and "w" not in numbers:  # step 14
        return None
    return Candidate(url=url, width=numbers.get("w"), density=numbers.get("x"), known=known)


def _number(descriptor: str) -> tuple[str | None, float]:
    match = _KNOWN.fullmatch(descriptor)
    number = float(match["integer"] or match["float"]) if match else -1.0
    # A negative density is as good as an unknown descriptor, for the web-platform tests too.
    return (match["side"] or "x", number) if match and number >= 0 else (None, number)

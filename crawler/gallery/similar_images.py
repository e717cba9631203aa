"""Group pictures that look alike, by their perceptual hashes, in time near to linear.

Two hashes of 64 bits that differ in at most three are equal in one of their four quarters: only
those are compared that share a quarter. Where very many do, as flat pictures may, each is compared
with its neighbours in order alone. Every picture of a group is like its first one, so that no chain
of small steps leads from a picture to an entirely other one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

DISTANCE: Final = 3
"""Bits that may differ."""
_QUARTERS: Final = (0, 16, 32, 48)
_QUARTER: Final = 0xFFFF
_COMPARED: Final = 200
"""Neighbours that are looked at, where a quarter is shared by more."""
_FLAT: Final = 4
"""Bits set or not set, at most: what is so even says nothing of what it shows."""
_BITS: Final = 64


def groups_of(hashes: Iterable[str]) -> Iterator[list[str]]:
    """Yield groups of alike *hashes* in their order, each hash in one of them; many are of one.

    What says nothing is in no group.

    >>> list(groups_of(["f0f0f0f0f0f0f0f0", "0123456789abcdef", "f0f0f0f0f0f0f0f3"]))
    [['0123456789abcdef'], ['f0f0f0f0f0f0f0f0', 'f0f0f0f0f0f0f0f3']]
    """
    values = sorted(value for value in {int(text, 16) for text in hashes} if says(value))
    places = _places(values)
    taken: set[int] = set()
    for value in values:
        if value not in taken:
            near = [other for other in _near(value, places) if other not in taken]
            taken.update((value, *near))
            yield [f"{each:016x}" for each in (value, *near)]


def says(value: int) -> bool:
    """Return whether a hash says something of what its picture shows."""
    return _FLAT < value.bit_count() < _BITS - _FLAT


def _places(values: list[int]) -> dict[tuple[int, int], list[int]]:
    places: dict[tuple[int, int], list[int]] = defaultdict(list)
    for value in values:
        for shift in _QUARTERS:
            places[shift, value >> shift & _QUARTER].append(value)
    return places


def _near(value: int, places: dict[tuple[int, int], list[int]]) -> list[int]:
    found: dict[int, None] = {}
    for shift in _QUARTERS:
        others = places[shift, value >> shift & _QUARTER]
        if len(others) > _COMPARED:
            at = bisect_left(others, value)
            others = others[at : at + _COMPARED]
        for other in others:
            if other != value and (value ^ other).bit_count() <= DISTANCE:
                found[other] = None
    return sorted(found)

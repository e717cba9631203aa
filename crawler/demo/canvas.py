"""Draw flat shapes on rows of RGB, span by span.

A span of an opaque colour is one slice assignment; one of a translucent colour is, for each of red,
green and blue, one `bytes.translate` with a table of what every value becomes. Shapes have hard
edges: the canvas is drawn larger than it is shown.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count, pairwise

Point = tuple[float, float]
Colour = tuple[float, float, float]
"""Red, green and blue, 0 to 255; what lies outside is clamped."""
Spans = Iterable[tuple[int, float, float]]
"""Row, left and right edge, in pixels of the canvas."""

_NOTHING = bytearray()
_LEVELS = 128
"""How many degrees of opacity there are."""


@dataclass(frozen=True, slots=True)
class Ink:
    """A colour with its opacity, made ready for spans; see `ink`."""

    pixel: bytearray
    tables: tuple[bytes, ...]
    """For each of red, green and blue what a value becomes; none for what is opaque."""


def ink(colour: Colour, alpha: float = 1) -> Ink:
    """Return the ink that covers with *colour*, as much of it as *alpha* says."""
    pixel = bytearray(max(0, min(255, round(value))) for value in colour)
    opacity = max(0, round(alpha * _LEVELS))
    if opacity >= _LEVELS:
        return Ink(pixel, ())
    return Ink(pixel, tuple(_table(value, opacity) for value in pixel))


@functools.lru_cache(maxsize=16384)
def _table(value: int, opacity: int) -> bytes:
    kept, half = _LEVELS - opacity, _LEVELS // 2
    return bytes((old * kept + value * opacity + half) // _LEVELS for old in range(256))


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Return the colour between two, at *share* of the way to the second.

    >>> mix((0, 0, 0), (100, 200, 50), 0.5)
    (50.0, 100.0, 25.0)
    """
    (a, b, c), (x, y, z) = first, second
    return a + (x - a) * share, b + (y - b) * share, c + (z - c) * share


class Canvas:
    """A black canvas of *width* by *height*, with *scale* pixels for each of these units.

    Coordinates are in units, y downwards.
    """

    def __init__(self, width: int, height: int, *, scale: float) -> None:
        self.width = width
        self.height = height
        self.scale = scale
        self.size = (round(width * scale), round(height * scale))
        self._rows_of_pixels = bytearray(3 * self.size[0] * self.size[1])

    def pixels(self) -> bytes:
        """Return rows of RGB, as many pixels as `size` says."""
        return bytes(self._rows_of_pixels)

    def polygon(self, points: Sequence[Point], colour: Ink) -> None:
        """Fill a convex polygon."""
        corners = [(x * self.scale, y * self.scale) for x, y in points]
        top = min(range(len(corners)), key=lambda number: corners[number][1])
        corners = [*corners[top:], *corners[: top + 1]]
        left, right = self._side(corners), self._side(corners[::-1])
        if sum(left) > sum(right):
            left, right = right, left
        self._fill(zip(count(self._row(corners[0][1])), left, right), colour)

    def line(self, start: Point, end: Point, width: float, colour: Ink) -> None:
        """Draw a straight line."""
        (x, y), (u, v) = start, end
        length = math.hypot(u - x, v - y) or 1
        a, b = (v - y) * width / length / 2, (u - x) * width / length / 2
        self.polygon([(x + a, y - b), (u + a, v - b), (u - a, v + b), (x - a, y + b)], colour)

    def ellipse(self, centre: Point, radii: Point, colour: Ink, *, tilt: float = 0) -> None:
        """Fill an ellipse whose first radius is turned clockwise by *tilt*, in radians."""
        x, y = centre[0] * self.scale, centre[1] * self.scale
        a, b = max(radii[0] * self.scale, 0.5), max(radii[1] * self.scale, 0.5)
        sine, cosine = math.sin(tilt), math.cos(tilt)
        height = math.hypot(a * sine, b * cosine)
        if not -max(a, b) < x < self.size[0] + max(a, b):
            return
        lean, breadth = (a * a - b * b) * sine * cosine / height**2, a * b / height
        spans = []
        for row in self._rows(y - height, y + height):
            down = row + 0.5 - y
            half = breadth * math.sqrt(max(0, 1 - (down / height) ** 2))
            middle = x + down * lean
            spans.append((row, middle - half, middle + half))
        self._fill(spans, colour)

    def ring(self, centre: Point, outer: float, inner: float, colour: Ink) -> None:
        """Fill what lies between two circles."""
        x, y, outer, inner = (value * self.scale for value in (*centre, outer, inner))
        spans = []
        for row in self._rows(y - outer, y + outer):
            down = (row + 0.5 - y) ** 2
            half, hole = math.sqrt(max(0, outer**2 - down)), math.sqrt(max(0, inner**2 - down))
            spans += [(row, x - half, x - hole), (row, x + hole, x + half)]
        self._fill(spans, colour)

    def rings(self, centre: Point, rings: Sequence[tuple[float, Colour]]) -> None:
        """Fill a disc with rings, each from its radius inwards to the next, the largest first.

        The centre is neither left nor right of the picture.
        """
        x, y = centre[0] * self.scale, centre[1] * self.scale
        squares = [(radius * self.scale) ** 2 for radius, _ in rings]
        pixels = [ink(colour).pixel for _, colour in rings]
        for row in self._rows(y - math.sqrt(squares[0]), y + math.sqrt(squares[0])):
            down = (row + 0.5 - y) ** 2
            halves = [math.sqrt(square - down) for square in squares if square > down]
            if halves:
                self._ring_row(row, x, halves, pixels)

    def _ring_row(
        self, row: int, x: float, halves: list[float], pixels: Sequence[bytearray]
    ) -> None:
        width, rings = self.size[0], len(halves)
        left = [int(x - half + 0.5) for half in halves if half < x]
        right = [int(x + half + 0.5) for half in halves if x + half < width]
        # The largest rings may begin left of the picture and end right of it.
        before, after = rings - len(left), rings - len(right)
        edges = [*([0] if before else ()), *left, *right[::-1], *([width] if after else ())]
        order = [*range(max(before - 1, 0), rings), *range(rings - 2, max(after - 1, 0) - 1, -1)]
        pieces = (
            pixels[number] * (end - start)
            for number, (start, end) in zip(order, pairwise(edges), strict=True)
        )
        offset = 3 * row * width
        self._rows_of_pixels[offset + 3 * edges[0] : offset + 3 * edges[-1]] = _NOTHING.join(pieces)

    def _row(self, y: float) -> int:
        """Return the first row whose middle is not above *y*."""
        return max(0, min(self.size[1], math.ceil(y - 0.5)))

    def _rows(self, top: float, bottom: float) -> range:
        return range(self._row(top), self._row(bottom))

    def _side(self, corners: list[Point]) -> list[float]:
        """Return where each row meets the edges that lead down from the first corner."""
        side: list[float] = []
        for (x, y), (u, v) in pairwise(corners):
            if v > y:
                slope = (u - x) / (v - y)
                offset = x + (0.5 - y) * slope
                side += [offset + row * slope for row in self._rows(y, v)]
        return side

    def _fill(self, spans: Spans, colour: Ink) -> None:
        if colour.tables:
            self._blend(spans, colour.tables)
        else:
            self._cover(spans, colour.pixel)

    def _cover(self, spans: Spans, pixel: bytearray) -> None:
        pixels, width = self._rows_of_pixels, self.size[0]
        for row, left, right in spans:
            # int() is faster than floor() and the same above 0.
            start = int(left + 0.5) if left > 0 else 0
            stop = int(right + 0.5) if right < width else width
            if start < stop:
                first = row * width + start
                # A bytearray, because bytes would be copied once more.
                pixels[3 * first : 3 * (first + stop - start)] = pixel * (stop - start)

    def _blend(self, spans: Spans, tables: tuple[bytes, ...]) -> None:
        pixels, width = self._rows_of_pixels, self.size[0]
        for row, left, right in spans:
            start = 3 * (row * width + (int(left + 0.5) if left > 0 else 0))
            stop = 3 * (row * width + (int(right + 0.5) if right < width else width))
            if start < stop:
                for offset, table in enumerate(tables):
                    span = slice(start + offset, stop, 3)
                    pixels[span] = pixels[span].translate(table)

"""A space station of flat faces: a truss with solar wings, and modules below it.

Lengths are metres. x runs along the truss, y away from the Earth, z in the direction of flight.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from crawler.demo.canvas import Canvas, Colour, ink, mix

Vector = tuple[float, float, float]

_WHITE = (236, 236, 232)
_SILVER = (178, 182, 190)
_FOIL = (205, 176, 122)
_CELLS = (70, 78, 164)
_COPPER = (222, 148, 82)
_GOLD = (236, 190, 112)
_DARK = (52, 56, 66)
_RADIATOR = (244, 244, 248)


@dataclass(frozen=True, slots=True)
class Face:
    """A flat, convex piece of the station; see `_face`."""

    points: tuple[Vector, ...]
    colour: Colour
    thin: bool
    """Seen from both sides."""
    middle: Vector
    normal: Vector


def _face(points: tuple[Vector, ...], colour: Colour, *, thin: bool = False) -> Face:
    """Return a face; its points go counter-clockwise as seen from outside."""
    middle = functools.reduce(_plus, (_times(point, 1 / len(points)) for point in points))
    normal = _cross(_minus(points[1], points[0]), _minus(points[2], points[1]))
    return Face(points, colour, thin, middle, _unit(normal))


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Where the station is looked at from, and in what light."""

    turn: float
    """Around y, degrees."""
    tip: float
    """Towards the one who looks, degrees."""
    roll: float = 0
    distance: float = 150
    """From the focus."""
    focus: Vector = (0, 0, 0)
    """The point of the station that is looked at."""
    middle: tuple[float, float] = (640, 400)
    """Where in the picture the focus is seen."""
    zoom: float = 1100
    sun: Vector = (-0.45, 0.6, 0.66)
    """Towards the sun, as the picture has its axes: right, up, towards the one who looks."""
    sunlight: Colour = (255, 250, 240)
    shade: Colour = (44, 54, 78)
    """The light where the sun does not reach: the Earth's."""


def draw(canvas: Canvas, faces: Iterable[Face], view: View) -> None:
    """Draw *faces* as *view* has them, the farthest first."""
    axes = _axes(view)
    towards = axes[2]
    eye = _plus(view.focus, _times(towards, view.distance))
    sun = functools.reduce(_plus, map(_times, axes, view.sun))
    seen = [face for face in faces if face.thin or _dot(face.normal, _minus(eye, face.middle)) > 0]
    seen.sort(key=lambda face: _dot(towards, face.middle))
    for face in seen:
        points = [_seen_from(eye, axes, point) for point in face.points]
        if all(depth > 1 for _, _, depth in points):
            shown = [_project(point, view) for point in points]
            canvas.polygon(shown, ink(_lit(face, sun, view)))


def _lit(face: Face, sun: Vector, view: View) -> Colour:
    light = _dot(face.normal, sun)
    light = abs(light) if face.thin else max(0.0, light)
    light_red, light_green, light_blue = mix(view.shade, view.sunlight, light)
    red, green, blue = face.colour
    return red * light_red / 255, green * light_green / 255, blue * light_blue / 255


def _seen_from(eye: Vector, axes: tuple[Vector, Vector, Vector], point: Vector) -> Vector:
    """Return how far *point* is to the right of the eye, above it and before it."""
    right, up, towards = axes
    way = _minus(point, eye)
    return _dot(right, way), _dot(up, way), -_dot(towards, way)


def _project(point: Vector, view: View) -> tuple[float, float]:
    scale = view.zoom / point[2]
    return view.middle[0] + point[0] * scale, view.middle[1] - point[1] * scale


# The model


@functools.cache
def station(sides: int = 9) -> tuple[Face, ...]:
    """Return the whole station; its modules have as many *sides* as stand for round."""
    parts = (_truss(), _wings(), _radiators(), _modules(sides), _capsule(sides))
    return tuple(itertools.chain(*parts))


def _capsule(sides: int) -> Iterator[Face]:
    hull = (
        _tube((0, -5, start), (0, -5, end), (first, last), colours, sides)
        for start, end, first, last, colours in _HULL
    )
    windows = (_window(angle) for angle in (15, 50, 130, 165))
    fins = (
        _panel((side * 2.1, -5.1, 31.5), (side * 1.3, 0, 1.4), (0, 0, 2.6), _SILVER)
        for side in (-1, 1)
    )
    return itertools.chain(*hull, windows, fins)


_HULL: tuple[tuple[float, float, float, float, tuple[Colour, ...]], ...] = (
    (24.9, 25.6, 0.9, 0.9, (_DARK,)),
    (25.6, 26.3, 1.15, 1.25, (_SILVER,)),
    (26.3, 30.4, 1.25, 2.35, (_WHITE, _WHITE, _WHITE, _SILVER, _WHITE)),
    (30.4, 30.8, 2.35, 2.2, (_DARK,)),
    (30.8, 35.2, 2.1, 2.1, (_WHITE, _CELLS, _CELLS, _CELLS, _SILVER)),
)


def _window(angle: float) -> Face:
    corners = []
    for z, side in ((27.2, -9), (27.2, 9), (27.9, 8), (27.9, -8)):
        radius, turn = 1.3 + (z - 26.3) * 0.27, math.radians(angle + side)
        corners.append((radius * math.cos(turn), -5 + radius * math.sin(turn), z))
    return _face(tuple(corners), _DARK)


def _tube(
    start: Vector,
    end: Vector,
    radii: tuple[float, float],
    colours: tuple[Colour, ...],
    sides: int,
) -> Iterator[Face]:
    """Yield a closed tube in as many pieces as there are *colours*."""
    across, along = _frame(_minus(end, start))
    rims = []
    for piece in range(len(colours) + 1):
        share = piece / len(colours)
        radius = radii[0] + (radii[1] - radii[0]) * share
        rims.append(_rim(mix(start, end, share), across, along, radius, sides))
    for colour, (near, far) in zip(colours, pairwise(rims), strict=True):
        for side, following in pairwise([*range(sides), 0]):
            yield _face((near[side], near[following], far[following], far[side]), colour)
    yield _face(tuple(reversed(rims[0])), mix(colours[0], _DARK, 0.3))
    yield _face(tuple(rims[-1]), mix(colours[-1], _DARK, 0.3))


def _modules(sides: int) -> Iterator[Face]:
    for start, end, radius, colours in _TUBES:
        yield from _tube(start, end, (radius, radius), colours, sides)
    for side, x in itertools.product((-1, 1), range(3)):
        corner = (side * (2.5 + 3.6 * x), -5, -27)
        yield _panel(corner, (side * 3.4, 0, 0), (0, 0, 2.8), _CELLS)


_PLAIN = (_WHITE, _SILVER, _WHITE, _SILVER)
_TUBES: tuple[tuple[Vector, Vector, float, tuple[Colour, ...]], ...] = (
    ((0, -5, 17), (0, -5, 25), 2.2, _PLAIN),
    ((0, -5, 15.5), (0, -5, 17), 1.2, (_DARK,)),
    ((0, -5, 5), (0, -5, 15.5), 2.2, _PLAIN),
    ((0, -5, 3.5), (0, -5, 5), 1.3, (_DARK,)),
    ((0, -5, -4), (0, -5, 3.5), 2.3, _PLAIN),
    ((0, -5, -6), (0, -5, -4), 1.2, (_DARK,)),
    ((0, -5, -18), (0, -5, -6), 2.0, (_FOIL, _SILVER, _FOIL, _WHITE, _SILVER)),
    ((0, -5, -31), (0, -5, -18), 1.8, (_SILVER, _FOIL, _SILVER, _FOIL)),
    ((2, -5, 21), (9, -5, 21), 2.1, _PLAIN),
    ((-11, -5, 21), (-2, -5, 21), 2.1, _PLAIN),
    ((2, -5, 0), (8, -5, 0), 2.0, _PLAIN),
    ((-9, -5, 0), (-2, -5, 0), 2.0, _PLAIN),
    ((0, -14, 0), (0, -7.5, 0), 1.9, _PLAIN),
    ((0, -13, -13), (0, -7, -13), 1.4, (_FOIL, _SILVER, _FOIL)),
    ((0, -2.6, 0), (0, 0, 0), 1.4, (_SILVER,)),
)


def _truss() -> Iterator[Face]:
    bay = 4.0
    for number in range(-12, 12):
        x = number * bay
        box = _box((x, 0, -1.6), (bay, 3.2, 3.2))
        yield from (_face(face, _SILVER if number % 3 else _FOIL) for face in box)
        for y, z in ((3.25, -1.6), (0, 1.65)):
            yield _strut((x, y, z), bay, y > 1)


def _strut(corner: Vector, bay: float, above: bool) -> Face:
    x, y, z = corner
    lean: Vector = (bay - 0.7, 0, 3.2) if above else (bay - 0.7, 3.2, 0)
    far = (x + lean[0], y + lean[1], z + lean[2])
    return _face(
        ((x, y, z), (x + 0.7, y, z), (far[0] + 0.7, far[1], far[2]), far), _DARK, thin=True
    )


def _wings() -> Iterator[Face]:
    for x, up in itertools.product((-46, -31, 31, 46), (-1, 1)):
        for piece in range(5):
            yield _strip(x, 0.35, up * piece * 8.2, up * (piece + 1) * 8.2, _SILVER)
        for side in (-1, 1):
            yield from _blanket(x + side * 3.2, up)


def _blanket(x: float, up: int) -> Iterator[Face]:
    for piece in range(14):
        start = up * (4.5 + piece * 2.55)
        colour = mix(_CELLS, _COPPER, (0.1, 0.3, 0.16, 0.42)[piece % 4])
        yield _strip(x, 2.5, start, start + up * 2.4, colour)
    yield _strip(x, 2.6, up * 40.2, up * 41, _GOLD)


def _strip(x: float, half: float, start: float, end: float, colour: Colour) -> Face:
    corners = (_out(x - half, start), _out(x + half, start), _out(x + half, end))
    return _face((*corners, _out(x - half, end)), colour, thin=True)


def _out(x: float, way: float) -> Vector:
    """Return the point of a wing that is *way* from the truss; the wings follow the sun."""
    return x, 1.6 + way * 0.88, -way * 0.475


def _radiators() -> Iterator[Face]:
    for x, piece in itertools.product((-15.5, -11.5, 11.5, 15.5), range(6)):
        yield _panel((x - 1.7, 1.6, -2.5 - piece * 2.6), (3.4, 0, 0), (0, 0, -2.4), _RADIATOR)


def _panel(corner: Vector, first: Vector, second: Vector, colour: Colour) -> Face:
    a, b = _plus(corner, first), _plus(corner, second)
    return _face((corner, a, _plus(a, second), b), colour, thin=True)


def _box(corner: Vector, size: Vector) -> Iterator[tuple[Vector, ...]]:
    (x, y, z), (u, v, w) = corner, _plus(corner, size)
    yield (x, y, w), (u, y, w), (u, v, w), (x, v, w)
    yield (u, y, z), (x, y, z), (x, v, z), (u, v, z)
    yield (x, v, w), (u, v, w), (u, v, z), (x, v, z)
    yield (x, y, z), (u, y, z), (u, y, w), (x, y, w)
    yield (u, y, w), (u, y, z), (u, v, z), (u, v, w)
    yield (x, y, z), (x, y, w), (x, v, w), (x, v, z)


# Vectors


def _rim(centre: Vector, across: Vector, along: Vector, radius: float, sides: int) -> list[Vector]:
    rim = []
    for side in range(sides):
        angle = 2 * math.pi * side / sides
        way = _plus(
            _times(across, radius * math.cos(angle)), _times(along, radius * math.sin(angle))
        )
        rim.append(_plus(centre, way))
    return rim


def _frame(axis: Vector) -> tuple[Vector, Vector]:
    other: Vector = (0, 1, 0) if abs(axis[1]) < max(abs(axis[0]), abs(axis[2])) else (1, 0, 0)
    across = _unit(_cross(other, axis))
    return across, _unit(_cross(axis, across))


def _axes(view: View) -> tuple[Vector, Vector, Vector]:
    """Return the directions right, up and towards the one who looks."""
    turn, tip, roll = (math.radians(angle) for angle in (view.turn, view.tip, view.roll))
    a, b = math.cos(turn), math.sin(turn)
    c, d = math.cos(tip), math.sin(tip)
    e, f = math.cos(roll), math.sin(roll)
    right, up, towards = (a, 0, b), (d * b, c, -d * a), (-c * b, d, c * a)
    return (
        _minus(_times(right, e), _times(up, f)),
        _plus(_times(right, f), _times(up, e)),
        towards,
    )


def _times(a: Vector, factor: float) -> Vector:
    return a[0] * factor, a[1] * factor, a[2] * factor


def _plus(a: Vector, b: Vector) -> Vector:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def _minus(a: Vector, b: Vector) -> Vector:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def _dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Vector, b: Vector) -> Vector:
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )


def _unit(a: Vector) -> Vector:
    length = math.sqrt(_dot(a, a)) or 1
    return a[0] / length, a[1] / length, a[2] / length

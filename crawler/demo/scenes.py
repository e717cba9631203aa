"""The pictures of the demo, each drawn by one function."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random

from crawler.demo.canvas import Canvas, Colour, Ink, Point, ink, mix
from crawler.demo.station import View, draw, station

WIDTH, HEIGHT = 1280, 800
"""The units in which scenes are drawn."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of the Earth and its air in one light, each with where it is, in pixels."""

    ground: tuple[tuple[float, Colour], ...]
    """By the distance from the limb inwards."""
    air: tuple[tuple[float, Colour], ...]
    """By the height above the limb."""


DAY = Palette(
    ground=(
        (0, (214, 234, 248)),
        (9, (148, 196, 236)),
        (34, (78, 142, 208)),
        (110, (38, 92, 166)),
        (300, (20, 62, 128)),
        (900, (14, 46, 104)),
    ),
    air=(
        (0, (182, 220, 252)),
        (4, (100, 168, 242)),
        (12, (34, 82, 180)),
        (24, (10, 30, 86)),
        (44, (0, 0, 0)),
    ),
)
DUSK = Palette(
    ground=(
        (0, (255, 206, 128)),
        (4, (214, 112, 58)),
        (14, (112, 52, 46)),
        (40, (42, 28, 42)),
        (120, (16, 16, 32)),
        (700, (6, 7, 18)),
    ),
    air=(
        (0, (255, 228, 168)),
        (5, (252, 164, 84)),
        (13, (196, 98, 70)),
        (22, (92, 88, 132)),
        (36, (36, 68, 142)),
        (66, (10, 24, 66)),
        (116, (0, 0, 0)),
    ),
)
NIGHT = Palette(
    ground=((0, (44, 68, 92)), (8, (24, 40, 66)), (60, (14, 24, 48)), (600, (8, 13, 30))),
    air=(
        (0, (44, 74, 92)),
        (5, (34, 62, 66)),
        (11, (56, 84, 56)),
        (15, (76, 104, 62)),
        (19, (34, 52, 40)),
        (44, (0, 0, 0)),
    ),
)


@dataclass(frozen=True, slots=True)
class Globe:
    """The Earth as a disc, of which the picture shows a part."""

    centre: Point
    radius: float

    def place(self, along: float, depth: float) -> tuple[Point, float, float]:
        """Return the point *depth* inside the limb, its tilt and how flat things look there.

        *along* is the way along the limb from its top, clockwise, in pixels.
        """
        angle, distance = along / self.radius, self.radius - depth
        point = (
            self.centre[0] + distance * math.sin(angle),
            self.centre[1] - distance * math.cos(angle),
        )
        return point, angle, math.sqrt(max(0.004, 1 - (distance / self.radius) ** 2))


def globe(canvas: Canvas, earth: Globe, palette: Palette) -> None:
    """Draw the Earth with its air, from the outside inwards."""
    air = [(height, colour) for height, colour in reversed(palette.air)]
    ground = [(-depth, colour) for depth, colour in palette.ground]
    rings = [*_gradient(air), *_gradient(ground), ground[-1]]
    canvas.rings(earth.centre, [(earth.radius + height, colour) for height, colour in rings])


def _gradient(stops: Sequence[tuple[float, Colour]]) -> Iterator[tuple[float, Colour]]:
    """Yield as many rings between the stops as an eye can tell."""
    for (above, first), (below, second) in pairwise(stops):
        difference = max(abs(a - b) for a, b in zip(first, second, strict=True))
        steps = max(1, round(min((above - below) / 2, difference / 4)))
        for step in range(steps):
            height = above + (below - above) * step / steps
            yield height, mix(first, second, (step + 0.5) / steps)


def stars(canvas: Canvas, count: int, seed: int, *, lowest: float = HEIGHT) -> None:
    """Scatter stars above *lowest*, most of them faint."""
    random = Random(seed)  # noqa: S311 - a picture, the same each time
    for _ in range(count):
        place = random.uniform(0, canvas.width), random.uniform(0, lowest)
        bright = random.random() ** 4
        tint = mix((190, 206, 255), (255, 232, 206), random.random())
        radius = 0.4 + 0.75 * bright
        canvas.ellipse(place, (radius, radius), ink(mix((0, 0, 0), tint, 0.4 + 0.6 * bright)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Patches:
    """Many small blobs in groups, which together make clouds, land or the lights of cities."""

    colours: tuple[Colour, ...]
    alpha: float
    groups: int
    members: int
    """How many blobs a group has."""
    depth: tuple[float, float]
    """How far inside the limb the groups lie, in pixels."""
    along: tuple[float, float] = (-720, 720)
    """Where along the limb, from its top, clockwise."""
    spread: float = 150
    """How far a group reaches."""
    length: float
    """Of the largest blobs."""
    heading: tuple[float, float] = (-0.5, 0.5)
    """Which way a group is drawn out, in radians."""
    seed: int


def patches(canvas: Canvas, earth: Globe, kind: Patches) -> None:
    """Draw blobs on the Earth, smaller and flatter towards the limb."""
    inks = [
        ink(colour, min(1, kind.alpha * share))
        for colour in kind.colours
        for share in (0.5, 0.75, 1)
    ]
    for group in range(kind.groups):
        # Kinds of one seed lie at the same places, however many blobs each has.
        random = Random(f"{kind.seed}/{group}")  # noqa: S311 - a picture, the same each time
        middle = random.uniform(*kind.along)
        depth = kind.depth[0] + (kind.depth[1] - kind.depth[0]) * random.random() ** 1.3
        heading = random.uniform(*kind.heading)
        flat = earth.place(middle, depth)[2]
        for _ in range(kind.members):
            way = random.gauss(0, 0.5) * kind.spread * (0.4 + 0.6 * flat)
            off = random.gauss(0, 0.14) * kind.spread + way * math.sin(heading)
            point, tilt, flatness = earth.place(middle + way, max(3, depth + off * flat))
            length = kind.length * (0.12 + 0.88 * random.random() ** 3) * (0.3 + 0.7 * flat)
            radii = (length, max(0.4, length * flatness * random.uniform(0.3, 0.6)))
            canvas.ellipse(point, radii, random.choice(inks), tilt=tilt + heading * flat * 0.6)


def clouds(
    *, seed: int, groups: int = 20, depth: tuple[float, float] = (6, 420), length: float = 40
) -> Patches:
    """Return white patches all over the visible Earth."""
    return Patches(
        colours=((246, 249, 252), (224, 234, 246), (255, 255, 255)),
        alpha=0.24,
        groups=groups,
        members=56,
        depth=depth,
        length=length,
        seed=seed,
    )


def glow(canvas: Canvas, centre: Point, radius: float, colour: Colour, alpha: float) -> None:
    """Draw light that fades with the distance from *centre*."""
    steps = 30
    for step in range(steps):
        reach = radius * (1 - step / steps) ** 1.7
        canvas.ellipse(centre, (reach, reach), ink(colour, alpha))


# The scenes


def above_the_limb(canvas: Canvas) -> None:
    """Show the whole station before black space, the Earth's limb below."""
    stars(canvas, 300, 1)
    earth = Globe((560, 3110), 2500)
    globe(canvas, earth, DAY)
    patches(canvas, earth, clouds(seed=11))
    draw(
        canvas,
        station(),
        View(turn=28, tip=20, roll=-8, distance=158, middle=(650, 330), sun=(-0.3, 0.4, 0.87)),
    )


def head_on(canvas: Canvas) -> None:
    """Show the station from the front, before nothing but stars and the Moon."""
    stars(canvas, 460, 2)
    _moon(canvas, (640, 130), 44)
    view = View(turn=5, tip=-9, roll=4, distance=140, middle=(640, 420), sun=(0.5, 0.4, 0.77))
    draw(canvas, station(), view)


def _moon(canvas: Canvas, centre: Point, radius: float) -> None:
    canvas.ellipse(centre, (radius, radius), ink((212, 210, 204)))
    random = Random(4)  # noqa: S311 - a picture, the same each time
    for _ in range(30):
        way, angle = radius * 0.8 * math.sqrt(random.random()), random.uniform(0, 2 * math.pi)
        size = radius * random.uniform(0.04, 0.26)
        place = centre[0] + way * math.cos(angle), centre[1] + way * math.sin(angle)
        canvas.ellipse(place, (size, size * 0.9), ink((146, 146, 148), 0.3))
    for step in range(10):
        inner = radius * (1.42 - 0.035 * step)
        shadow = centre[0] + radius * 0.55, centre[1] - radius * 0.25
        canvas.ring(shadow, radius * 2, inner, ink((0, 0, 0), 0.24))


def wings_close_up(canvas: Canvas) -> None:
    """Show the solar wings of one side, close."""
    stars(canvas, 200, 3)
    earth = Globe((1240, 2300), 2060)
    globe(canvas, earth, DAY)
    patches(canvas, earth, clouds(seed=13, groups=34, depth=(8, 600)))
    view = View(turn=-24, tip=8, roll=14, distance=70, focus=(-33, 4, 0), zoom=1150)
    draw(canvas, station(sides=22), view)


def over_clouds(canvas: Canvas) -> None:
    """Show the station from above, with sea and clouds behind it."""
    earth = Globe((500, 3300), 3900)
    globe(canvas, earth, DAY)
    patches(canvas, earth, clouds(seed=14, groups=32, depth=(560, 1400), length=56))
    view = View(turn=35, tip=50, roll=12, distance=150, sun=(-0.5, 0.75, 0.45))
    draw(canvas, station(), view)


def sunset(canvas: Canvas) -> None:
    """Show the station before the last light on the limb."""
    stars(canvas, 340, 5)
    earth = Globe((300, 2350), 1850)
    globe(canvas, earth, DUSK)
    view = View(
        turn=-32,
        tip=-4,
        roll=10,
        distance=182,
        middle=(740, 280),
        sun=(-0.7, -0.55, 0.46),
        sunlight=(255, 178, 104),
        shade=(24, 26, 44),
    )
    draw(canvas, station(), view)


def city_lights(canvas: Canvas) -> None:
    """Show the night side with its cities, an aurora, and the station in the light of the Moon."""
    stars(canvas, 560, 6)
    earth = Globe((760, 2690), 2280)
    globe(canvas, earth, NIGHT)
    _aurora(canvas, earth)
    towns = Patches(
        colours=((255, 176, 90),),
        alpha=0.09,
        groups=34,
        members=14,
        depth=(14, 330),
        spread=70,
        length=30,
        heading=(-1.2, 1.2),
        seed=16,
    )
    patches(canvas, earth, towns)
    lamps = ((255, 214, 134), (255, 238, 190), (255, 186, 96))
    patches(canvas, earth, replace(towns, colours=lamps, alpha=1.4, members=44, length=3.4))
    view = View(
        turn=148,
        tip=14,
        roll=-10,
        distance=200,
        middle=(470, 215),
        sunlight=(178, 190, 220),
        shade=(26, 32, 48),
    )
    draw(canvas, station(), view)


def _aurora(canvas: Canvas, earth: Globe) -> None:
    curtain = [_ray(earth, number) for number in range(110)]
    for left, right in pairwise(curtain):
        for (low, high, colour), (low_right, high_right, _) in zip(left, right, strict=True):
            canvas.polygon([low, low_right, high_right, high], colour)


def _ray(earth: Globe, number: int) -> list[tuple[Point, Point, Ink]]:
    """Return bands of light above one place of the limb: foot, top and colour."""
    along = -760 + 14 * number
    wave = math.sin(number / 6.5) + 0.6 * math.sin(number / 2.3)
    strength = 0.5 + 0.5 * math.sin(number / 10.8 + 1)
    height, tall = -8 - 6 * wave, (56 + 22 * wave) * (0.4 + strength)
    bands = (
        (1.0, (84, 66, 150)),
        (0.8, (44, 140, 110)),
        (0.55, (60, 200, 130)),
        (0.3, (96, 244, 150)),
    )
    alpha = (0.13 + 0.05 * (number % 2)) * strength + 0.02
    foot = earth.place(along, height)[0]
    return [
        (foot, earth.place(along + 5 * wave, height - tall * share)[0], ink(colour, alpha))
        for share, colour in bands
    ]


def docked(canvas: Canvas) -> None:
    """Show the capsule at its port, close."""
    stars(canvas, 200, 7)
    earth = Globe((200, 2650), 2100)
    globe(canvas, earth, DAY)
    patches(canvas, earth, clouds(seed=17))
    view = View(
        turn=-74,
        tip=24,
        roll=-10,
        distance=27,
        focus=(0, -5, 27),
        middle=(560, 420),
        sun=(0.25, 0.62, 0.74),
    )
    draw(canvas, station(sides=22), view)


def from_the_window(canvas: Canvas) -> None:
    """Show the station through the window of the departing capsule."""
    earth = Globe((700, 2560), 2050)
    globe(canvas, earth, DAY)
    patches(canvas, earth, clouds(seed=18, groups=18))
    draw(canvas, station(), View(turn=152, tip=16, roll=6, distance=250, middle=(650, 330)))
    _window(canvas, (640, 400), 325)


def _window(canvas: Canvas, centre: Point, radius: float) -> None:
    canvas.ring(centre, 900, radius, ink((34, 36, 42)))
    for step in range(12):
        shine = 24 + 74 * math.sin(step / 11 * math.pi) ** 2
        tone = (shine, shine * 1.02, shine * 1.08)
        canvas.ring(centre, radius + 4 + 4 * step, radius + 4 * step, ink(tone))
    for bolt in range(24):
        angle = 2 * math.pi * (bolt + 0.5) / 24
        x = centre[0] + (radius + 62) * math.cos(angle)
        y = centre[1] + (radius + 62) * math.sin(angle)
        canvas.ellipse((x, y), (7, 7), ink((18, 19, 22)))
        canvas.ellipse((x, y), (5, 5), ink((92, 95, 102)))
        canvas.ellipse((x - 1.2, y - 1.2), (2.4, 2.4), ink((150, 153, 160)))


def coast(canvas: Canvas) -> None:
    """Show the station, small, over a desert coast."""
    earth = Globe((900, 3080), 2900)
    globe(canvas, earth, DAY)
    land = Patches(
        colours=((190, 146, 98),),
        alpha=2,
        groups=12,
        members=80,
        depth=(60, 480),
        along=(120, 600),
        spread=330,
        length=110,
        seed=23,
    )
    shades = ((214, 172, 118), (166, 122, 82), (224, 190, 140), (132, 120, 78))
    patches(canvas, earth, replace(land, colours=((70, 156, 196),), alpha=0.14, length=160))
    patches(canvas, earth, land)
    patches(canvas, earth, replace(land, colours=shades, alpha=0.3, spread=300, length=90))
    patches(canvas, earth, clouds(seed=29, groups=14, depth=(10, 500)))
    draw(canvas, station(), View(turn=205, tip=34, roll=-20, distance=230, middle=(400, 380)))


def farewell(canvas: Canvas) -> None:
    """Show the station, far away, and the sun coming up."""
    stars(canvas, 340, 10)
    earth = Globe((900, 1990), 1400)
    globe(canvas, earth, DUSK)
    dawn = earth.place(-150, 2)[0]
    glow(canvas, dawn, 360, (255, 190, 112), 0.024)
    glow(canvas, dawn, 70, (255, 240, 206), 0.12)
    view = View(
        turn=35,
        tip=12,
        roll=14,
        distance=560,
        middle=(400, 240),
        sunlight=(255, 230, 190),
        shade=(50, 54, 72),
    )
    draw(canvas, station(), view)


def comet(canvas: Canvas) -> None:
    """Show a comet above the dome of an observatory."""
    _evening(canvas, ((0, (6, 10, 34)), (520, (28, 44, 96)), (700, (120, 92, 112))))
    stars(canvas, 420, 31, lowest=560)
    head = (430, 420)
    for step in range(60):
        share = step / 60
        spread = 6 + 95 * share
        place = head[0] + 470 * share, head[1] - 330 * share + 60 * share * share
        canvas.ellipse(place, (spread, spread * 0.55), ink((206, 222, 255), 0.032), tilt=-0.6)
    glow(canvas, head, 26, (240, 248, 255), 0.12)
    _hills(canvas, 41, (12, 14, 26))
    _dome(canvas, (900, 660), 74)


def star_trails(canvas: Canvas) -> None:
    """Show how the sky turns around its pole in one long exposure."""
    _evening(canvas, ((0, (8, 12, 36)), (800, (34, 50, 92))))
    random = Random(32)  # noqa: S311 - a picture, the same each time
    for _ in range(60):
        radius = 880 * math.sqrt(random.random())
        tint = mix((150, 176, 255), (255, 220, 170), random.random())
        colour = ink(mix((20, 30, 64), tint, 0.2 + 0.7 * random.random() ** 2))
        canvas.ring((620, 330), radius + random.uniform(0.7, 1.7), radius, colour)
    _hills(canvas, 42, (9, 11, 20))
    _dome(canvas, (330, 668), 58)


def moon(canvas: Canvas) -> None:
    """Show the Moon, two days before it is full."""
    stars(canvas, 120, 33)
    _moon(canvas, (640, 400), 330)


def _evening(canvas: Canvas, stops: Sequence[tuple[float, Colour]]) -> None:
    for (top, first), (bottom, second) in pairwise([*stops, (canvas.height, stops[-1][1])]):
        steps = max(1, round((bottom - top) / 8))
        for step in range(steps):
            y, end = (top + (bottom - top) * n / steps for n in (step, step + 1))
            corners = [(0, y), (canvas.width, y), (canvas.width, end), (0, end)]
            canvas.polygon(corners, ink(mix(first, second, step / steps)))


def _hills(canvas: Canvas, seed: int, colour: Colour) -> None:
    random = Random(seed)  # noqa: S311 - a picture, the same each time
    for _ in range(16):
        place = random.uniform(-50, canvas.width + 50), random.uniform(790, 850)
        canvas.ellipse(place, (random.uniform(160, 380), random.uniform(70, 150)), ink(colour))


def _dome(canvas: Canvas, centre: Point, radius: float) -> None:
    x, y = centre
    wall, dark = ink((58, 62, 78)), ink((16, 18, 28))
    canvas.ellipse(centre, (radius, radius), ink((78, 83, 100)))
    corners = [(x - radius, y), (x + radius, y), (x + radius, y + 90), (x - radius, y + 90)]
    canvas.polygon(corners, wall)
    slit = [(x - 24, y - radius - 3), (x - 6, y - radius - 4), (x - 2, y - 12), (x - 24, y - 12)]
    canvas.polygon(slit, dark)
    canvas.line((x - radius - 3, y), (x + radius + 3, y), 4, dark)

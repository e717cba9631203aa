"""The pictures that the demo's site serves: which scene stands at which path, in which format."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from crawler.demo import scenes
from crawler.demo.canvas import Canvas
from crawler.imaging.encode import encode

_QUALITY = 82
_REDUCE = 2
"""Pictures are drawn twice as large as they are served, which makes their edges smooth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that can be drawn."""

    path: str
    scene: Callable[[Canvas], None]
    media_type: str
    width: int


def _photo(scene: Callable[[Canvas], None], media_type: str) -> Picture:
    name = hashlib.sha256(scene.__name__.encode()).hexdigest()[:15]
    path = f"/article/2021/12/{name}.{media_type.removeprefix('image/')}"
    return Picture(path=path, scene=scene, media_type=media_type, width=1024)


PHOTOS = (
    _photo(scenes.above_the_limb, "image/png"),
    *(
        _photo(scene, "image/webp")
        for scene in (
            scenes.docked,
            scenes.head_on,
            scenes.wings_close_up,
            scenes.over_clouds,
            scenes.from_the_window,
            scenes.coast,
            scenes.sunset,
            scenes.city_lights,
            scenes.farewell,
        )
    ),
)
"""Those of the article about the station, in its order."""

COMET = Picture(path="/sky/comet.jpg", scene=scenes.comet, media_type="image/jpeg", width=960)
MOON = Picture(path="/sky/moon.jpg", scene=scenes.moon, media_type="image/jpeg", width=960)
MOON_SMALL = Picture(
    path="/sky/moon-small.webp", scene=scenes.moon, media_type="image/webp", width=400
)
TRAILS = Picture(
    path="/2021/12/observatory/star-trails.jpg",
    scene=scenes.star_trails,
    media_type="image/jpeg",
    width=960,
)
DISALLOWED = Picture(
    path="/members/sunset.png", scene=scenes.sunset, media_type="image/png", width=400
)

PICTURES = {
    picture.path: picture for picture in (*PHOTOS, COMET, MOON, MOON_SMALL, TRAILS, DISALLOWED)
}


@functools.cache
def draw(picture: Picture) -> bytes:
    """Return the file of *picture*, the same each time."""
    canvas = Canvas(scenes.WIDTH, scenes.HEIGHT, scale=_REDUCE * picture.width / scenes.WIDTH)
    picture.scene(canvas)
    return encode(
        canvas.pixels(), canvas.size, picture.media_type, quality=_QUALITY, reduce=_REDUCE
    )

"""The pictures that the demo's site serves: which file of the package stands at which path."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePosixPath

_MEDIA_TYPES = {".png": "image/png", ".webp": "image/webp", ".jpg": "image/jpeg"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleImage:
    """A picture of the site."""

    path: str
    """On the site."""
    file: str
    """In the package's folder of images."""

    @property
    def media_type(self) -> str:
        """What the file is."""
        return _MEDIA_TYPES[PurePosixPath(self.file).suffix]

    def read(self) -> bytes:
        """Return the file's bytes."""
        return (files(__package__) / "images" / self.file).read_bytes()


PHOTOS = tuple(
    SampleImage(path=f"/article/2021/12/{name}{PurePosixPath(file).suffix}", file=file)
    for name, file in (
        # Sites that keep a picture by its digest name it like this.
        ("6a86a465e7f01f1", "above-the-limb.png"),
        ("f8f22ee31d6e9d2", "docked.webp"),
        ("e55a10b99567c69", "head-on.webp"),
        ("9c836cd451e893a", "wings-close-up.webp"),
        ("bc27b5b971b841b", "over-clouds.webp"),
        ("a163a904ec1c953", "from-the-window.webp"),
        ("23c075a035f3889", "coast.webp"),
        ("0829103205fbe79", "sunset.webp"),
        ("f0bea901eb08401", "city-lights.webp"),
        ("418437ef1acfe63", "farewell.webp"),
    )
)
"""Those of the article about the station, in its order."""

COMET = SampleImage(path="/sky/comet.jpg", file="comet.jpg")
MOON = SampleImage(path="/sky/moon.jpg", file="moon.jpg")
MOON_SMALL = SampleImage(path="/sky/moon-small.webp", file="moon-small.webp")
TRAILS = SampleImage(path="/2021/12/observatory/star-trails.jpg", file="star-trails.jpg")
DISALLOWED = SampleImage(path="/members/sunset.png", file="sunset-small.png")

PICTURES = {
    picture.path: picture for picture in (*PHOTOS, COMET, MOON, MOON_SMALL, TRAILS, DISALLOWED)
}

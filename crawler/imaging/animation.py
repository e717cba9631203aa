"""The frames of an animation, shrunk one by one, so that never more than one is large."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from PIL import Image, ImageFile

from crawler.imaging.colour import orientation, plain, to_srgb, upright
from crawler.imaging.formats.gif import gif_frames
from crawler.imaging.resize import shrunk, shrunk_size

_MOST_PIXELS = 32_000_000
"""Of all frames together, shrunk; 128 MB, some 400 frames of 320 x 240."""
_TOO_SHORT, _INSTEAD = 10, 100
"""Milliseconds. What is said to last no longer than the first, every browser shows for the second.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reel:
    """An animation in small."""

    frames: tuple[Image.Image, ...]
    """In sRGB, upright, and of one size."""
    durations: tuple[int, ...]
    """Milliseconds."""
    plays: int
    """How often; 0 is for ever."""

    def shrunk(self, longest_edge: int) -> Reel:
        """Return the reel with this longest edge, itself if it has it."""
        if longest_edge == max(self.frames[0].size):
            return self
        return replace(self, frames=tuple(shrunk(each, longest_edge) for each in self.frames))


def reel_of(
    image: ImageFile.ImageFile,
    payload: bytes,
    first: Image.Image,
    *,
    count: int,
    longest_edge: int,
) -> Reel | None:
    """Return the animation of *image*, opened from *payload*; None if it is too long to be kept.

    *first* is its first frame, *count* the number of all.
    """
    width, height = shrunk_size(first.size, longest_edge)
    if width * height * count > _MOST_PIXELS:
        return None
    profile, turn = first.info.get("icc_profile"), orientation(first)
    frames, durations = [], []
    for screen, duration in _screens(image, payload, first.size, count):
        small = to_srgb(shrunk(plain(screen), longest_edge), profile)
        frames.append(upright(small, turn))
        durations.append(duration if duration > _TOO_SHORT else _INSTEAD)
    return Reel(frames=tuple(frames), durations=tuple(durations), plays=_plays(image))


def _screens(
    image: ImageFile.ImageFile, payload: bytes, size: tuple[int, int], count: int
) -> Iterator[tuple[Image.Image, int]]:
    if image.format == "GIF":
        yield from gif_frames(payload, size)
        return
    hidden = bool(getattr(image, "default_image", False))
    for index in range(hidden, count + hidden):
        image.seek(index)
        image.load()
        yield image, round(image.info.get("duration", 0))


def _plays(image: ImageFile.ImageFile) -> int:
    if image.format != "GIF":
        return int(image.info.get("loop", 0))
    # NETSCAPE2.0 counts the repetitions; without it there are none.
    repetitions = image.info.get("loop")
    return 1 if repetitions is None else repetitions and repetitions + 1

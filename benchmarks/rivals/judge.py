"""Whether a kept file shows the picture that it stands for: by bytes first, then by pixels."""

from __future__ import annotations

import enum
import functools
import io

from PIL import Image, ImageChops, ImageSequence, ImageStat

_NOTICEABLE = 8.0
"""Mean difference of 255 steps: a JPEG made of one of these pictures differs from it by less than
4, two of them by more than 70."""


class Verdict(enum.Enum):
    """What became of an image."""

    EXACT = "byte for byte"
    RIGHT = "re-encoded, and it shows the same"
    ALTERED = "the first frame, or without its transparency"
    WRONG = "something else"
    MISSED = "not there"


def judge(kept: bytes, right: bytes) -> Verdict:
    """Return how *kept* compares to *right*."""
    if kept == right:
        return Verdict.EXACT
    try:
        ours, theirs = _frames(kept), _frames(right)
        first, original = _plain(kept), _plain(right)
    except (OSError, SyntaxError, ValueError):  # what Pillow raises over broken files
        return Verdict.WRONG
    if len(ours) == len(theirs) and all(map(_alike, ours, theirs)):
        return Verdict.RIGHT
    altered = _alike(first, original) or _alike(ours[0], theirs[0])
    return Verdict.ALTERED if altered else Verdict.WRONG


@functools.lru_cache(maxsize=64)
def _frames(payload: bytes) -> list[Image.Image]:
    with Image.open(io.BytesIO(payload)) as image:
        return [_on_white(frame) for frame in ImageSequence.Iterator(image)]


def _on_white(image: Image.Image) -> Image.Image:
    shown = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, shown).convert("RGB")


def _plain(payload: bytes) -> Image.Image:
    with Image.open(io.BytesIO(payload)) as image:
        return image.convert("RGB")


def _alike(one: Image.Image, other: Image.Image) -> bool:
    if one.size != other.size:
        return False
    means = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return sum(means) / len(means) <= _NOTICEABLE

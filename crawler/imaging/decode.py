"""Decode an image once, to its last frame, with the one decoder that its bytes call for.

The decoders are named in `formats` and constructed directly: Pillow's registry, whose order depends
on what the process opened before, is never asked, and no other plug-in is ever imported for
reading.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace

from PIL import Image, ImageFile
from PIL.IcoImagePlugin import IcoImageFile

from crawler.imaging.animation import Reel, reel_of
from crawler.imaging.blank import only_colour
from crawler.imaging.colour import orientation
from crawler.imaging.defects import Corrupt, Defect, Missing, Oversized
from crawler.imaging.formats import FORMATS
from crawler.imaging.formats.gif import on_clear_screen
from crawler.imaging.limits import Limits
from crawler.imaging.needed_derivatives import ANIMATED


def close_registry() -> None:
    """Let nothing be opened in this process by Pillow's registry, which saving fills as well."""
    Image.preinit()
    Image.OPEN.clear()
    Image.ID.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A decoded image: its first frame, composited but as it lies in the file."""

    image: Image.Image
    media_type: str
    frames: int
    orientation: int
    """As EXIF numbers it, 1 to 8."""
    blank: bool
    """Whether all frames show one colour only, the same, or nothing."""
    reel: Reel | None = None
    """The animation in small, where it was asked for."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as displayed."""
        width, height = self.image.size
        return (height, width) if self.orientation >= 5 else (width, height)  # noqa: PLR2004

    @property
    def is_animated(self) -> bool:
        """Whether it moves."""
        return self.frames > 1 and self.media_type in ANIMATED


def decode(
    payload: bytes, media_type: str, limits: Limits, *, reel_edge: int | None = None
) -> Picture:
    """Return the picture that *payload* holds, every frame of it having been decoded.

    Where *reel_edge* is given and shorter than the picture's longest edge, the animation is kept
    in that size. Raises a Defect.
    """
    known = FORMATS[media_type]
    with as_defects():
        frames = known.check(payload) if known.check else 1
    with _guarded(limits):
        try:
            return _decode(payload, media_type, frames, limits, reel_edge)
        except Corrupt:
            tidied = known.tidy(payload) if known.tidy else payload
            if tidied == payload:
                raise
        return _decode(tidied, media_type, frames, limits, reel_edge)


def _decode(
    payload: bytes, media_type: str, frames: int | None, limits: Limits, reel_edge: int | None
) -> Picture:
    with as_defects(), FORMATS[media_type].open(payload) as image:
        if frames is None:
            frames = int(getattr(image, "n_frames", 1))
        limits.check(image.size, frames)
        first, blank = _load(image, frames, limits)
        picture = Picture(
            image=first,
            media_type=media_type,
            frames=frames,
            orientation=orientation(first),
            blank=blank,
        )
        if reel_edge is None or not picture.is_animated or reel_edge >= max(first.size):
            return picture
        reel = reel_of(image, payload, first, count=frames, longest_edge=reel_edge)
        return replace(picture, reel=reel)


def _load(image: ImageFile.ImageFile, frames: int, limits: Limits) -> tuple[Image.Image, bool]:
    """Return the first frame, after every one of them has loaded, and whether all are blank."""
    if isinstance(image, IcoImageFile):
        for index in range(len(image.ico.entry)):
            image.ico.frame(index).load()
    # A PNG's default image that is no part of the animation is for those who cannot animate.
    hidden = frames > 1 and bool(getattr(image, "default_image", False))
    main = image.tell() + hidden  # of the pictures of a HEIC file, any may be the primary one
    pixels, colours = 0, set[object]()
    for index in range(frames + hidden):
        image.seek(index)
        pixels += image.width * image.height
        limits.check(image.size)
        limits.check_total(pixels)
        image.load()
        shown = image if index else on_clear_screen(image)
        if index == main:
            first = shown.copy() if shown is image and frames > 1 else shown
        if index >= hidden and None not in colours and len(colours) < 2:  # noqa: PLR2004 - differ
            colours.add(only_colour(shown))
    return first, len(colours) == 1 and None not in colours


@contextlib.contextmanager
def _guarded(limits: Limits) -> Iterator[None]:
    """Let Pillow itself refuse what shows its size only while it is being read."""
    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, limits.max_pixels
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


@contextlib.contextmanager
def as_defects() -> Iterator[None]:
    """Turn whatever a codec raises into a Defect."""
    try:
        yield
    except Defect:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Oversized(str(error)) from error
    except MemoryError as error:
        raise Corrupt("it needs more memory than is allowed") from error
    except Exception as error:  # over hostile bytes decoders raise anything, AssertionError too
        kind = Missing if "truncated" in str(error) else Corrupt
        raise kind(str(error) or type(error).__name__) from error

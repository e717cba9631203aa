"""Whether there is anything to be seen in a picture."""

from __future__ import annotations

from PIL import Image

from crawler.imaging.colour import plain

Colour = tuple[float, ...]

_CLEAR: Colour = ()
"""What a picture shows that is transparent everywhere, whatever colours it hides."""
_SPOTS = 4, 4
_UNNOTICEABLE = 2
"""Steps of 255 within which lossy codecs scatter one colour and nobody sees two."""


def only_colour(image: Image.Image) -> Colour | None:
    """Return the one colour that all of *image* shows, or None where it shows more.

    A few spots tell for nearly every picture; only where they agree are all pixels looked at.
    """
    spots = image.resize(_SPOTS, Image.Resampling.NEAREST)
    spots.info.update(image.info)
    return None if _colour(plain(spots)) is None else _colour(plain(image))


def _colour(image: Image.Image) -> Colour | None:
    if image.mode == "RGBA" and image.getchannel("A").getbbox() is None:
        return _CLEAR
    ranges: list[tuple[float, float]] = [
        band.getextrema()  # type: ignore[misc]
        for band in image.split()
    ]
    uniform = all(high - low <= _UNNOTICEABLE for low, high in ranges)
    return tuple(low for low, _ in ranges) if uniform else None

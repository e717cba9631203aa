"""One colour for a whole picture, to show in its place while it is not there."""

from __future__ import annotations

from PIL import Image, ImageStat

_OPAQUE = 255
_ONE_SPOT = 1, 1


def average_color(image: Image.Image) -> str | None:
    """Return the mean of the pixels of *image* (L, RGB or RGBA in sRGB) as ``#rrggbb``.

    Each counts as far as it is opaque; None where none is to be seen.
    """
    if image.mode == "RGBA":
        *colours, alpha = ImageStat.Stat(image.convert("RGBa")).mean
        if not alpha:
            return None
        mean = [min(_OPAQUE, round(_OPAQUE * value / alpha)) for value in colours]
    else:
        mean = list(image.resize(_ONE_SPOT, Image.Resampling.BOX).convert("RGB").tobytes())
    return f"#{bytes(mean).hex()}"

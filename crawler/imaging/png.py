"""Open a PNG with the colour that counts as transparent on the scale of the decoded pixels.

Pillow leaves the value of a tRNS chunk at the depth of the file, while it stretches 2 and 4 bits to
8, and cuts colours of 16 bits down to them.
"""

from __future__ import annotations

from io import BytesIO

from PIL.PngImagePlugin import PngImageFile

_DEPTH, _COLOUR_TYPE = 24, 25
"""Where IHDR has them."""
_GREY, _COLOUR = 0, 2
_STRETCH = {2: 85, 4: 17}


def open_png(payload: bytes) -> PngImageFile:
    """Return the PNG, not yet loaded.

    Source: https://www.w3.org/TR/png-3/#11tRNS; of a key of 16 bits the lower halves are not
    compared, because they are no more.
    """
    image = PngImageFile(BytesIO(payload))
    depth, colour_type = payload[_DEPTH], payload[_COLOUR_TYPE]
    key = image.info.get("transparency")
    if colour_type == _GREY and depth in _STRETCH and isinstance(key, int):
        image.info["transparency"] = key * _STRETCH[depth] & 0xFF
    elif colour_type == _COLOUR and depth > 8 and isinstance(key, tuple):  # noqa: PLR2004 - bits
        image.info["transparency"] = tuple(value >> 8 for value in key)
    return image

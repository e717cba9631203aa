"""A number by which pictures that look alike can be found."""

from __future__ import annotations

from PIL import Image

_COLUMNS, _ROWS = 8, 8


def perceptual_hash(image: Image.Image) -> str:
    """Return the difference hash of *image*, 64 bits as 16 hexadecimal digits.

    Each bit says whether a spot of the picture, row by row, is darker than the next to its right.
    Source: https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html
    """
    spots = (
        _grey(image)
        .resize((_COLUMNS + 1, _ROWS), Image.Resampling.BOX, reducing_gap=None)
        .tobytes()
    )
    bits = 0
    for row in range(_ROWS):
        for column in range(_COLUMNS):
            at = row * (_COLUMNS + 1) + column
            bits = bits << 1 | (spots[at] < spots[at + 1])
    return f"{bits:016x}"


def _grey(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image.convert("L")
    # What is hidden must not count: as it looks on a white page.
    page = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(page, image).convert("L")

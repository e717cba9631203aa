"""What a GIF shows before all of its screen is covered.

Pillow fills what the first frame leaves free with the background colour of the header, as
GIF89a has it. No browser does: there the page shows through.
"""

from __future__ import annotations

from PIL import Image
from PIL.GifImagePlugin import GifImageFile


def on_clear_screen(image: Image.Image) -> Image.Image:
    """Return *image*, or the loaded first frame of a GIF with nothing around it."""
    if not isinstance(image, GifImageFile) or "transparency" in image.info:
        return image
    extent = image.dispose_extent
    if extent is None or extent == (0, 0, *image.size):
        return image
    screen = Image.new("RGBA", image.size)
    screen.paste(image.crop(extent).convert("RGB"), extent[:2])
    return screen

"""Pictures drawn for the tests, and files of every kind made from them."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageOps, ImageStat

SIZE = (240, 180)


def photo(size: tuple[int, int] = SIZE) -> Image.Image:
    """A colourful picture that differs from itself in every mirror and rotation."""
    ramp = Image.linear_gradient("L")
    bands = (
        ramp.resize(size),
        ramp.rotate(90).resize(size),
        Image.radial_gradient("L").resize(size),
    )
    image = Image.merge("RGB", bands)
    draw = ImageDraw.Draw(image)
    width, height = size
    draw.rectangle((0, 0, width // 4, height // 4), fill=(220, 30, 30))
    draw.ellipse((width // 2, height // 2, width - 10, height - 10), fill=(30, 160, 60))
    return image


def see_through(size: tuple[int, int] = SIZE) -> Image.Image:
    """The photo inside an ellipse; around it a hidden, glaring colour."""
    alpha = Image.new("L", size, 0)
    ImageDraw.Draw(alpha).ellipse((20, 20, size[0] - 20, size[1] - 20), fill=255)
    image = Image.composite(photo(size), Image.new("RGB", size, (255, 0, 255)), alpha)
    image.putalpha(alpha)
    return image


def save(image: Image.Image, kind: str, **options: Any) -> bytes:  # noqa: ANN401 - Pillow's
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def frames(count: int = 3, size: tuple[int, int] = SIZE) -> list[Image.Image]:
    """The photo with a square that moves."""
    moments = []
    for index in range(count):
        image = photo(size)
        width, height = size
        left = (1 + 2 * index % 17) * width // 20
        square = (left, height * 2 // 3, left + width // 10, height * 4 // 5)
        ImageDraw.Draw(image).rectangle(square, fill=(255, 255 - 9 * index, 255))
        moments.append(image)
    return moments


def animate(kind: str, moments: list[Image.Image], **options: Any) -> bytes:  # noqa: ANN401
    first, *rest = moments
    return save(first, kind, save_all=True, append_images=rest, duration=100, loop=0, **options)


def sideways(image: Image.Image, orientation: int) -> tuple[Image.Image, Image.Exif]:
    """The image as a camera held askew would store it, and the EXIF that says so."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "secret place"
    return (image.transpose(undo[orientation]) if orientation in undo else image), exif


def png(
    size: tuple[int, int],
    kind: tuple[int, int],
    rows: bytes,
    *,
    between: bytes = b"",
    interlace: int = 0,
) -> bytes:
    """A PNG of bit depth and colour type *kind*; *between* goes before the pixels."""
    header = struct.pack(">IIBBBBB", *size, *kind, 0, 0, interlace)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + between
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def chunk(kind: bytes, content: bytes, *, checksum: int | None = None) -> bytes:
    crc = zlib.crc32(kind + content) if checksum is None else checksum
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc)


def interlaced(image: Image.Image) -> bytes:
    """The image as an Adam7 PNG, which Pillow does not write."""
    passes = (
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    )
    width, height = image.size
    raw, rows = image.tobytes(), bytearray()
    for left, top, right, down in passes:
        for y in range(top, height, down):
            line = raw[3 * width * y : 3 * width * (y + 1)]
            pixels = b"".join(line[3 * x : 3 * x + 3] for x in range(left, width, right))
            rows += b"\0" + pixels
    return png(image.size, (8, 2), bytes(rows), interlace=1)


def sixteen_bit(image: Image.Image, *, between: bytes = b"") -> bytes:
    """The image's grey as a 16-bit PNG whose lower halves are noise."""
    grey = image.convert("L")
    width, height = grey.size
    raw = grey.tobytes()
    lines = (raw[width * y : width * (y + 1)] for y in range(height))
    rows = b"".join(
        b"\0" + b"".join(bytes((value, 7 * value % 256)) for value in line) for line in lines
    )
    return png(grey.size, (16, 0), rows, between=between)


def sixteen_bit_colour(image: Image.Image, *, between: bytes = b"") -> bytes:
    """The image, RGB, RGBA or LA, as a 16-bit PNG whose lower halves are noise."""
    kind = {"RGB": 2, "LA": 4, "RGBA": 6}[image.mode]
    width, height = image.size
    step = width * len(image.getbands())
    raw = image.tobytes()
    wide = bytes(half for value in raw for half in (value, 7 * value % 256))
    rows = b"".join(b"\0" + wide[2 * step * y : 2 * step * (y + 1)] for y in range(height))
    return png(image.size, (16, kind), rows, between=between)


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures of one size as they look on grey, 0 to 255."""
    assert one.size == other.size
    difference = ImageChops.difference(_on_grey(one), _on_grey(other))
    return sum(ImageStat.Stat(difference).mean) / 3


def _on_grey(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    page = Image.new("RGBA", image.size, "grey")
    return Image.alpha_composite(page, image.convert("RGBA")).convert("RGB")


def shrunk(image: Image.Image, edge: int) -> Image.Image:
    """A thumbnail by another way than the program's own."""
    return ImageOps.contain(image, (edge, edge), Image.Resampling.LANCZOS)

"""Every kind of source: its bytes, what they are, and how the picture must look."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageChops, ImageCms

from tests.imaging.gamuts import ADOBE_RGB, DISPLAY_P3, Space, in_space
from tests.imaging.pictures import (
    SIZE,
    animate,
    chunk,
    frames,
    interlaced,
    photo,
    png,
    save,
    see_through,
    sideways,
    sixteen_bit,
    sixteen_bit_colour,
)

_HALF = SIZE[0] // 2, SIZE[1] // 2
_DATA = Path(__file__).parent / "data"

KEY = 87
"""A grey that the photo has much of."""


@dataclass(frozen=True)
class Kind:
    """A source with what is to come of it."""

    name: str
    make: Callable[[], bytes]
    media_type: str
    looks: Callable[[], Image.Image] = photo
    frames: int = 1
    copy: str | None = "image/jpeg"
    """By the default profiles."""
    tolerance: float = 4.0
    """Mean difference of a thumbnail from the drawn picture, of 255."""

    def __str__(self) -> str:
        return self.name

    @property
    def payload(self) -> bytes:
        """The file, made once."""
        return _made(self.make)


@cache
def _made(make: Callable[[], bytes]) -> bytes:
    return make()


def grey() -> Image.Image:
    return photo().convert("L")


def grey_alpha() -> Image.Image:
    return see_through().convert("LA")


def one_bit() -> Image.Image:
    return grey().point(lambda value: 255 * (value > 128), "1")


def black_and_white() -> Image.Image:
    return one_bit().convert("L")


def palette_with_alpha() -> bytes:
    image = see_through()
    alpha = image.getchannel("A")
    indexed = image.convert("RGB").quantize(255)
    indexed.paste(255, (0, 0), alpha.point(lambda value: 255 * (value < 128)))
    indexed.putpalette([*(indexed.getpalette() or [])[: 3 * 255], 255, 0, 255])
    return save(indexed, "PNG", transparency=255)


def cmyk() -> Image.Image:
    return photo().convert("CMYK")


def ycck() -> bytes:
    """A CMYK JPEG whose colours are stored as YCbCr, as Adobe's programs do it."""
    # Pillow inverts what it writes; libjpeg takes YCCK as the negative of the first three inks.
    stored = ImageChops.invert(photo()).convert("YCbCr").split()
    bands = [*map(ImageChops.invert, stored), Image.new("L", SIZE, 0)]
    disguised = Image.merge("CMYK", bands)
    payload = bytearray(save(disguised, "JPEG", quality=95))
    payload[payload.index(b"Adobe") + 11] = 2  # the transform of the APP14 segment
    return bytes(payload)


def wide_gamut() -> bytes:
    """The photo in a made-up colour space whose red and green have changed places."""
    red, green, blue = photo().split()
    return save(Image.merge("RGB", (green, red, blue)), "JPEG", quality=95, icc_profile=swapped())


def swapped() -> bytes:
    """The sRGB profile with the colorants of red and green exchanged."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")


def turned(kind: str, orientation: int) -> Callable[[], bytes]:
    def make() -> bytes:
        image, exif = sideways(photo(), orientation)
        return save(image, kind, exif=exif, quality=95)

    return make


def in_gamut(space: Space, kind: str, **options: object) -> Callable[[], bytes]:
    """The photo in the colours of a wider space, with its profile."""
    return lambda: save(in_space(photo(), space), kind, icc_profile=space.profile(), **options)


def grey_gamma() -> bytes:
    """The photo's grey on a linear scale, with a profile that says so."""
    table = [round(255 * _linear(value / 255)) for value in range(256)]
    return save(grey().point(table), "PNG", icc_profile=DISPLAY_P3.grey_profile(gamma=1.0))


def _linear(value: float) -> float:
    # https://www.w3.org/Graphics/Color/srgb
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def colour_key() -> bytes:
    """RGB in which the glaring colour is transparent."""
    key = struct.pack(">3H", 255, 0, 255)
    hidden = see_through().convert("RGB").tobytes()
    width, height = SIZE
    lines = (hidden[3 * width * y : 3 * width * (y + 1)] for y in range(height))
    rows = b"".join(b"\0" + line for line in lines)
    return png(SIZE, (8, 2), rows, between=chunk(b"tRNS", key))


def sixteen_bit_colour_key() -> bytes:
    """16-bit RGB in which the glaring colour is transparent."""
    key = bytes(part for value in (255, 0, 255) for part in (value, 7 * value % 256))
    return sixteen_bit_colour(see_through().convert("RGB"), between=chunk(b"tRNS", key))


def four_bit(*, between: bytes = b"") -> bytes:
    """The photo's grey in sixteen steps."""
    width, height = SIZE
    steps = bytes(value // 17 for value in sixteen_greys().tobytes())
    lines = (steps[width * y : width * (y + 1)] for y in range(height))
    rows = b"".join(
        b"\0" + bytes(a << 4 | b for a, b in zip(line[::2], line[1::2], strict=True))
        for line in lines
    )
    return png(SIZE, (4, 0), rows, between=between)


def sixteen_greys() -> Image.Image:
    return grey().point([value // 16 * 17 for value in range(256)])


def four_bit_key_looks() -> Image.Image:
    image = sixteen_greys()
    image.putalpha(image.point(lambda value: 255 * (value != 5 * 17)))
    return image


def graded_palette() -> bytes:
    """A palette whose colours become the more transparent the brighter they are."""
    indexed = grey().convert("P")
    indexed.putpalette([value for step in range(256) for value in (step, step, step)])
    return save(indexed, "PNG", transparency=bytes(255 - step for step in range(256)))


def graded_palette_looks() -> Image.Image:
    image = grey()
    image.putalpha(ImageChops.invert(grey()))
    return image


def hidden_default() -> bytes:
    """An APNG whose default image is no part of the animation."""
    return animate("PNG", [see_through().convert("RGB"), *frames()], default_image=True)


def first_frame_aside() -> bytes:
    """A GIF whose only frame lies in the middle of a larger screen."""
    payload = bytearray(save(photo(_HALF).quantize(200), "GIF"))
    struct.pack_into("<HH", payload, 6, *SIZE)
    at = payload.index(b"," + struct.pack("<4H", 0, 0, *_HALF))
    struct.pack_into("<HH", payload, at + 1, 60, 45)
    return bytes(payload)


def aside() -> Image.Image:
    screen = Image.new("RGBA", SIZE)
    screen.paste(photo(_HALF), (60, 45))
    return screen


def see_through_frames() -> list[Image.Image]:
    moments = frames()
    for moment in moments:
        moment.putalpha(see_through().getchannel("A"))
    return moments


def first_see_through() -> Image.Image:
    return see_through_frames()[0]


def ten_bit() -> bytes:
    """The photo, made with libavif at quality 90, with 10 bits and no subsampling."""
    return (_DATA / "ten-bit.avif").read_bytes()


def three_pages() -> bytes:
    """A TIFF by GraphicsMagick, which writes each page's directory behind its pixels.

    Cut before the directory of the second or third page, Pillow takes it for one of fewer pages.
    """
    return (_DATA / "three-pages.tif").read_bytes()


def sixteen_bit_tiff() -> bytes:
    raw = b"".join(bytes((7 * value % 256, value)) for value in grey().tobytes())
    return save(Image.frombytes("I;16", SIZE, raw), "TIFF")


def white_is_zero() -> bytes:
    """A fax: in its one bit, 0 is white."""
    return save(one_bit(), "TIFF", compression="group4", tiffinfo={262: 0})


def first_frame() -> Image.Image:
    return frames()[0]


def gif_with_transparency() -> bytes:
    image = see_through()
    return save(image, "GIF")


def icon() -> bytes:
    sizes = [(256, 256), (32, 32)]
    return save(see_through((256, 256)), "ICO", sizes=sizes)


def icon_looks() -> Image.Image:
    return see_through((256, 256))


def mpo() -> bytes:
    return animate("MPO", frames(2), quality=95)


def sixteen_bit_key() -> bytes:
    """16-bit grey in which one value is transparent."""
    return sixteen_bit(photo(), between=chunk(b"tRNS", bytes((KEY, 7 * KEY % 256))))


def sixteen_bit_key_looks() -> Image.Image:
    image = grey()
    image.putalpha(image.point(lambda value: 255 * (value != KEY)))
    return image


def lab() -> bytes:
    to_lab = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
    )
    image = to_lab.apply(photo())
    image.info.clear()
    return save(image, "TIFF")


def pages() -> bytes:
    return animate("TIFF", frames(2))


def float_grey() -> bytes:
    return save(grey().convert("F").point(lambda value: value * 256 + 0), "TIFF")


def top_down_bmp() -> bytes:
    """A BMP whose rows run downward, with a negative height."""
    width, height = SIZE
    red, green, blue = photo().split()
    pixels = Image.merge("RGB", (blue, green, red)).tobytes()
    header = struct.pack("<IiiHHIIiiII", 40, width, -height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(pixels), 0, 0, 54) + header + pixels


PNG, JPEG, WEBP, GIF = "image/png", "image/jpeg", "image/webp", "image/gif"

KINDS = (
    Kind("png-opaque", lambda: save(photo(), "PNG"), PNG),
    Kind("png-idle-alpha", lambda: save(photo().convert("RGBA"), "PNG"), PNG),
    Kind("png-alpha", lambda: save(see_through(), "PNG"), PNG, see_through, copy=None),
    Kind("png-palette", lambda: save(photo().quantize(256), "PNG"), PNG),
    Kind("png-palette-alpha", palette_with_alpha, PNG, see_through, copy=None, tolerance=5),
    Kind("png-grey", lambda: save(grey(), "PNG"), PNG, grey),
    Kind("png-grey-alpha", lambda: save(grey_alpha(), "PNG"), PNG, grey_alpha, copy=None),
    Kind("png-one-bit", lambda: save(one_bit(), "PNG"), PNG, black_and_white),
    Kind("png-16-bit", lambda: sixteen_bit(photo()), PNG, grey),
    Kind("png-16-bit-key", sixteen_bit_key, PNG, sixteen_bit_key_looks, copy=None),
    Kind("png-16-bit-colour", lambda: sixteen_bit_colour(photo()), PNG),
    Kind(
        "png-16-bit-alpha", lambda: sixteen_bit_colour(see_through()), PNG, see_through, copy=None
    ),
    Kind(
        "png-16-bit-grey-alpha", lambda: sixteen_bit_colour(grey_alpha()), PNG, grey_alpha,
        copy=None,
    ),
    Kind("png-16-bit-colour-key", sixteen_bit_colour_key, PNG, see_through, copy=None),
    Kind("png-colour-key", colour_key, PNG, see_through, copy=None),
    Kind("png-four-bit", four_bit, PNG, sixteen_greys),
    Kind(
        "png-four-bit-key", lambda: four_bit(between=chunk(b"tRNS", b"\0\5")), PNG,
        four_bit_key_looks, copy=None,
    ),
    Kind("png-palette-graded", graded_palette, PNG, graded_palette_looks, copy=None),
    Kind("png-display-p3", in_gamut(DISPLAY_P3, "PNG"), PNG),
    Kind("png-grey-gamma", grey_gamma, PNG, grey),
    Kind("png-turned", turned("PNG", 7), PNG),
    Kind("png-interlaced", lambda: interlaced(photo()), PNG),
    Kind("apng", lambda: animate("PNG", frames()), "image/apng", first_frame, 3, None),
    Kind("apng-hidden-default", hidden_default, "image/apng", first_frame, 3, None),
    Kind(
        "apng-alpha", lambda: animate("PNG", see_through_frames()), "image/apng",
        first_see_through, 3, None,
    ),
    Kind("jpeg", lambda: save(photo(), "JPEG", quality=95), JPEG, copy=None),
    Kind("jpeg-444", lambda: save(photo(), "JPEG", quality=95, subsampling=0), JPEG, copy=None),
    Kind("jpeg-progressive", lambda: save(photo(), "JPEG", progressive=True), JPEG, copy=None),
    Kind(
        "jpeg-restarts", lambda: save(photo(), "JPEG", restart_marker_rows=1), JPEG, copy=None
    ),
    Kind("jpeg-grey", lambda: save(grey(), "JPEG"), JPEG, grey, copy=None),
    Kind("jpeg-cmyk", lambda: save(cmyk(), "JPEG", quality=95), JPEG, copy=None, tolerance=6),
    Kind("jpeg-ycck", ycck, JPEG, copy=None, tolerance=6),
    Kind("jpeg-profile", wide_gamut, JPEG, copy=None, tolerance=6),
    Kind("jpeg-display-p3", in_gamut(DISPLAY_P3, "JPEG", quality=95), JPEG, copy=None),
    Kind("jpeg-adobe-rgb", in_gamut(ADOBE_RGB, "JPEG", quality=95), JPEG, copy=None),
    *(Kind(f"jpeg-turned-{n}", turned("JPEG", n), JPEG, copy=None) for n in range(1, 9)),
    Kind("mpo", mpo, JPEG, lambda: frames(2)[0], copy=None),
    Kind("webp", lambda: save(photo(), "WEBP", quality=90), WEBP),
    Kind("webp-lossless", lambda: save(photo(), "WEBP", lossless=True), WEBP),
    Kind("webp-alpha", lambda: save(see_through(), "WEBP"), WEBP, see_through, copy=None),
    Kind("webp-turned", turned("WEBP", 6), WEBP),
    Kind(
        "webp-lossless-alpha", lambda: save(see_through(), "WEBP", lossless=True), WEBP,
        see_through, copy=None,
    ),
    Kind("webp-display-p3", in_gamut(DISPLAY_P3, "WEBP", quality=95), WEBP),
    Kind(
        "webp-animated-alpha", lambda: animate("WEBP", see_through_frames()), WEBP,
        first_see_through, 3, None,
    ),
    Kind("webp-animated", lambda: animate("WEBP", frames()), WEBP, first_frame, 3, None),
    Kind("gif", lambda: save(photo().quantize(256), "GIF"), GIF, tolerance=5),
    Kind("gif-transparent", gif_with_transparency, GIF, see_through, copy=None, tolerance=6),
    Kind("gif-animated", lambda: animate("GIF", frames()), GIF, first_frame, 3, None, 6),
    Kind("gif-aside", first_frame_aside, GIF, aside, copy=None, tolerance=5),
    *(
        Kind(
            f"gif-disposal-{n}", lambda n=n: animate("GIF", frames(), disposal=n), GIF,  # type: ignore[misc]
            first_frame, 3, None, 6,
        )
        for n in range(4)
    ),
    Kind("avif", lambda: save(photo(), "AVIF", quality=90), "image/avif"),
    Kind(
        "avif-alpha", lambda: save(see_through(), "AVIF", quality=90), "image/avif",
        see_through, copy=WEBP,
    ),
    *(Kind(f"avif-turned-{n}", turned("AVIF", n), "image/avif") for n in range(1, 9)),
    Kind("avif-grey", lambda: save(grey(), "AVIF", quality=90), "image/avif", grey),
    Kind("avif-10-bit", ten_bit, "image/avif", lambda: photo((160, 120))),
    Kind("avif-display-p3", in_gamut(DISPLAY_P3, "AVIF", quality=95), "image/avif"),
    Kind(
        "avif-animated", lambda: animate("AVIF", frames(), quality=90), "image/avif",
        first_frame, 3, None,
    ),
    Kind("bmp", lambda: save(photo(), "BMP"), "image/bmp"),
    Kind("bmp-top-down", top_down_bmp, "image/bmp"),
    Kind("bmp-palette", lambda: save(photo().quantize(256), "BMP"), "image/bmp"),
    Kind("bmp-one-bit", lambda: save(one_bit(), "BMP"), "image/bmp", black_and_white),
    Kind("ico", icon, "image/x-icon", icon_looks, copy=WEBP),
    Kind("tiff", lambda: save(photo(), "TIFF"), "image/tiff"),
    Kind("tiff-lzw", lambda: save(photo(), "TIFF", compression="tiff_lzw"), "image/tiff"),
    Kind("tiff-jpeg", lambda: save(photo(), "TIFF", compression="jpeg"), "image/tiff"),
    Kind("tiff-big", lambda: save(photo(), "TIFF", big_tiff=True), "image/tiff"),
    Kind("tiff-turned", turned("TIFF", 6), "image/tiff"),
    Kind("tiff-cmyk", lambda: save(cmyk(), "TIFF"), "image/tiff", tolerance=6),
    Kind("tiff-lab", lab, "image/tiff"),
    Kind("tiff-float", float_grey, "image/tiff", grey),
    Kind("tiff-16-bit", sixteen_bit_tiff, "image/tiff", grey),
    Kind("tiff-fax", white_is_zero, "image/tiff", black_and_white),
    Kind("tiff-alpha", lambda: save(see_through(), "TIFF"), "image/tiff", see_through, copy=WEBP),
    Kind("tiff-adobe-rgb", in_gamut(ADOBE_RGB, "TIFF"), "image/tiff"),
    Kind("tiff-pages", pages, "image/tiff", lambda: frames(2)[0], 2),
)  # fmt: skip

_TINY = (96, 72)

SMALL = (
    Kind("png", lambda: save(photo(_TINY), "PNG"), PNG),
    Kind("png-interlaced", lambda: interlaced(photo(_TINY)), PNG),
    Kind("png-alpha", lambda: save(see_through(_TINY), "PNG"), PNG),
    Kind("apng", lambda: animate("PNG", frames(3, _TINY)), "image/apng", frames=3),
    Kind("jpeg", lambda: save(photo(_TINY), "JPEG"), JPEG),
    Kind("jpeg-grey", lambda: save(photo(_TINY).convert("L"), "JPEG"), JPEG),
    Kind("jpeg-progressive", lambda: save(photo(_TINY), "JPEG", progressive=True), JPEG),
    Kind("jpeg-restarts", lambda: save(photo(_TINY), "JPEG", restart_marker_rows=1), JPEG),
    Kind("jpeg-cmyk", lambda: save(photo(_TINY).convert("CMYK"), "JPEG"), JPEG),
    Kind("mpo", lambda: animate("MPO", frames(2, _TINY)), JPEG),
    Kind("webp", lambda: save(photo(_TINY), "WEBP"), WEBP),
    Kind("webp-lossless", lambda: save(see_through(_TINY), "WEBP", lossless=True), WEBP),
    Kind("webp-animated", lambda: animate("WEBP", frames(3, _TINY)), WEBP, frames=3),
    Kind("gif", lambda: save(photo(_TINY), "GIF"), GIF),
    Kind("gif-animated", lambda: animate("GIF", frames(3, _TINY)), GIF, frames=3),
    Kind("avif", lambda: save(photo(_TINY), "AVIF"), "image/avif"),
    Kind("avif-animated", lambda: animate("AVIF", frames(3, _TINY)), "image/avif", frames=3),
    Kind("bmp", lambda: save(photo(_TINY), "BMP"), "image/bmp"),
    Kind(
        "ico",
        lambda: save(see_through((64, 64)), "ICO", sizes=[(64, 64), (16, 16)]),
        "image/x-icon",
    ),
    Kind(
        "ico-bmp",
        lambda: save(see_through((64, 64)), "ICO", sizes=[(64, 64), (16, 16)], bitmap_format="bmp"),
        "image/x-icon",
    ),
    Kind("tiff", lambda: save(photo(_TINY), "TIFF"), "image/tiff"),
    Kind("tiff-lzw", lambda: save(photo(_TINY), "TIFF", compression="tiff_lzw"), "image/tiff"),
    Kind("tiff-pages", lambda: animate("TIFF", frames(2, _TINY)), "image/tiff", frames=2),
    Kind("tiff-three-pages", three_pages, "image/tiff", frames=3),
)
"""Small ones, to be cut and damaged many times."""

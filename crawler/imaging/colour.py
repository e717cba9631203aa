"""Bring pixels into the one form that everything is made from: upright sRGB of 8 bits.

The form is ``L``, ``RGB`` or ``RGBA``; the last only where something shows through.
"""

from __future__ import annotations

import functools
from io import BytesIO

from PIL import ExifTags, Image, ImageChops, ImageCms

_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""By EXIF orientation (CIPA DC-008, 4.6.5.1.6)."""

_PROFILED = frozenset({"L", "RGB", "RGBA", "CMYK", "LAB"})
_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
_SCALES = {"I": (0xFFFF, 0xFFFFFFFF), "F": (1.0, 255.0, 65535.0)}
"""What white is, by mode; the files do not say."""
_UNNOTICEABLE = 2
"""Steps of 255 by which a profile may differ from sRGB and still be taken for it."""


def orientation(image: Image.Image) -> int:
    """Return the orientation that the image's EXIF block asks for; 1 where it is broken.

    XMP is not asked: no browser does.
    """
    try:
        exif = Image.Exif()
        exif.load(image.info["exif"])
        value = exif.get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001 - over hostile bytes the parser raises anything
        return 1
    return value if value in _TRANSPOSE else 1


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Return the image as it is meant to be displayed."""
    return image.transpose(_TRANSPOSE[orientation]) if orientation in _TRANSPOSE else image


def plain(image: Image.Image) -> Image.Image:
    """Return the image in a mode that can be resized and shown: L, RGB, RGBA, CMYK or LAB.

    An alpha channel that hides nothing is dropped.
    """
    mode = image.mode
    if mode.startswith("I;16"):
        image = _from_sixteen_bits(image)
    elif mode in {"I", "F"}:
        image = _scaled(image)
    elif image.has_transparency_data:
        image = image.convert("RGBA")
    elif mode not in _PROFILED:
        image = image.convert("L" if mode == "1" else "RGB")
    return _without_idle_alpha(image)


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the image in L, RGB or RGBA, its colours converted from *profile* to sRGB.

    A profile that is broken, or of another kind than the image, is passed over.
    """
    transform = _transform(profile, image.mode) if profile and image.mode in _PROFILED else None
    if transform is None and image.mode == "LAB":
        transform = ImageCms.buildTransform(_LAB, _SRGB, "LAB", "RGB")
    if transform is not None:
        image = transform.apply(image)
        image.info.clear()
    return image if image.mode in {"L", "RGB", "RGBA"} else image.convert("RGB")


@functools.lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return what takes *mode* from *profile* to sRGB; None where there is nothing to do."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        transform = ImageCms.buildTransform(
            source, _SRGB, mode, "RGBA" if mode == "RGBA" else "RGB"
        )
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None
    return None if _changes_nothing(transform, mode) else transform


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    # A look at some colours tells more than the name of the profile.
    if mode not in {"L", "RGB", "RGBA"}:
        return False
    steps = bytes(range(0, 256, 51))
    colours = bytes(v for r in steps for g in steps for b in steps for v in (r, g, b))
    probe = Image.frombytes("RGB", (216, 1), colours)
    if mode == "L":
        probe = Image.frombytes("L", (256, 1), bytes(range(256)))
    probe = probe.convert(mode)
    seen = transform.apply(probe).convert("RGB")
    extrema = ImageChops.difference(seen, probe.convert("RGB")).getextrema()
    return max(high for _, high in extrema) <= _UNNOTICEABLE  # type: ignore[misc]


def _from_sixteen_bits(image: Image.Image) -> Image.Image:
    """Return the upper halves of 16-bit grey, with the transparency of a tRNS chunk."""
    raw = image.convert("I;16").tobytes() if image.mode != "I;16" else image.tobytes()
    high = Image.frombytes("L", image.size, raw[1::2])
    key = image.info.get("transparency")
    if not isinstance(key, int):
        return high
    low = Image.frombytes("L", image.size, raw[::2])
    alpha = ImageChops.lighter(
        high.point([255 * (value != key >> 8) for value in range(256)]),
        low.point([255 * (value != key & 255) for value in range(256)]),
    )
    return Image.merge("RGBA", (high, high, high, alpha))


def _scaled(image: Image.Image) -> Image.Image:
    """Return 32-bit grey as 8 bits, on the smallest usual scale that holds its lightest value."""
    low, high = (float(value) for value in image.getextrema() if not isinstance(value, tuple))
    black, white = 0.0, next((top for top in _SCALES[image.mode] if high <= top), high)
    if low < black:
        black, white = low, high
    factor = 255 / (white - black) if white > black else 0.0
    return image.convert("F").point(lambda value: value * factor - black * factor).convert("L")


def _without_idle_alpha(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    lowest = image.getchannel("A").getextrema()[0]
    return image.convert("RGB") if lowest == 255 else image  # noqa: PLR2004 - opaque

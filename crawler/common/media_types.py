"""The media types that are archived, each with the ending of its files.

HEIC and JPEG XL only where the extra that brings the decoder is installed, all others in any case.
"""

from __future__ import annotations

from importlib.util import find_spec

EXTENSIONS = {
    "image/png": "png",
    "image/apng": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/heic": "heic",
    "image/jxl": "jxl",
    "image/bmp": "bmp",
    "image/x-icon": "ico",
    "image/tiff": "tif",
    "image/svg+xml": "svg",
}
"""An MPO is ``image/jpeg``: its first picture is an ordinary JPEG."""

IMAGE_SUFFIXES = frozenset(
    {
        *(f".{extension}" for extension in EXTENSIONS.values()),
        ".apng", ".avifs", ".dib", ".heic", ".heif", ".jfif", ".jpe", ".jpeg",
        ".mpo", ".pjp", ".pjpeg", ".svgz", ".tiff",
    }
)  # fmt: skip
"""The endings by which a path says that it is an image, lower case, with the dot."""

_DECODERS = {"image/heic": "pillow_heif", "image/jxl": "pillow_jxl"}
"""What has to be installed for it, by the name of the package."""
WITHOUT_DECODER = frozenset(name for name, package in _DECODERS.items() if not find_spec(package))
"""Media types that are known, and of which nothing can be decoded here."""
_EXTRAS = "".join(f"{name}," for name in _DECODERS if name not in WITHOUT_DECODER)
ACCEPT = f"image/avif,image/webp,image/apng,image/svg+xml,{_EXTRAS}image/*;q=0.8"
"""What an image request accepts; only formats that we can decode are named."""

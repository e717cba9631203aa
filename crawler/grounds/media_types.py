"""The media types that are archived, each with the ending of its files.

HEIC only where the extra that brings its decoder is installed, all others in any case.
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
    "image/bmp": "bmp",
    "image/x-icon": "ico",
    "image/tiff": "tif",
    "image/svg+xml": "svg",
}
"""An MPO is ``image/jpeg``: its first picture is an ordinary JPEG."""

IMAGE_SUFFIXES = frozenset(
    {
        *(f".{extension}" for extension in EXTENSIONS.values()),
        ".apng", ".avifs", ".dib", ".heic", ".heif", ".jfif", ".jpe", ".jpeg", ".jxl",
        ".mpo", ".pjp", ".pjpeg", ".svgz", ".tiff",
    }
)  # fmt: skip
"""The endings by which a path says that it is an image, lower case, with the dot."""

_HEIC = "image/heic," if find_spec("pillow_heif") else ""
ACCEPT = f"image/avif,image/webp,image/apng,image/svg+xml,{_HEIC}image/*;q=0.8"
"""What an image request accepts; only formats that we can decode are named."""

"""The media types that are archived in any case, each with the ending of its files."""

from __future__ import annotations

EXTENSIONS = {
    "image/png": "png",
    "image/apng": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
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

ACCEPT = "image/avif,image/webp,image/apng,image/svg+xml,image/*;q=0.8"
"""What an image request accepts; only formats that we can decode are named."""

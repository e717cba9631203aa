"""HEIC, where the extra that brings its decoder is installed.

Orientation, cropping and 10 bits are the decoder's business; of a file with several pictures the
primary one is shown.
"""

from __future__ import annotations

from importlib import import_module
from io import BytesIO

from PIL import ImageFile

from crawler.imaging.defects import Corrupt

_PACKAGE = "pillow_heif"
_ADVICE = "it is HEIC, which needs a decoder: pip install 'image-archiver[heic]'"


def open_heic(payload: bytes) -> ImageFile.ImageFile:
    """Return the HEIC image, not yet loaded. Raises Corrupt where there is no decoder."""
    try:
        package = import_module(_PACKAGE)
    except ImportError as error:
        raise Corrupt(_ADVICE) from error
    # One process a core does the decoding; what else is in the file is not looked at.
    package.options.DECODE_THREADS = 1
    package.options.THUMBNAILS = False
    package.options.DEPTH_IMAGES = False
    package.options.AUX_IMAGES = False
    image: ImageFile.ImageFile = package.HeifImageFile(BytesIO(payload))
    return image

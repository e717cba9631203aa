"""Say whether an image holds all that its container announces.

A decoder is content with less: it takes a PNG without its end, an APNG cut to a third and half a
JPEG. Every check reads structure only, in linear time, and lets pass what is merely untidy: bytes
after the end, odd metadata.
"""

from __future__ import annotations

from collections.abc import Callable

from crawler.imaging.whole.avif import check_avif
from crawler.imaging.whole.bmp import check_bmp
from crawler.imaging.whole.gif import check_gif
from crawler.imaging.whole.ico import check_ico
from crawler.imaging.whole.jpeg import check_jpeg
from crawler.imaging.whole.jxl import check_jxl
from crawler.imaging.whole.png import check_png
from crawler.imaging.whole.tiff import check_tiff
from crawler.imaging.whole.webp import check_webp

_CHECKS: dict[str, Callable[[bytes], int]] = {
    "image/png": check_png,
    "image/apng": check_png,
    "image/jpeg": check_jpeg,
    "image/gif": check_gif,
    "image/webp": check_webp,
    "image/avif": check_avif,
    "image/heic": check_avif,  # the same boxes
    "image/jxl": check_jxl,
    "image/bmp": check_bmp,
    "image/x-icon": check_ico,
    "image/tiff": check_tiff,
}


def check_whole(payload: bytes, media_type: str) -> int:
    """Return the number of frames that *payload* announces; raise Missing unless all is there.

    For formats whose decoder knows the number better (AVIF), it is at least one.
    """
    return _CHECKS[media_type](payload)

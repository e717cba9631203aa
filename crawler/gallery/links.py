"""Where a page of ours may lead, and which files it may show: decided here, whatever a record says.

A manifest may come from a stranger. A page leads away to the web alone, and into the bundle only to
pictures in the folders of pictures, under the ending of their media type. A drawing is shown in an
``img``, where its scripts do not run, and never opened, where they would.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from crawler.common import archive_layout
from crawler.common.media_types import EXTENSIONS
from crawler.common.urls import resolve

SVG: Final = "image/svg+xml"
PICTURE_FOLDERS: Final = frozenset(
    {archive_layout.IMAGES, archive_layout.CONVERTED, archive_layout.THUMBNAILS}
)
_WEB: Final = ("http://", "https://")


def shown_file(path: str, media_type: str, prefix: str = "") -> str | None:
    """Return the URL of a picture for an ``img``; *prefix* leads from the page to the bundle.

    None where *path* is not that of a picture of this *media_type* in its bundle.

    >>> shown_file("images/a b.png", "image/png"), shown_file("../a.png", "image/png")
    ('images/a%20b.png', None)
    """
    folder, _, name = path.partition("/")
    ending = EXTENSIONS.get(media_type)
    if folder not in PICTURE_FOLDERS or "/" in name or ending is None:
        return None
    return prefix + quote(path) if name.endswith(f".{ending}") else None


def opened_file(path: str, media_type: str, prefix: str = "") -> str | None:
    """Return the URL of a picture for a link, as `shown_file`; None for a drawing.

    >>> opened_file("images/a.html", "image/png"), opened_file("images/a.svg", "image/svg+xml")
    (None, None)
    """
    return None if media_type == SVG else shown_file(path, media_type, prefix)


def web_link(url: str | None) -> str | None:
    """Return *url* as a link may have it; None unless it is an absolute one of http or https.

    >>> web_link("https://a.example/b c"), web_link("javascript:alert(1)"), web_link("//a.example")
    ('https://a.example/b%20c', None, None)
    """
    found = resolve(url, None) if url and ":" in url.partition("/")[0] else None
    return found if found is not None and found.startswith(_WEB) else None

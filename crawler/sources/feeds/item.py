"""What a feed or an export says of one article, in one form for all of them."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from crawler.common import urls
from crawler.common.media_types import IMAGE_SUFFIXES

NO_TEXT: Final = "its text is neither here nor at a link"
"""The problem of an item of which nobody knows what its article names."""
_TAG: Final = re.compile(r"<(?:!--|/?[a-zA-Z])[^>]*+>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An article of a feed or an export."""

    url: str | None
    """Where it was published, absolute."""
    guid: str | None
    title: str | None
    """Plain text."""
    author: str | None
    date: str | None
    """RFC 3339 in UTC with ``Z``."""
    content: str | None
    """The whole article as HTML; None where there is no more than a summary."""
    base: str | None
    """What the relative references of `content` resolve against."""
    images: tuple[str, ...]
    """URLs of the images that stand beside the content; absolute where there is a base."""
    problems: tuple[str, ...] = ()


def plain(text: str | None) -> str | None:
    r"""Return *text* on one line, or None where nothing is left; UTF-8 can hold it.

    >>> plain(" Crew-2:\n the way home ")
    'Crew-2: the way home'
    """
    return " ".join((text or "").encode("utf-8", "replace").decode().split()) or None


def text_of(markup: str) -> str:
    """Return *markup* without its tags, its character references resolved.

    >>> text_of("<b>Tom</b> &amp; Jerry: 1 < 2")
    'Tom & Jerry: 1 < 2'
    """
    return html.unescape(_TAG.sub("", markup))


def page_url(written: str | None, base: str | None) -> str | None:
    """Return the absolute http(s) URL that *written* names, or None."""
    if not written or not written.strip():
        return None
    url = urls.resolve(written, base)
    return url if url and urls.scheme(url) in urls.NETWORK_SCHEMES else None


def image_url(written: str | None, base: str | None) -> str | None:
    """Return the URL of an image, as it is written where it cannot be resolved."""
    if not written or not written.strip():
        return None
    return urls.resolve(written, base) or plain(written)


def is_image(url: str, media_type: str | None = None) -> bool:
    """Return whether *url* is that of an image, by the type given to it, else by its ending.

    >>> is_image("https://example.org/a.JPG?w=1"), is_image("/a.jpg", "text/html")
    (True, False)
    """
    if media_type and "/" in media_type:
        return media_type.strip().lower().startswith("image/")
    try:
        _, dot, ending = urlsplit(url).path.rpartition(".")
    except ValueError:
        return False
    return dot + ending.lower() in IMAGE_SUFFIXES

"""Tell links to images from links to pages.

A link is a reference only where it does: what leads to a page would fail as no image, and hide the
failures that count. It leads to an image

- when its path ends like an image's, or its query names a format of images, except on sites whose
  pages end like images (`_PAGES`): then with an image inside of it or without;
- when it stands around an image and names the same thing: the same URL, on the same host the same
  path with another query, or, where it has no ending, the same last name with another size before
  it (``…/w300/42`` and ``…/42``) or another style after it (``…=s320`` and ``…=s1600``);
- when it stands around an image, has no other ending, and a picture viewer is to open it (its
  classes, ``rel`` or attributes say so).

Everything else around an image, above all the address of an article, is a link to a page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from crawler.common.media_types import IMAGE_SUFFIXES
from crawler.common.urls import host, resolve
from crawler.references.image_urls import ends_like_image, is_data_image

_PAGES: Final = re.compile(
    r"(?i)/wiki/[^/?#:]+:|[?&]title=[^&#:]+:"  # MediaWiki: /wiki/File:a.png
    r"|//github\.com/[^/]+/[^/]+/(?:blob|tree)/(?![^#]*[?&]raw=)"
    r"|/-/blob/|//bitbucket\.org/[^/]+/[^/]+/src/|//codeberg\.org/[^/]+/[^/]+/src/branch/"
    r"|//(?:www\.)?dropbox\.com/(?![^#]*[?&](?:dl|raw)=1)"
    r"|//(?:www\.)?flickr\.com/photos/|//(?:www\.|m\.)?(?:youtube|vimeo)\.com/|//youtu\.be/"
)
"""Pages about an image, whose address ends like the image's, and pages that viewers open."""

_FORMATS: Final = "|".join(sorted(suffix[1:] for suffix in IMAGE_SUFFIXES))
_FORMAT: Final = re.compile(
    rf"(?i)[?&](?:wx_fmt|fmt?|format|ext|auto)=(?:image%2F|image/)?(?:{_FORMATS})(?=[&#]|\Z)"
)

_VIEWER_CLASS: Final = re.compile(
    r"(?i)lightbox|fancybox|glightbox|swipebox|magnific|thickbox|highslide|colorbox|photoswipe"
    r"|image-popup|popup-image"
)
_VIEWER_ATTRIBUTES: Final = frozenset(
    {"data-fancybox", "data-lightbox", "data-pswp-width", "data-glightbox", "data-fslightbox"}
)
_ENDING: Final = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,5}\Z")
_STYLE: Final = re.compile(r"[=!@~:].*", re.DOTALL)


def opens_viewer(attributes: Mapping[str, str]) -> bool:
    """Return whether the element says that a picture viewer opens its link.

    >>> opens_viewer({"class": "wp-lightbox"}), opens_viewer({"class": "link", "rel": "nofollow"})
    (True, False)
    """
    if attributes.get("itemprop") == "contentUrl" or not _VIEWER_ATTRIBUTES.isdisjoint(attributes):
        return True
    words = f"{attributes.get('class', '')} {attributes.get('rel', '')}"
    return bool(_VIEWER_CLASS.search(words))


def names_image(destination: str) -> bool:
    """Return whether a link leads to an image, to judge by itself.

    >>> names_image("/a.png"), names_image("/640?wx_fmt=jpeg"), names_image("/wiki/File:a.png")
    (True, True, False)
    """
    if is_data_image(destination.strip()):
        return True
    if not (ends_like_image(destination) or _FORMAT.search(destination)):
        return False
    return _PAGES.search(destination) is None


class Link:
    """A link around images of the page.

    >>> cdn = "https://cdn.example/i/42"
    >>> Link(f"{cdn}=s1600", [f"{cdn}=s320"], None).leads_to_image(viewer=False)
    True
    >>> Link("/posts/42", ["/thumbs/42.png"], None).leads_to_image(viewer=False)
    False
    """

    def __init__(self, destination: str, images: list[str], base: str | None) -> None:
        self._destination = destination
        self._url = _absolute(destination, base)
        self._images = images
        self._shown = [_absolute(image, base) for image in images]

    @property
    def thumbnail(self) -> str | None:
        """The first image of which this link may give the full size; None where it is one."""
        return None if self._url in self._shown else self._images[0]

    def leads_to_image(self, *, viewer: bool) -> bool:
        """Return whether the link leads to an image; *viewer* as `opens_viewer` says."""
        if names_image(self._destination) or self._url in self._shown:
            return True
        if _PAGES.search(self._url):
            return False
        plain = _ENDING.search(_name(self._url)) is None
        return (viewer and plain) or self._resembles(_name if plain else _path)

    def _resembles(self, part: Callable[[str], str]) -> bool:
        """Return whether the link and an image agree in host and *part*."""
        own, place = part(self._url), host(self._url)
        return own != "" and any(
            part(image) == own and host(image) == place for image in self._shown
        )


def _absolute(destination: str, base: str | None) -> str:
    return resolve(destination, base) or destination.strip().partition("#")[0]


def _name(url: str) -> str:
    """Return the last name of the path, without the style that an image server puts after it."""
    return _STYLE.sub("", _path(url).rpartition("/")[2])


def _path(url: str) -> str:
    """Return the path of *url*, empty where it is that of a host."""
    before = url.partition("?")[0]
    _, slashes, rest = before.partition("://")
    return (rest.partition("/")[2] if slashes else before).rstrip("/")

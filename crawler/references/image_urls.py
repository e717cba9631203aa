"""Does a value look like an image? Asked only where the construct itself does not say so."""

from __future__ import annotations

from typing import Final

from crawler.common.media_types import IMAGE_SUFFIXES
from crawler.common.urls import NETWORK_SCHEMES, scheme

_STYLE_MARKS: Final = "!@~:"
"""What image servers put between a file and a style's name: ``x.png!webp``, ``x.jpg:large``."""

_NOT_A_PATH: Final = frozenset('<>{}|*\n\r\t"')
"""Templates, globs and prose."""

_LONGEST_PATH: Final = 4096


def ends_like_image(url: str) -> bool:
    """Return whether the path of *url* ends like that of an image, styles of image servers aside.

    >>> ends_like_image("https://example.org/a.PNG?width=100#top"), ends_like_image("/x.png!webp")
    (True, True)
    >>> ends_like_image("https://example.png/"), ends_like_image("/show?name=a.png")
    (False, False)
    """
    name = _last_segment(url)
    if _suffix(name) in IMAGE_SUFFIXES:
        return True
    cuts = [at for mark in _STYLE_MARKS if (at := name.find(mark)) > 0]
    return bool(cuts) and _suffix(name[: min(cuts)]) in IMAGE_SUFFIXES


def _last_segment(url: str) -> str:
    path = url.partition("#")[0].partition("?")[0].rstrip().replace("\\", "/")
    head, slash, name = path.rpartition("/")
    authority_only = head.endswith("/") or (not slash and ":" in path)
    return "" if authority_only and "//" in path else name.lower()


def _suffix(name: str) -> str:
    _, dot, extension = name.rpartition(".")
    return dot + extension


def is_network_url(value: str) -> bool:
    """Return whether *value* is absolute http(s), or protocol-relative.

    >>> is_network_url("//cdn.example.org/x"), is_network_url("/x"), is_network_url("HTTPS://a/b")
    (True, False, True)
    """
    return value.startswith("//") or (
        scheme(value) in NETWORK_SCHEMES and value.partition(":")[2].startswith("//")
    )


def is_data_image(value: str) -> bool:
    """Return whether *value* is a ``data:`` URL that calls itself an image."""
    return value[:11].lower() == "data:image/"


def is_image_url(value: str) -> bool:
    """Return whether *value* is an absolute image URL whoever looks at it: one word, plain ending.

    >>> is_image_url("https://example.org/a.png"), is_image_url("see https://example.org/a.png")
    (True, False)
    """
    value = value.strip()
    if is_data_image(value):
        return True
    return is_network_url(value) and ends_like_image(value) and not any(map(str.isspace, value))


def may_name_image(value: str) -> bool:
    """Return whether *value*, where an image is expected, is a URL or a path rather than a word.

    >>> may_name_image("/uploads/a b.jpg"), may_name_image("images/42"), may_name_image("a.png")
    (True, True, True)
    >>> may_name_image("wordpress"), may_name_image("true"), may_name_image("either / or")
    (False, False, False)
    """
    value = value.strip()
    if is_data_image(value):
        return True
    if len(value) > _LONGEST_PATH or not _NOT_A_PATH.isdisjoint(value):
        return False
    if is_network_url(value) or ends_like_image(value):
        return True
    return value.strip("/") != "" and "/" in value and not any(map(str.isspace, value))

"""Read the value of an attribute by the rule that its row names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from crawler.references.candidate import Mention, Skip
from crawler.references.front_matter import image_values
from crawler.references.html_attributes import LAZY_NAMES, Attribute, Kind
from crawler.references.html_element import Element
from crawler.references.image_urls import ends_like_image, is_data_image, may_name_image
from crawler.references.json_ld import parse_json
from crawler.references.srcset import choices

Reader = Callable[[Attribute, str, Element], Iterator[Mention]]

_A_PATH: Final = re.compile(r"[./\\]")
"""What stands in JSON that holds a URL; most of it holds numbers and words."""
_UNSEEN: Final = frozenset({"0", "1", "0px", "1px"})
_PIXEL: Final = Skip(code="tracking-pixel", detail="one pixel by its width and height attributes")


def _pixel(element: Element) -> Skip | None:
    """Return the reason to skip an image that nobody sees and that stands in for no lazy one."""
    attributes = element.attributes
    sides = (attributes.get("width", "").strip(), attributes.get("height", "").strip())
    if element.name == "img" and _UNSEEN.issuperset(sides) and LAZY_NAMES.isdisjoint(attributes):
        return _PIXEL
    return None


def _url(row: Attribute, value: str, element: Element) -> Iterator[Mention]:
    yield element.mention(row.origin, value, skip=_pixel(element))


def _srcset(row: Attribute, value: str, element: Element) -> Iterator[Mention]:
    """Yield every candidate; the largest is fetched and the others name it."""
    skip = _pixel(element)
    for url, chosen in choices(value):
        yield element.mention(row.origin, url, skip=skip, chosen=chosen)


def _lazy(row: Attribute, value: str, element: Element) -> Iterator[Mention]:
    if may_name_image(value):
        yield element.mention(row.origin, value)


def _lazy_srcset(row: Attribute, value: str, element: Element) -> Iterator[Mention]:
    if all(may_name_image(url) for url, _ in choices(value)):
        yield from _srcset(row, value, element)


def _ending(row: Attribute, value: str, element: Element) -> Iterator[Mention]:
    if is_data_image(value.strip()) or (may_name_image(value) and ends_like_image(value)):
        yield element.mention(row.origin, value)


def _data(row: Attribute, value: str, element: Element) -> Iterator[Mention]:
    """Yield the images of JSON, or the one that the value itself is."""
    if value.lstrip()[:1] in {"{", "["}:
        if _A_PATH.search(value):
            yield from _json(row, value, element)
    else:
        yield from _ending(row, value, element)


def _json(row: Attribute, value: str, element: Element) -> Iterator[Mention]:
    for url in image_values(parse_json(value)):
        yield element.mention(row.origin, url)


READERS: Final[dict[Kind, Reader]] = {
    "url": _url,
    "srcset": _srcset,
    "lazy": _lazy,
    "lazy-srcset": _lazy_srcset,
    "lazy-ending": _ending,
    "json": _data,
}

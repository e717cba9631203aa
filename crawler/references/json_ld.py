"""Find images in JSON-LD: the properties of schema.org whose value is an image.

Source: https://www.w3.org/TR/json-ld11/#embedding-json-ld-in-html-documents, https://schema.org/image
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from crawler.references.limits import METADATA_NODES, LimitReached

_IMAGE_PROPERTIES: Final = frozenset(
    {"image", "logo", "photo", "primaryImageOfPage", "screenshot", "thumbnail", "thumbnailUrl"}
)
_URL_PROPERTIES: Final = ("contentUrl", "url", "@id")


def parse_json(text: str) -> object:
    """Return the value of *text*, or None where it is no JSON, or nested too deep."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def images_of_json_ld(text: str) -> Iterator[str]:
    """Yield the images of a JSON-LD script, with or without a CDATA section around it.

    Raises LimitReached after the last one that is read.

    >>> list(images_of_json_ld('//<![CDATA[ {"image": {"url": "a.png"}} //]]>'))
    ['a.png']
    """
    start, end = _bounds(text)
    pending: list[tuple[object, bool]] = [(parse_json(text[start:end]), False)]
    for _ in range(METADATA_NODES):
        if not pending:
            return
        value, names_image = pending.pop()
        if isinstance(value, str) and names_image:
            yield value
        elif isinstance(value, list):
            pending.extend((item, names_image) for item in reversed(value))
        elif isinstance(value, dict):
            pending.extend(reversed(list(_of_object(value, names_image))))
    raise LimitReached(f"JSON-LD: more than {METADATA_NODES} values, the rest was not read")


def _bounds(text: str) -> tuple[int, int]:
    """Return where the JSON begins and ends, without a CDATA section and what comments it out."""
    if (section := text.find("<![CDATA[")) >= 0:
        end = max(text.rfind("]]>"), section)
        return section + 9, len(text[:end].rstrip().rstrip("/*").rstrip())
    return 0, len(text)


def _of_object(value: dict[str, object], names_image: bool) -> Iterator[tuple[object, bool]]:
    inner = next((key for key in _URL_PROPERTIES if value.get(key)), None) if names_image else None
    for key, item in value.items():
        yield item, key == inner or key in _IMAGE_PROPERTIES

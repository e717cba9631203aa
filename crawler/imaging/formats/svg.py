"""SVG is kept as it is: proved to be well-formed to its end, measured, never rasterised.

Entities that expand to a hundred times the file are expat's to refuse (2.4 and later).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.parsers import expat

from crawler.imaging.defects import Corrupt, Defect, Foreign, Missing

_NAMESPACE = "http://www.w3.org/2000/svg"
_LENGTH = re.compile(r"\s*\+?(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})\s*(?:px)?\s*")
_UNFINISHED = frozenset(
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)


Size = tuple[int | None, int | None]
"""Width and height in pixels, where the image says so in plain numbers."""


class _Reader:
    """Remembers the root, and how deep the parser is."""

    def __init__(self) -> None:
        self.root: tuple[str, dict[str, str]] | None = None
        self.depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.root is None:
            self.root = name, attributes

    def end(self, _name: str) -> None:
        self.depth -= 1


def measure(payload: bytes) -> Size:
    """Return the size of an SVG document. Raises a Defect unless it is whole."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(payload, True)  # noqa: FBT003 - expat takes no keywords
    except expat.ExpatError as error:
        raise _defect(error, reader) from error
    if reader.root is None:
        raise Missing("the document has no root")
    name, attributes = reader.root
    if name not in {"svg", f"{_NAMESPACE} svg"}:
        raise Foreign(f"an XML document whose root is {name.rpartition(' ')[2]}")
    return _size(attributes)


def _defect(error: expat.ExpatError, reader: _Reader) -> Defect:
    cut = error.code in _UNFINISHED and (reader.depth or reader.root is None)
    return (Missing if cut else Corrupt)(f"not well-formed: {error}")


def _size(attributes: Mapping[str, str]) -> Size:
    # https://svgwg.org/svg2-draft/coords.html#SizingSVGInCSS: the rest is the viewBox's.
    width, height = (_pixels(attributes.get(name, "")) for name in ("width", "height"))
    box = [_pixels(part) for part in attributes.get("viewBox", "").replace(",", " ").split()[2:4]]
    if len(box) == 2 and box[0] and box[1]:  # noqa: PLR2004 - width and height
        if width is None and height is None:
            width, height = box
        elif width is None and height is not None:
            width = height * box[0] / box[1]
        elif height is None and width is not None:
            height = width * box[1] / box[0]
    return _whole(width), _whole(height)


def _pixels(length: str) -> float | None:
    match = _LENGTH.fullmatch(length)
    return float(match[1]) if match else None


def _whole(length: float | None) -> int | None:
    return None if length is None else max(1, round(length))

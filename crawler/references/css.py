"""Find images in CSS: ``url()`` and the strings of ``image-set()``, in properties that paint one.

Source: https://drafts.csswg.org/css-syntax-3/ (through tinycss2), https://drafts.csswg.org/css-images-4/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import tinycss2  # type: ignore[import-untyped]

_PAINTING: Final = frozenset(
    {
        "background", "background-image", "border-image", "border-image-source", "content",
        "cursor", "list-style", "list-style-image", "mask", "mask-border", "mask-border-source",
        "mask-box-image", "mask-box-image-source", "mask-image", "shape-outside",
    }
)  # fmt: skip
"""Not among them: ``src`` of a font, ``behavior``, ``filter``, ``clip-path``, ``marker``."""

_WITHOUT_IMAGES: Final = frozenset({"import", "font-face", "namespace", "charset"})
_IMAGE_SETS: Final = frozenset({"image-set", "-webkit-image-set", "image", "cross-fade"})
_CHOOSING: Final = frozenset({"image-set", "-webkit-image-set"})
_URL_FUNCTIONS: Final = frozenset({"url", "src"})
_PER_DOT: Final = {"x": 1.0, "dppx": 1.0, "dpi": 1 / 96, "dpcm": 2.54 / 96}
"""https://drafts.csswg.org/css-values-4/#resolution"""
_SIGNS: Final = ("url(", "image-set(", "src(", "\\")


class Painted(NamedTuple):
    """An image, with the line on which it stands, the first being 1."""

    url: str
    line: int
    chosen: str | None = None
    """The URL of the option that is fetched, where it is one of an ``image-set()``."""


def may_hold_images(text: str) -> bool:
    """Return whether it is worth while to parse *text*."""
    lowered = text.lower()
    return any(sign in lowered for sign in _SIGNS)


def images_of_declarations(text: str) -> list[Painted]:
    """Return the images of a style attribute.

    >>> images_of_declarations("color: red; background: #fff url( 'a b.png' ) no-repeat")
    [Painted(url='a b.png', line=1, chosen=None)]
    """
    return list(_of_block(tinycss2.parse_blocks_contents(text, skip_comments=True)))


def images_of_style_sheet(text: str) -> list[Painted]:
    """Return the images of a style sheet.

    >>> images_of_style_sheet("@font-face { src: url(f.woff) } p { background: url(a.png) }")
    [Painted(url='a.png', line=1, chosen=None)]
    """
    return list(_of_block(tinycss2.parse_stylesheet(text, skip_comments=True)))


def _of_block(nodes: list[Any]) -> Iterator[Painted]:
    """Yield the images of rules and declarations, nested ones in their place."""
    pending = nodes[::-1]
    while pending:
        node = pending.pop()
        if node.type == "declaration":
            if node.lower_name.startswith("--") or _unprefixed(node.lower_name) in _PAINTING:
                yield from _of_values(node.value)
        elif node.type == "qualified-rule" or (
            node.type == "at-rule" and node.lower_at_keyword not in _WITHOUT_IMAGES
        ):
            content = tinycss2.parse_blocks_contents(node.content or [], skip_comments=True)
            pending.extend(content[::-1])


def _unprefixed(name: str) -> str:
    """Return *name* without the prefix of a browser: ``-webkit-mask`` is ``mask``."""
    return name.split("-", 2)[2] if name.startswith("-") and name.count("-") > 1 else name


def _of_values(values: list[Any], *, in_set: bool = False) -> Iterator[Painted]:
    pending = [(value, in_set) for value in reversed(values)]
    while pending:
        value, in_set = pending.pop()
        if value.type == "url" or (in_set and value.type == "string"):
            yield Painted(value.value, value.source_line)
        elif value.type == "function" and value.lower_name in _URL_FUNCTIONS:
            yield from _quoted(value)
        elif value.type == "function" and value.lower_name in _CHOOSING and not in_set:
            yield from _of_image_set(value.arguments)
        elif value.type == "function" and value.lower_name != "type":
            holds_images = value.lower_name in _IMAGE_SETS
            pending.extend((argument, holds_images) for argument in reversed(value.arguments))


def _of_image_set(arguments: list[Any]) -> Iterator[Painted]:
    """Yield every option; of each type, the one of the highest resolution is fetched.

    Options of different types are alternatives, like the sources of a ``picture``.
    """
    options = [
        (image, _type(option), _resolution(option))
        for option in _split(arguments)
        for image in _of_values(option, in_set=True)
    ]
    best: dict[str, tuple[float, str]] = {}
    for image, media_type, resolution in options:
        if media_type not in best or resolution > best[media_type][0]:
            best[media_type] = resolution, image.url
    for image, media_type, _ in options:
        yield image._replace(chosen=best[media_type][1])


def _split(arguments: list[Any]) -> list[list[Any]]:
    options: list[list[Any]] = [[]]
    for argument in arguments:
        if argument.type == "literal" and argument.value == ",":
            options.append([])
        else:
            options[-1].append(argument)
    return options


def _resolution(option: list[Any]) -> float:
    for node in option:
        if node.type == "dimension" and node.lower_unit in _PER_DOT:
            return float(node.value) * _PER_DOT[node.lower_unit]
    return 1.0


def _type(option: list[Any]) -> str:
    for node in option:
        if node.type == "function" and node.lower_name == "type":
            return "".join(part.value for part in node.arguments if part.type == "string").lower()
    return ""


def _quoted(function: Any) -> Iterator[Painted]:  # noqa: ANN401 - tinycss2 has no types
    for argument in function.arguments:
        if argument.type == "string":
            yield Painted(argument.value, function.source_line)
            return

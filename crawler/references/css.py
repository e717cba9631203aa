"""Find images in CSS: ``url()`` and the strings of ``image-set()``, in properties that paint one.

Source: https://drafts.csswg.org/css-syntax-3/ (through tinycss2), https://drafts.csswg.org/css-images-4/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

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
_URL_FUNCTIONS: Final = frozenset({"url", "src"})
_SIGNS: Final = ("url(", "image-set(", "src(", "\\")


def may_hold_images(text: str) -> bool:
    """Return whether it is worth while to parse *text*."""
    lowered = text.lower()
    return any(sign in lowered for sign in _SIGNS)


def urls_of_declarations(text: str) -> list[str]:
    """Return the images of a style attribute.

    >>> urls_of_declarations("color: red; background: #fff url( 'a b.png' ) no-repeat")
    ['a b.png']
    """
    return [url for url, _ in _of_block(tinycss2.parse_blocks_contents(text, skip_comments=True))]


def urls_of_style_sheet(text: str) -> list[tuple[str, int]]:
    """Return the images of a style sheet, each with its line, the first being 1.

    >>> urls_of_style_sheet("@font-face { src: url(f.woff) } p { background: url(a.png) }")
    [('a.png', 1)]
    """
    return list(_of_block(tinycss2.parse_stylesheet(text, skip_comments=True)))


def _of_block(nodes: list[Any]) -> Iterator[tuple[str, int]]:
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


def _of_values(values: list[Any]) -> Iterator[tuple[str, int]]:
    pending = [(value, False) for value in reversed(values)]
    while pending:
        value, in_set = pending.pop()
        if value.type == "url" or (in_set and value.type == "string"):
            yield value.value, value.source_line
        elif value.type == "function" and value.lower_name in _URL_FUNCTIONS:
            yield from _quoted(value)
        elif value.type == "function":
            holds_images = value.lower_name in _IMAGE_SETS
            pending.extend((argument, holds_images) for argument in reversed(value.arguments))


def _quoted(function: Any) -> Iterator[tuple[str, int]]:  # noqa: ANN401 - tinycss2 has no types
    for argument in function.arguments:
        if argument.type == "string":
            yield argument.value, function.source_line
            return

"""Resolve the character references of an attribute's value, as HTML does."""

from __future__ import annotations

import re
from html import unescape
from html.entities import html5
from typing import Final

_REFERENCE: Final = re.compile(
    r"&(?:#[xX][0-9a-fA-F]++;?|#[0-9]++;?|([a-zA-Z][a-zA-Z0-9]*+)(;?)(=?))"
)


def attribute_value(written: str) -> str:
    """Return the value that *written* stands for.

    Source: https://html.spec.whatwg.org/#named-character-reference-state: in an attribute a name
    without semicolon is left alone before ``=``, letters and digits: ``&copy=1`` is a parameter.

    >>> attribute_value("a?b=1&amp;c=2&copy=3&sect;&#x26;&lt")
    'a?b=1&c=2&copy=3§&<'
    """
    return _REFERENCE.sub(_resolve, written) if "&" in written else written


def _resolve(match: re.Match[str]) -> str:
    name, semicolon, equals = match.groups()
    if name is None:
        return unescape(match.group())
    if semicolon:
        return html5.get(f"{name};", f"&{name};") + equals
    return match.group() if equals else html5.get(name, f"&{name}")

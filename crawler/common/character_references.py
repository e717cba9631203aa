"""Resolve the character references of an attribute's value, as HTML does."""

from __future__ import annotations

import re
import sys
from html.entities import html5
from typing import Final

_REFERENCE: Final = re.compile(
    r"&(?:#[xX]0*+([0-9a-fA-F]++)?;?|#0*+([0-9]++)?;?|([a-zA-Z][a-zA-Z0-9]*+)(;?)(=?))"
)
_LONGEST: Final = 7
"""Digits, hexadecimal or decimal, of the largest code point."""
_WINDOWS_1252: Final = {
    number: bytes([number]).decode("cp1252", "ignore") or chr(number)
    for number in range(0x80, 0xA0)
}
"""What C1 controls stand for: https://html.spec.whatwg.org/#numeric-character-reference-end-state"""
_SURROGATES: Final = range(0xD800, 0xE000)


def attribute_value(written: str) -> str:
    """Return the value that *written* stands for.

    Source: https://html.spec.whatwg.org/#named-character-reference-state: in an attribute a name
    without semicolon is left alone before ``=``, letters and digits: ``&copy=1`` is a parameter.

    >>> attribute_value("a?b=1&amp;c=2&copy=3&sect;&#x26;&lt")
    'a?b=1&c=2&copy=3§&<'
    """
    return _REFERENCE.sub(_resolve, written) if "&" in written else written


def _resolve(match: re.Match[str]) -> str:
    hexadecimal, decimal, name, semicolon, equals = match.groups()
    if name is None:
        return _numeric(match, hexadecimal or decimal, 16 if match.group()[2:3] in "xX" else 10)
    if semicolon:
        return html5.get(f"{name};", f"&{name};") + equals
    return match.group() if equals else html5.get(name, f"&{name}")


def _numeric(match: re.Match[str], digits: str | None, radix: int) -> str:
    if digits is None and not match.group().rstrip(";").endswith("0"):  # no digit at all
        return match.group()
    number = int(digits, radix) if digits and len(digits) <= _LONGEST else 0
    if not 0 < number <= sys.maxunicode or number in _SURROGATES:
        return "\ufffd"
    return _WINDOWS_1252.get(number, chr(number))

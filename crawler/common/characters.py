r"""Characters that do not show, or that change the order in which others show.

Two names that differ only in these look the same, and one with a direction mark looks like another:
``a\u202Egnp.md`` shows as ``adm.png``.

Source: https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point; beside what that has,
controls, separators of lines, the marks of interlinear annotations, and surrogates, which stand for
bytes that are no UTF-8 (PEP 383). Selectors of variants are not among them: they show in what they
follow.
"""

from __future__ import annotations

import re
from typing import Final

_JOINERS: Final = "\\u200c\\u200d"
_BUT_JOINERS: Final = (
    "\\x00-\\x1f\\x7f-\\x9f\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180e"
    "\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ud800-\\udfff\\ufeff\\uffa0"
    "\\ufff0-\\ufffb\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e00ff"
    "\\U000e01f0-\\U000e0fff"
)
UNSEEN: Final = _BUT_JOINERS + _JOINERS
"""All of them, as a class of a regular expression has them."""

_OUT_OF_PLACE: Final = re.compile(rf"[{_BUT_JOINERS}]|(?<![^\x00-\x7f])[{_JOINERS}]")
"""Joiners belong to how many scripts, and pictures of people, are written."""
_BYTES: Final = range(0xDC80, 0xDD00)
_PICTURES: Final = {**{code: chr(0x2400 + code) for code in range(0x20)}, 0x7F: "\u2421"}


def visible(text: str) -> str:
    r"""Return *text* with what would not show written out; tabs and line feeds stay.

    Titles, names of files and answers of servers must neither command the terminal that shows them,
    nor look like others.

    >>> visible("a\x1b[2Jb\n"), visible("a\u202egnp.md"), visible("caf\udce9.md")
    ('a␛[2Jb\n', 'a\\u202egnp.md', 'caf\\xe9.md')
    """
    if text.isascii() and text.isprintable():
        return text
    return _OUT_OF_PLACE.sub(lambda match: _written_out(match[0]), text)


def _written_out(character: str) -> str:
    code = ord(character)
    if character in "\t\n":
        return character
    if code in _BYTES:
        return f"\\x{code - _BYTES.start + 0x80:02x}"
    return _PICTURES.get(code) or (f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}")  # noqa: PLR2004 - what four digits hold

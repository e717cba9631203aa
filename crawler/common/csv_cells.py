"""Cells of a CSV that somebody may open in a spreadsheet."""

from __future__ import annotations

from typing import Final

from crawler.common.safe_paths import storable

_BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def as_cell(value: object) -> object:
    """Return *value* as a cell that no spreadsheet takes for a formula: with a quote before it.

    Titles, names and URLs are other people's words; formulas can send away what stands beside
    them. Source: https://owasp.org/www-community/attacks/CSV_Injection

    >>> as_cell("=1+1"), as_cell("1+1"), as_cell(-1)
    ("'=1+1", '1+1', -1)
    """
    if not isinstance(value, str):
        return value
    text = storable(value)
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text

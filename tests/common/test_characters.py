"""What does not show, by the categories of Unicode."""

from __future__ import annotations

import re
import sys
import unicodedata

from crawler.common.characters import UNSEEN, visible

_UNSEEN = re.compile(f"[{UNSEEN}]")
_SHOW = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
"""Marks over and around numbers, which are formats by their category and are drawn."""
_HIEROGLYPHS = range(0x13430, 0x13440)
"""What joins them, which is drawn where it joins nothing."""


def test_all_formats() -> None:
    """Every control, format, surrogate and separator of lines is known, and no letter."""
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        hides = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        if hides and character not in _SHOW and code not in _HIEROGLYPHS:
            assert _UNSEEN.fullmatch(character), f"{code:x}"
        elif unicodedata.category(character)[0] in "LNPS" and "FILLER" not in (
            unicodedata.name(character, "")
        ):
            assert not _UNSEEN.fullmatch(character), f"{code:x}"


def test_words_of_many_scripts() -> None:
    """What joins letters and pictures stays in words; between letters of ASCII it is shown."""
    family, persian = "\U0001f469\u200d\U0001f4bb", "\u0646\u06cc\u0645\u200c\u0641"

    assert visible(family) == family
    assert visible(persian) == persian
    assert visible("a\u200db") == "a\\u200db"
    assert visible("a\u2028b\u200e\U000e0041") == "a\\u2028b\\u200e\\U000e0041"

"""How long ago, as people write it: ``30d``, ``12h``."""

from __future__ import annotations

import re
from datetime import timedelta

_AGE = re.compile(r"(?P<number>[0-9]{1,6})\s?(?P<unit>[smhdw])")
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_LONGEST = timedelta(days=36_500)


def age_of(text: str) -> timedelta | None:
    """Return the age that *text* means, or None if it means none; ``0`` needs no unit.

    >>> age_of("36h"), age_of("0"), age_of("30")
    (datetime.timedelta(days=1, seconds=43200), datetime.timedelta(0), None)
    """
    plain = text.strip().lower()
    found = _AGE.fullmatch(plain)
    if found is None:
        return timedelta(0) if plain == "0" else None
    age = int(found["number"]) * _UNITS[found["unit"]]
    return age if age <= _LONGEST else None

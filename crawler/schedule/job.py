"""A job that is to run by itself, and when its turn is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from crawler.errors import UsageError

NAMED = ("hourly", "daily", "weekly", "monthly")
"""Intervals that every scheduler can be told."""
_FIRST_HOUR, _HOURS = 1, 5
"""Of the night, for what runs once a day or less often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One command line, whose paths are absolute."""

    words: tuple[str, ...]
    archive: Path
    writes: tuple[Path, ...]
    """All that it writes to: the archive, a file of metrics, articles with bundles beside them."""
    every: str
    """One of `NAMED`, or an expression of the scheduler's own."""
    timeout: float
    """Seconds that a request in hand may take."""

    def __post_init__(self) -> None:
        """Raise UsageError for what no line of a configuration can hold."""
        for word in (*self.words, self.every):
            if not word.isprintable():
                raise UsageError(
                    f"{word!r} has a line feed or another character of control:"
                    " put it into a file, and give that with --config"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """When an archive has its turn: not all of them at the full hour."""

    minute: int
    hour: int
    weekday: int
    """0 is Sunday."""
    day: int
    """From 1 to 28, which every month has."""


def turn_of(archive: Path) -> Turn:
    """Return the turn of *archive*, always the same."""
    drawn = hashlib.sha256(str(archive).encode(errors="surrogateescape")).digest()
    return Turn(
        minute=drawn[0] % 60,
        hour=_FIRST_HOUR + drawn[1] % _HOURS,
        weekday=drawn[2] % 7,
        day=1 + drawn[3] % 28,
    )

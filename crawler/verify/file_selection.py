"""Which files are read: all, a part of them, or what is new.

What is chosen depends on the files and the given date alone, so that a person can repeat it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from crawler.errors import UsageError
from crawler.models import Version

_DIGITS = slice(len("sha256:"), len("sha256:") + 8)
_ALL = 1 << 32
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A part of the files, another one each day.

    The first eight hexadecimal digits of a file's digest say where between 0 and 1 it stands. Of a
    day, the part is as wide as was asked for, and begins where that of the day before ended: twenty
    days at 5 % cover everything.
    """

    part: Fraction
    day: date

    @property
    def begin(self) -> Fraction:
        """Return where the part of the day begins."""
        return (self.day - _EPOCH).days * self.part % 1

    def has(self, digest: str) -> bool:
        """Return whether the file with this digest is in the sample."""
        place = Fraction(int(digest[_DIGITS], 16), _ALL)
        return (place - self.begin) % 1 < self.part


def sample_of(text: str, day: date) -> Sample:
    """Return the sample that *text* asks for, of *day*. Raises UsageError.

    >>> sample_of("5%", date(2026, 11, 25)).part
    Fraction(1, 20)
    """
    number = text.strip().removesuffix("%").strip()
    try:
        part = Fraction(number) / 100
    except (ValueError, ZeroDivisionError):
        part = Fraction(0)
    if not 0 < part <= 1 or not text.strip().endswith("%"):
        raise UsageError(f"--sample {text!r}: expected a percentage such as 5%, up to 100%")
    return Sample(part=part, day=day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How deep a check goes; structure and completeness are always whole."""

    hashing: bool = True
    """Whether bytes are read; otherwise sizes are all that is compared."""
    decoding: bool = False
    """Whether the originals that are read are decoded, too."""
    sample: Sample | None = None
    since: date | None = None
    """Only what was archived on this day or later is read."""

    def chooses(self, digest: str, version: Version | None = None) -> bool:
        """Return whether the file with this digest is to be read.

        *version* is the one that it belongs to; an article has none.
        """
        if not self.hashing or (self.sample is not None and not self.sample.has(digest)):
            return False
        return self.since is None or version is None or self._is_new(version)

    def _is_new(self, version: Version) -> bool:
        # Dates of one form compare as texts.
        return self.since is not None and version.capture.date[:10] >= self.since.isoformat()

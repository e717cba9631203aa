"""What of an archive is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from crawler.export.bundle_contents import versions
from crawler.models import Entry, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Posts, states and a date; what is empty asks for all.

    A bundle is whole in itself: formats of bundles hold all of one in which an entry is asked for,
    formats of entries only what is asked for.
    """

    posts: frozenset[str] = frozenset()
    since: date | None = None
    """The first day on which an image was archived, in UTC."""
    states: frozenset[State] = frozenset()

    @property
    def is_all(self) -> bool:
        """Return whether the whole archive is asked for."""
        return not (self.posts or self.since or self.states)

    def takes(self, entry: Entry) -> bool:
        """Return whether this entry is asked for."""
        if self.states and entry.state not in self.states:
            return False
        # Dates of one form compare as texts.
        day = self.since.isoformat() if self.since else ""
        return not day or any(version.capture.date[:10] >= day for version in versions(entry))

    def chosen(self, entries: tuple[Entry, ...]) -> tuple[Entry, ...] | None:
        """Return those asked for among the *entries* of a bundle; None if the bundle is not."""
        taken = tuple(entry for entry in entries if self.takes(entry))
        return taken if taken or not (self.since or self.states) else None

    def __str__(self) -> str:
        if self.is_all:
            return "the whole archive"
        parts = [
            *(f"post {post}" for post in sorted(self.posts)),
            *([f"archived since {self.since}"] if self.since else []),
            *(sorted(self.states)),
        ]
        return ", ".join(parts)

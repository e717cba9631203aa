"""A writer that keeps nothing: what it is handed to is decoded for the proof alone."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.common.digests import digest
from crawler.models import Profile, Written


@dataclass(frozen=True, slots=True, kw_only=True)
class NoWriter:
    """Says of an original what it is."""

    path: str

    def original(self, payload: bytes, media_type: str) -> Written:  # noqa: ARG002 - as every writer
        """Return the record of an original that stays where it is."""
        return Written(path=self.path, digest=digest(payload), size=len(payload))

    def derivative(
        self,
        payload: bytes,
        media_type: str,  # noqa: ARG002 - as every writer
        profile: Profile,  # noqa: ARG002
        original: Written,  # noqa: ARG002
    ) -> Written:
        """Return the record of a derivative that is not kept."""
        return Written(path=self.path, digest=digest(payload), size=len(payload))

"""What an extractor hands over: an image as the post names it, not yet resolved."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Why a mention asks for no fetch."""

    code: str
    """Of an error class, ``not-chosen`` or ``tracking-pixel``."""
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One place where a post names an image."""

    origin: str
    location: str
    destination: str
    alt: str | None = None
    referrer_policy: str | None = None
    skip: Skip | None = None
    chosen: str | None = None
    """The destination that is fetched in this one's place."""

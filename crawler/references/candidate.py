"""What an extractor hands over: an image as the post names it, not yet resolved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from crawler.fields import Origin, ReferrerPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Why a mention asks for no fetch."""

    code: str
    """Of an error class, ``not-chosen`` or ``tracking-pixel``."""
    detail: str


NOT_CHOSEN: Final = Skip(code="not-chosen", detail="")
"""Another candidate is fetched in its place: the mention's ``chosen``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One place where a post names an image."""

    origin: Origin
    location: str
    destination: str
    alt: str | None = None
    referrer_policy: ReferrerPolicy | None = None
    skip: Skip | None = None
    chosen: str | None = None
    """The destination that is fetched where there are several, which may be this one."""
    full_size_of: str | None = None
    """The destination of the image around which this link stands, where it leads to another."""

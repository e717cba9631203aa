"""What is to be repaired, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from crawler.models import Version
from crawler.verify.bundle_locations import Place
from crawler.verify.expected_files import Named
from crawler.verify.findings import Finding, Verification
from crawler.verify.rebuild_catalog import Rebuilt


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A file whose bytes are gone or altered."""

    finding: Finding
    place: Place
    named: Named


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Bytes that nothing on this disk has any more, and where they came from."""

    digest: str
    url: str
    version: Version
    post_url: str | None
    referrer_policy: str | None
    is_former: bool
    """Whether the URL has had a newer image since."""


Restore = Callable[[Lost, bytes, str], None]
"""Is given the right bytes, and where they were found in the end, in words."""
Fetch = Callable[[Sequence[Lost], Restore], Mapping[str, str]]
"""Looks for lost bytes where they came from; returns why not, by their digests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What became of one finding."""

    finding: Finding
    done: bool
    how: str
    """Where the right bytes came from; or why it is as it was, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """What a repair did. Each finding has one outcome, in the order of the findings."""

    verification: Verification
    repairs: tuple[Repair, ...]
    set_aside: tuple[str, ...]
    """What was put out of the way, relative to the archive."""
    rebuilt: Rebuilt | None = None

    @property
    def is_sound(self) -> bool:
        """Return whether nothing is left to mend."""
        return all(repair.done for repair in self.repairs)


def lost(need: Need, post_url: str | None) -> Lost | None:
    """Return what to look for elsewhere, where *need* is an original that has a URL."""
    named = need.named
    if named.entry is None or named.version is None or named.derivative is not None:
        return None
    entry, version = named.entry, named.version
    policies = (reference.referrer_policy for reference in entry.references)
    return Lost(
        digest=named.digest,
        url=entry.url,
        version=version,
        post_url=post_url,
        referrer_policy=next(filter(None, policies), None),
        is_former=entry.original is not None and entry.original.digest != named.digest,
    )

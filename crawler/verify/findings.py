"""What a check can find, and what it says of the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from crawler.verify.file_selection import Depth

Kind = Literal[
    "missing", "altered", "unexpected", "undecodable", "manifest-invalid", "catalog-differs"
]

ADVICE: dict[Kind, str] = {
    "missing": "A file that a manifest names is not there, or a bundle that the catalog names.",
    "altered": "The bytes are no longer those that were archived.",
    "unexpected": "Nothing names these files. They stay where they are; move them yourself.",
    "undecodable": "The bytes are those that were archived, and no image that decodes whole.",
    "manifest-invalid": "The manifest is not what was written, or cannot be read.",
    "catalog-differs": "The catalog is damaged, or says otherwise than the manifests.",
}
"""Every kind, in the order in which they are told, with what it means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it was archived."""

    kind: Kind
    path: str
    """Relative to the archive, POSIX; of bundles that were given, relative to where they are."""
    detail: str
    bundle: str | None = None
    """The bundle that it is in, relative as `path` is."""
    expected: str | None = None
    """The digest that the manifest has."""
    found: str | None = None
    """The digest that the file has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """What an interrupted run left; the next run of its source completes it. No damage."""

    path: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How much was looked at."""

    bundles: int = 0
    files: int = 0
    """Files that manifests name; one with several names counts for each."""
    size: int = 0
    """Of these, in bytes."""
    hashed: int = 0
    hashed_size: int = 0
    """Bytes whose digests were compared; what several names share was read once."""
    decoded: int = 0
    alone: int = 0
    """Manifests and journals of which the catalog has no digest: they were judged by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """All that was found. Nothing found, nothing wrong."""

    findings: tuple[Finding, ...]
    unfinished: tuple[Unfinished, ...]
    checked: Checked
    depth: Depth

    @property
    def is_sound(self) -> bool:
        """Return whether nothing was found."""
        return not self.findings

    @property
    def counts(self) -> dict[Kind, int]:
        """How many findings there are of each kind, all kinds in their order."""
        found = Counter(finding.kind for finding in self.findings)
        return {kind: found[kind] for kind in ADVICE}

    def of(self, kind: Kind) -> Iterator[Finding]:
        """Yield the findings of one kind."""
        return (finding for finding in self.findings if finding.kind == kind)

"""Whether a manifest says what a manifest can say; no file is looked at."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from crawler.manifests import summarize
from crawler.model import Manifest, State
from crawler.operations.verifying.contents import named_files, versions_of

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_INSIDE = re.compile(r"(images|converted|thumbnails)/[^/\\\x00]+")


def contradictions(manifest: Manifest) -> Iterator[str]:
    """Yield what is wrong with a manifest that could be read."""
    for check in (_wrong_paths, _wrong_digests, _wrong_states, _claims, _wrong_counts):
        yield from check(manifest)


def _wrong_paths(manifest: Manifest) -> Iterator[str]:
    for named in named_files(manifest):
        if named.version is not None and not _INSIDE.fullmatch(named.path):
            yield f"the path {named.path!r} leads out of the folders of a bundle"


def _wrong_digests(manifest: Manifest) -> Iterator[str]:
    for named in named_files(manifest):
        if not _DIGEST.fullmatch(named.digest) or named.size < 0:
            yield f"{named.path}: {named.digest!r}, {named.size} bytes: no digest with a size"


_KEPT: frozenset[State] = frozenset({"archived", "suspect"})


def _wrong_states(manifest: Manifest) -> Iterator[str]:
    for entry in manifest.entries:
        kept = entry.original is not None and entry.capture is not None
        explained = entry.failure is not None or entry.state == "archived"
        if kept != (entry.state in _KEPT) or not explained:
            yield f"{entry.url}: what it has is not what the state {entry.state!r} says"


def _claims(manifest: Manifest) -> Iterator[str]:
    """Yield the paths that are named for different bytes, and URLs with several entries."""
    digests: dict[str, str] = {}
    for named in _all_names(manifest):
        if digests.setdefault(named[0], named[1]) != named[1]:
            yield f"two images are said to be at {named[0]}"
    for url, count in Counter(entry.url for entry in manifest.entries).items():
        if count > 1:
            yield f"{url} has {count} entries"


def _all_names(manifest: Manifest) -> Iterator[tuple[str, str]]:
    for entry in manifest.entries:
        for version in versions_of(entry):
            yield version.original.path, version.original.digest
            yield from ((made.path, made.digest) for made in version.derivatives)


def _wrong_counts(manifest: Manifest) -> Iterator[str]:
    if manifest.summary != summarize(manifest.entries):
        yield "the summary does not count its entries"

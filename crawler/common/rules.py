"""What the fields of a record must be together; what each may hold alone stands in `fields`."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.common import archive_layout, urls
from crawler.common.media_types import EXTENSIONS
from crawler.models import Derivative, Entry, Manifest, Original, State, Version

_KEPT: frozenset[State] = frozenset({"archived", "suspect"})
_FROM_SERVERS = frozenset({"live", "memento"})


def broken_rules(manifest: Manifest) -> Iterator[str]:
    """Yield what is wrong with a manifest whose fields are right, each for itself."""
    digests: dict[str, str] = {}
    known: set[str] = set()
    for entry in manifest.entries:
        if entry.url in known:
            yield f"{entry.url} has several entries"
        known.add(entry.url)
        yield from _wrong_state(entry)
        for version in versions_of(entry):
            yield from broken_rules_of_version(version)
            for file in files_of(version):
                if digests.setdefault(file.path, file.digest) != file.digest:
                    yield f"two images are said to be at {file.path}"


def broken_rules_of_version(version: Version) -> Iterator[str]:
    """Yield what is wrong with a version, of a manifest or of the catalog."""
    for file in files_of(version):
        if not file.path.endswith(f".{EXTENSIONS[file.media_type]}"):
            yield f"{file.path} is not called as {file.media_type} is"
    for made in version.derivatives:
        folder = (
            archive_layout.CONVERTED
            if made.profile == archive_layout.CONVERTED
            else archive_layout.THUMBNAILS
        )
        if not made.path.startswith(f"{folder}/"):
            yield f"{made.path} is not where a {made.profile} is"
    capture = version.capture
    if capture.via in _FROM_SERVERS and urls.scheme(capture.url) not in urls.NETWORK_SCHEMES:
        yield f"{capture.url} is no URL of a server"


def versions_of(entry: Entry) -> Iterator[Version]:
    """Yield all that an entry has had, newest first."""
    if entry.capture is not None and entry.original is not None:
        yield Version(capture=entry.capture, original=entry.original, derivatives=entry.derivatives)
    yield from entry.earlier


def files_of(version: Version) -> tuple[Original | Derivative, ...]:
    """Return the files of a version."""
    return (version.original, *version.derivatives)


def _wrong_state(entry: Entry) -> Iterator[str]:
    kept = entry.state in _KEPT
    if (entry.original is not None, entry.capture is not None) != (kept, kept):
        yield f"{entry.url} is {entry.state}, and what it has says otherwise"
    elif entry.derivatives and not kept:
        yield f"{entry.url} has copies of an image that it has not"
    if entry.failure is None and entry.state != "archived":
        yield f"{entry.url} is {entry.state} for no reason"

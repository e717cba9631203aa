"""What a page says of a picture: facts, provenance, digest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from crawler.common.advice import retry_command, when
from crawler.common.formatting import in_bytes
from crawler.common.urls import host
from crawler.errors import BY_CODE
from crawler.gallery.links import opened_file, web_link
from crawler.gallery.post_images import Picture
from crawler.models import Capture, Entry, Failure, Original, Reference

_VIA: Final = {
    "live": "from its server",
    "file": "from a file beside the article",
    "data": "from the article itself",
    "memento": "from an archive of the web",
}
_PLACES: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A line of the facts; with *href* its value is a link."""

    label: str
    value: str
    href: str | None = None
    code: bool = False
    """Whether the value is for machines."""


def dimensions(original: Original) -> str:
    """Return the size of a picture in words.

    >>> dimensions(Original(path="", digest="", size=61_100, media_type="image/png", width=64,
    ...     height=48, frames=3, perceptual_hash=None))
    '64 \u00d7 48, 3 frames, PNG, 61.1 kB'
    """
    parts = [f"{original.width} \u00d7 {original.height}"] if original.width else []
    parts += [f"{original.frames} frames"] if original.frames > 1 else []
    kind = original.media_type.partition("/")[2].partition("+")[0]
    return ", ".join([*parts, kind.removeprefix("x-").upper(), in_bytes(original.size)])


def facts_of(picture: Picture, prefix: str = "") -> list[Fact]:
    """Return what is known of *picture*; *prefix* leads to the bundle."""
    return list(_facts(picture.entry, prefix))


def _facts(entry: Entry, prefix: str) -> Iterator[Fact]:
    yield Fact(label="URL", value=entry.url, href=web_link(entry.url), code=True)
    if entry.failure is not None and entry.state == "archived":
        now = f"{entry.failure.code}: {entry.failure.detail}"
        yield Fact(label="Its server now", value=now)
    elif entry.failure is not None:
        yield from _failure(entry.failure, host(entry.url))
    if entry.capture is not None:
        yield from _capture(entry.capture, entry.url)
    if entry.original is not None:
        yield Fact(label="Original", value=dimensions(entry.original))
        linked = opened_file(entry.original.path, entry.original.media_type, prefix)
        yield Fact(label="File", value=entry.original.path, href=linked, code=True)
        yield Fact(label="Digest", value=entry.original.digest, code=True)
    for made in entry.derivatives:
        yield Fact(
            label="Copy",
            value=f"{made.path} ({made.width} \u00d7 {made.height}, {in_bytes(made.size)})",
            href=opened_file(made.path, made.media_type, prefix),
            code=True,
        )
    yield from _places(entry.references)
    for version in entry.earlier:
        yield Fact(
            label="Before",
            value=f"{version.original.path}, {when(version.capture.date)}",
            href=opened_file(version.original.path, version.original.media_type, prefix),
            code=True,
        )


def _failure(failure: Failure, server: str) -> Iterator[Fact]:
    yield Fact(label="Reason", value=f"{failure.code}: {failure.detail}")
    yield Fact(label="Advice", value=BY_CODE[failure.code].advice)
    command = retry_command(failure.code, host=server or None)
    if command is not None:
        yield Fact(label="To try again", value=command, code=True)
    if failure.next_attempt is not None:
        yield Fact(label="Next attempt", value=f"after {when(failure.next_attempt)}")


def _capture(capture: Capture, url: str) -> Iterator[Fact]:
    yield Fact(label="Captured", value=f"{when(capture.date)}, {_VIA[capture.via]}")
    for hop in capture.redirects:
        yield Fact(label="Redirected by", value=f"{hop.url} ({hop.status})", code=True)
    if capture.url != url:
        yield Fact(label="Came from", value=capture.url, href=web_link(capture.url), code=True)
    if capture.referer is not None:
        yield Fact(label="Referer", value=capture.referer, code=True)
    if capture.last_modified is not None:
        yield Fact(label="Last modified", value=capture.last_modified)


def _places(references: tuple[Reference, ...]) -> Iterator[Fact]:
    places = Counter(f"{r.location} ({r.origin})" for r in references)
    words = [f"{place} \u00d7 {n}" if n > 1 else place for place, n in places.items()]
    more = f" and {len(words) - _PLACES} more" if len(words) > _PLACES else ""
    yield Fact(label="Named in", value="; ".join(words[:_PLACES]) + more)

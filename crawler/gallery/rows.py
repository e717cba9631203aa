"""What the gallery's pages know of one post: rows for its card, its images, what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from crawler.common import json_codec, urls
from crawler.common.characters import visible
from crawler.common.problems import costly, count_costly, kind_of_problem
from crawler.gallery.image_facts import dimensions
from crawler.gallery.post_images import Picture
from crawler.models import Entry, Manifest
from crawler.references.origins import FRONT_MATTER

UNDATED: Final = "undated"
_MONTH: Final = re.compile(r"[0-9]{4}-[0-9]{2}")
_SMALLEST_COVER: Final = 100
"""Pixels: what is narrower is an ornament."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """A picture as those are compared that look alike."""

    number: int
    digest: str
    hash: str
    row: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRows:
    """The rows of one post, as lines of JSON."""

    month: str
    """``2021-12``, or ``undated``."""
    date: str
    source: str
    post: str
    images: str
    missing: str
    """Empty where nothing is."""
    doubts: int
    """Problems for which the post may name images that were not found."""
    codes: dict[str, int]
    """How many lines of `missing` for each code of a failure, or kind of a problem."""
    likenesses: tuple[Likeness, ...]


def rows_of(
    manifest: Manifest, pictures: tuple[Picture, ...], *, page: str, bundle: str
) -> PostRows:
    """Return the rows of a post whose page is at *page*; its *bundle*'s place is a URL with ``/``.

    Both are relative to the archive.
    """
    post, summary = manifest.post, manifest.summary
    source = _source(manifest)
    link = quote(page)
    missing = [_missing_row(p) for p in pictures if p.entry.state in {"failed", "suspect"}]
    doubts = costly(post.problems)
    missing += map(_doubt_row, doubts)
    card = {
        "page": link,
        "title": post.title or visible(post.id),
        "id": visible(post.id),
        "date": post.date,
        "source": source,
        "author": post.author,
        "doubts": len(doubts),
        "counts": [summary.archived, summary.suspect, summary.failed, summary.skipped],
        "cover": _cover(pictures, bundle),
    }
    images = [_image_row(picture, bundle) for picture in pictures]
    return PostRows(
        month=post.date[:7] if post.date and _MONTH.match(post.date) else UNDATED,
        date=post.date or "",
        source=source,
        post=json_codec.to_json(card),
        images=json_codec.to_json([link, card["title"], post.date, images]) if images else "",
        missing=json_codec.to_json([link, card["title"], missing]) if missing else "",
        doubts=len(doubts),
        codes={**_codes(manifest.entries), **count_costly(doubts)},
        likenesses=tuple(_likenesses(manifest, pictures, link, bundle)),
    )


def _source(manifest: Manifest) -> str:
    """Return where a post came from, as people tell their sources apart."""
    source = manifest.post.source
    if urls.scheme(source) in urls.NETWORK_SCHEMES:
        return urls.host(source)
    first, slash, _ = manifest.post.id.partition("/")
    return visible(first) if slash else ""


def _cover(pictures: tuple[Picture, ...], bundle: str) -> list[Any] | None:
    kept = [p for p in pictures if p.small and p.entry.original and p.entry.state == "archived"]
    chosen = [p for p in kept if any(r.origin == FRONT_MATTER for r in p.entry.references)]
    large = [p for p in kept if (p.width or _SMALLEST_COVER) >= _SMALLEST_COVER]
    best = next(iter([*chosen, *large]), None)
    if best is None:
        return None
    color = best.entry.original.average_color if best.entry.original else None
    return [bundle + (best.small or ""), best.width, best.height, color]


def _image_row(picture: Picture, bundle: str) -> list[Any]:
    entry, original = picture.entry, picture.entry.original
    return [
        picture.number,
        entry.state,
        entry.url,
        picture.alt,
        bundle + picture.small if picture.small else None,
        bundle + picture.full if picture.full else None,
        picture.width,
        picture.height,
        original.average_color if original else None,
        dimensions(original) if original else None,
        entry.failure.code if entry.failure else None,
    ]


def _missing_row(picture: Picture) -> list[Any]:
    entry = picture.entry
    failure = entry.failure
    return [
        picture.number,
        entry.state,
        entry.url,
        failure.code if failure else "",
        failure.detail if failure else "",
        failure.next_attempt if failure else None,
    ]


def _doubt_row(problem: str) -> list[Any]:
    return [None, "incomplete", "", kind_of_problem(problem).name, problem, None]


def _codes(entries: tuple[Entry, ...]) -> dict[str, int]:
    codes: dict[str, int] = {}
    for entry in entries:
        if entry.failure and entry.state in {"failed", "suspect"}:
            codes[entry.failure.code] = codes.get(entry.failure.code, 0) + 1
    return codes


def _likenesses(
    manifest: Manifest, pictures: tuple[Picture, ...], link: str, bundle: str
) -> Iterator[Likeness]:
    for picture in pictures:
        original = picture.entry.original
        if original is not None and original.perceptual_hash and picture.small:
            row = [
                f"{link}#picture-{picture.number}",
                manifest.post.title or visible(manifest.post.id),
                bundle + picture.small,
                original.width,
                original.height,
                dimensions(original),
            ]
            yield Likeness(
                number=picture.number,
                digest=original.digest,
                hash=original.perceptual_hash,
                row=json_codec.to_json(row),
            )

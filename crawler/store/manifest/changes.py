"""What a manifest says otherwise than the one before it: a line of JSON for each image and post."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from crawler.common import json_codec
from crawler.models import Entry, Manifest, State

Kind = Literal[
    "new-post",
    "changed-post",
    "new-image",
    "changed-image",
    "gone-upstream",
    "newly-failed",
    "recovered",
]
KINDS: tuple[Kind, ...] = (
    "new-post",
    "changed-post",
    "new-image",
    "changed-image",
    "gone-upstream",
    "newly-failed",
    "recovered",
)
_HERE = frozenset({None, "archived", "skipped"})
"""States that nobody calls a failure; None is that of what was not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An image, or the article of a post, as a manifest has it."""

    state: State | None = None
    """None for an article."""
    digest: str | None = None
    code: str | None = None
    """Of the failure: of what is archived, of what its server answers now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An image, or a post, that is not what it was."""

    post: str
    url: str | None
    """None for the post itself."""
    before: Seen | None
    """None where it was not there."""
    after: Seen


def changes_between(former: Manifest | None, manifest: Manifest) -> Iterator[Change]:
    """Yield what *manifest* has that *former* had not, or not so."""
    id_ = manifest.post.id
    article = Seen(digest=former.post.article.digest) if former else None
    before = {entry.url: _seen(entry) for entry in former.entries} if former else {}
    pairs: list[tuple[str | None, Seen | None, Seen]] = [
        (None, article, Seen(digest=manifest.post.article.digest)),
        *((entry.url, before.get(entry.url), _seen(entry)) for entry in manifest.entries),
    ]
    for url, old, new in pairs:
        change = Change(post=id_, url=url, before=old, after=new)
        if kind_of(change) is not None:
            yield change


def kind_of(change: Change) -> Kind | None:
    """Return what a person calls *change*, or None where it is none worth a word."""
    before, after = change.before, change.after
    if before == after:
        return None
    if change.url is None:
        return "new-post" if before is None else "changed-post"
    was = before.state if before else None
    if after.state not in _HERE:
        return "newly-failed" if was in _HERE else None
    return _archived(was, before, after) if after.state == "archived" else None


def _archived(was: State | None, before: Seen | None, after: Seen) -> Kind | None:
    if before is None or was == "skipped":
        return "new-image"
    if was != "archived":
        return "recovered"
    if before.digest != after.digest:
        return "changed-image"
    if before.code is None:
        return "gone-upstream"
    return "recovered" if after.code is None else None


def to_lines(former: Manifest | None, manifest: Manifest) -> bytes:
    """Return the changes as JSON Lines."""
    return b"".join(
        json_codec.to_json(change).encode() + b"\n" for change in changes_between(former, manifest)
    )


def _seen(entry: Entry) -> Seen:
    return Seen(
        state=entry.state,
        digest=entry.original.digest if entry.original else None,
        code=entry.failure.code if entry.failure else None,
    )

"""What a person means by one word: a host, a post or an image of the archive; and its status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal

from crawler.common import archive_layout, urls
from crawler.errors import ManifestError, UsageError
from crawler.models import STATES, Manifest
from crawler.store.catalog import Catalog, open_catalog
from crawler.store.lookup import find_post, nearest, unknown
from crawler.store.manifest import read_manifest

Kind = Literal["host", "post", "image"]
_HOST_MARK = "//"
_POST_MARK = f"{archive_layout.POSTS}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One host, post or image of an archive."""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostStatus:
    """What an archive has of one host."""

    host: str
    states: dict[str, int]
    failures: dict[str, int]
    size: int
    """Bytes of the originals."""
    liked: str | None
    """The kind of Referer that it let in."""


def subject_of(root: Path, text: str) -> Subject:
    """Return what *text* means in the archive at *root*.

    A URL has a scheme. Else it is a host or a post, whichever is there; ``//HOST`` is the host and
    ``posts/ID`` the post in any case. Raises UsageError where it is neither, or both.
    """
    if "://" in text or urls.scheme(text) == "data":
        return Subject(kind="image", name=text)
    catalog = open_catalog(root)
    try:
        found = list(_meanings(catalog, text))
        if len(found) > 1:
            raise UsageError(
                f"{text} is a host and a post here:"
                f" say {_HOST_MARK}{text} for the host, {_POST_MARK}{text} for the post"
            )
        if not found:
            hosts = map(urls.in_own_letters, catalog.hosts())
            names = chain(hosts, (row.id for row in catalog.posts()))
            raise unknown(f"host and no post {text}", nearest(text, names))
        return found[0]
    finally:
        catalog.close()


def _meanings(catalog: Catalog, text: str) -> Iterator[Subject]:
    host = urls.named_host(text)
    if host is not None and host in catalog.hosts():
        yield Subject(kind="host", name=host)
    if (row := find_post(catalog, text)) is not None:
        yield Subject(kind="post", name=row.id)


def host_status(root: Path, host: str) -> HostStatus:
    """Return what the archive at *root* has of *host*. Raises UsageError where there is none."""
    catalog = open_catalog(root)
    states: Counter[str] = Counter(dict.fromkeys(STATES, 0))
    failures: Counter[str] = Counter()
    size = 0
    try:
        for row in catalog.captures_of(host):
            states[row.state] += 1
            failures.update([row.failure.code] if row.failure and row.state != "archived" else [])
            size += row.version.original.size if row.version else 0
        learned = catalog.host(host)
    finally:
        catalog.close()
    return HostStatus(
        host=host,
        states=dict(states),
        failures=dict(sorted(failures.items())),
        size=size,
        liked=learned.liked if learned else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PostStatus:
    """One post, and the bundle that holds it."""

    id: str
    bundle: str | None
    """Relative to the archive; None for a post without references."""
    manifest: Manifest | None


def post_status(root: Path, post_id: str) -> PostStatus:
    """Return what the archive at *root* has of a post.

    Raises UsageError where there is none, or where its manifest cannot be read.
    """
    catalog = open_catalog(root)
    try:
        row = catalog.post(post_id)
    finally:
        catalog.close()
    if row is None:
        raise UsageError(f"the archive knows no post {post_id}")
    if row.bundle is None:
        return PostStatus(id=post_id, bundle=None, manifest=None)
    try:
        manifest = read_manifest(root / row.bundle / archive_layout.MANIFEST)
    except ManifestError as error:
        raise UsageError(f"{error}; image-archiver verify says more") from error
    return PostStatus(id=post_id, bundle=row.bundle, manifest=manifest)

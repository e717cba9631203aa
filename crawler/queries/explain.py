"""Everything that an archive knows of one image, from its catalog and its manifests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from crawler.common import archive_layout, urls
from crawler.errors import BY_CODE, ManifestError
from crawler.models import Attempt, Capture, Failure, Original, Reference, State
from crawler.store.catalog import CaptureRow, Catalog, open_catalog
from crawler.store.lookup import nearest, unknown
from crawler.store.manifest import read_manifest

_POSTS_READ = 50
_COMPARED = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """A post that names the image."""

    post: str
    bundle: str
    """Relative to the archive."""
    state: State
    path: str | None
    """Of its original, relative to the bundle."""
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One image: what was tried, what came of it, and what to do."""

    url: str
    state: State
    failure: Failure | None
    advice: str | None
    capture: Capture | None
    original: Original | None
    attempts: tuple[Attempt, ...]
    """The requests of the last try, the first of them first."""
    confirmed: str | None
    """When the server was last heard of the image, where that was after the capture."""
    unconfirmed: Failure | None
    """Why it did not answer since."""
    liked: str | None
    """The kind of Referer that the host let in before."""
    posts: tuple[Naming, ...]
    """The first fifty of those whose bundles are still there."""
    bundles: int
    """How many bundles were told of it."""


def explain(root: Path, url: str) -> Explanation:
    """Return what the archive at *root* knows of *url*; it may be written to meanwhile.

    Raises UsageError where there is no archive, or none that knows the URL.
    """
    catalog = open_catalog(root)
    try:
        return _explanation(root, _row(catalog, url), catalog)
    finally:
        catalog.close()


def _row(catalog: Catalog, url: str) -> CaptureRow:
    spellings = dict.fromkeys(spelling for spelling in (url, urls.resolve(url, None)) if spelling)
    rows = (catalog.capture(spelling) for spelling in spellings)
    row = next((row for row in rows if row is not None), None)
    if row is None:
        raise unknown(f"image {url}", _near(catalog, url))
    return row


def _near(catalog: Catalog, url: str) -> list[str]:
    """Return URLs of the same host, those that are most like *url*; else the hosts that are."""
    meant = urls.resolve(url if "//" in url else f"https://{url}", None)
    if meant is None:
        return []
    host = urlsplit(meant).hostname or ""
    places = (f"{scheme}://{host}" for scheme in sorted(urls.NETWORK_SCHEMES))
    known = [each for place in places for each in catalog.urls_below(place, _COMPARED)]
    return nearest(meant, known) or nearest(
        urls.in_own_letters(urls.host(meant)), map(urls.in_own_letters, catalog.hosts())
    )


def _explanation(root: Path, row: CaptureRow, catalog: Catalog) -> Explanation:
    bundles = catalog.holders(row.url)
    host = catalog.host(urls.host(row.url))
    fresh = catalog.freshness(row.url)
    captured = row.version.capture.date if row.version else ""
    return Explanation(
        url=row.url,
        state=row.state,
        failure=row.failure,
        advice=BY_CODE[row.failure.code].advice if row.failure else None,
        capture=row.version.capture if row.version else None,
        original=row.version.original if row.version else None,
        attempts=catalog.trace(row.url),
        confirmed=fresh.date if fresh and fresh.date > captured else None,
        unconfirmed=fresh.failure if fresh else None,
        liked=host.liked if host else None,
        posts=tuple(_namings(root, row.url, bundles[:_POSTS_READ])),
        bundles=len(bundles),
    )


def _namings(root: Path, url: str, bundles: list[str]) -> Iterator[Naming]:
    for bundle in bundles:
        try:
            manifest = read_manifest(root / bundle / archive_layout.MANIFEST)
        except ManifestError:
            continue  # `verify` is for those
        for entry in manifest.entries if manifest else ():
            if manifest is not None and entry.url == url:
                yield Naming(
                    post=manifest.post.id,
                    bundle=bundle,
                    state=entry.state,
                    path=entry.original.path if entry.original else None,
                    references=entry.references,
                )

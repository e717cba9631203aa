"""Make the catalog anew from the manifests.

What they do not say (hosts, answers of robots.txt, when an article was last looked at) is taken
from the former catalog as far as it can be read. Where it is gone, the next run of a source reads
its articles again, and finds in their manifests that nothing is to be asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Protocol, TypeVar

from crawler.common import archive_layout, urls
from crawler.common.files import stored_at
from crawler.common.rules import versions_of
from crawler.common.safe_paths import folded
from crawler.errors import ManifestError, StorageError
from crawler.models import Entry, Manifest
from crawler.store.archive import Archive
from crawler.store.catalog import CaptureRow, Catalog, PostRow
from crawler.store.catalog_salvage import salvage
from crawler.store.manifest import copies_article, count_failures, earliest, is_settled
from crawler.store.quarantine import Aside
from crawler.verify.bundle_locations import (
    Place,
    Stray,
    is_inside,
    place_at,
    places_below,
    places_given,
)
from crawler.verify.expected_files import manifest_at
from crawler.verify.verification import held, require_archive

_NEW = f"{archive_layout.CATALOG}.new"
_RUN = "rebuilt"
"""Stands for the run of a capture; no run is called so."""

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What the new catalog has."""

    posts: int
    images: int
    problems: tuple[str, ...]
    """Bundles that it has not, and why."""
    set_aside: tuple[str, ...] = ()
    """Where the former catalog is, relative to the archive."""


def rebuild_catalog(root: Path, *, given: Sequence[str] = ()) -> Rebuilt:
    """Make the catalog of the archive at *root* anew; posts whose bundles are gone are left out.

    Raises UsageError where there is no archive, ArchiveLockedError while a run holds it, and
    otherwise as `rebuild`.
    """
    root = root.resolve()
    require_archive(root)
    with held(root, writing=True):
        return rebuild(root, Aside(root, datetime.now(UTC)), given, forget=True)


def rebuild(root: Path, aside: Aside, given: Sequence[str] = (), *, forget: bool) -> Rebuilt:
    """Make the catalog of the archive at *root*, which must be held, anew.

    Bundles in place are found where the former catalog says, and in the folders *given*. *forget*
    says whether posts whose bundles are gone are left out, or stay for `verify` to miss. Raises
    UsageError for a folder without bundles, and StorageError.
    """
    for stale in root.glob(f"{_NEW}*"):
        stale.unlink()
    former = _Former(root / archive_layout.CATALOG)
    with closing(former), closing(Catalog(root / _NEW)) as new:
        rebuilding = _Rebuilding(root, former, new)
        for place in places_of(root, former, given):
            rebuilding.add(place)
        rebuilding.keep_rest(forget=forget)
    salvage(root / archive_layout.CATALOG, root / _NEW)
    former_files = sorted(set(root.glob(f"{archive_layout.CATALOG}*")) - set(root.glob(f"{_NEW}*")))
    moved = [aside.move(path, path.name, beneath=root) for path in former_files]
    (root / _NEW).replace(root / archive_layout.CATALOG)
    return replace(rebuilding.rebuilt, set_aside=tuple(moved))


def add_bundle(archive: Archive, path: str) -> None:
    """Take what the manifest of a new bundle says into the catalog of *archive*.

    Raises StorageError.
    """
    adding = _Rebuilding(archive.root, _Former(None), archive.catalog)
    adding.add(place_at(archive.root, path))


def places_of(root: Path, former: _Posts, given: Sequence[str] = ()) -> Iterator[Place]:
    """Yield the bundles *given*, those of the archive, and those in place that *former* knows."""
    seen = set()
    for each in chain(
        places_given(root, given, None), places_below(root, root / archive_layout.POSTS)
    ):
        if not isinstance(each, Stray) and each.name not in seen:
            seen.add(each.name)
            yield each
    for row in former.posts():
        if row.bundle is not None and not is_inside(row.bundle) and row.bundle not in seen:
            yield place_at(root, row.bundle)


class _Posts(Protocol):
    """What knows the posts of an archive."""

    def posts(self) -> Iterator[PostRow]:
        """Yield their rows."""


class _Former:
    """The former catalog, as far as it can be read."""

    def __init__(self, path: Path | None) -> None:
        self._catalog: Catalog | None = None
        if path is not None and path.is_file():
            with suppress(StorageError):
                self._catalog = Catalog(path, read_only=True, still=True)

    def close(self) -> None:
        """Close the file."""
        if self._catalog is not None:
            self._catalog.close()

    def post(self, post_id: str) -> PostRow | None:
        """Return the row of a post."""
        return self._try(lambda catalog: catalog.post(post_id))

    def capture(self, url: str) -> CaptureRow | None:
        """Return the row of an image."""
        return self._try(lambda catalog: catalog.capture(url))

    def posts(self) -> Iterator[PostRow]:
        """Yield the rows of the posts, up to where the damage is."""
        with suppress(StorageError):
            yield from self._catalog.posts() if self._catalog else ()

    def captures(self) -> Iterator[CaptureRow]:
        """Yield the rows of the images, up to where the damage is."""
        with suppress(StorageError):
            for url, _ in self._catalog.states() if self._catalog else ():
                if (row := self.capture(url)) is not None:
                    yield row

    def _try(self, ask: Callable[[Catalog], _Found | None]) -> _Found | None:
        with suppress(StorageError):
            return ask(self._catalog) if self._catalog else None
        return None


class _Rebuilding:
    """The new catalog while it is filled."""

    def __init__(self, root: Path, former: _Former, new: Catalog) -> None:
        self._root = root
        self._former = former
        self._new = new
        self._posts = self._images = 0
        self._problems: list[str] = []

    @property
    def rebuilt(self) -> Rebuilt:
        """What it has so far."""
        return Rebuilt(posts=self._posts, images=self._images, problems=tuple(self._problems))

    def add(self, place: Place) -> None:
        """Take in what the manifest of a bundle says."""
        try:
            manifest = manifest_at(place)
        except ManifestError as error:
            self._problems.append(f"{place.name}/{archive_layout.MANIFEST}: {error}")
            return
        if manifest is None:
            return
        other = self._new.post(manifest.post.id)
        row = _row(place, manifest, self._former.post(manifest.post.id) or other)
        if other is not None and other.bundle not in {None, place.name}:
            self._problems.append(f"{place.name}: its post {row.id} is in {other.bundle}, too")
        elif self._is_free(row):
            # The post comes last: where it is, all of its images are, whenever the process dies.
            for entry in manifest.entries:
                self._add_entry(place.name, entry)
            self._put(row)

    def keep_rest(self, *, forget: bool) -> None:
        """Keep what the former catalog knows and no manifest says.

        Posts without images, and those whose manifests are gone or damaged: what it has of their
        images lets the next run write them anew without asking for one.
        """
        for row in self._former.posts():
            if self._new.post(row.id) is not None:
                continue
            there = row.bundle is None or (self._root / row.bundle).is_dir()
            if there or not forget:
                if self._is_free(row):
                    self._put(replace(row, settled=row.settled and row.bundle is None))
            else:
                self._problems.append(f"{row.bundle}: forgotten, since the whole bundle is gone")
        for capture in self._former.captures():
            there = (self._root / capture.bundle).is_dir()
            if there and self._new.capture(capture.url) is None:
                self._new.put_capture(capture)
                self._images += 1

    def _is_free(self, row: PostRow) -> bool:
        key = _key(row)
        owner = None if key is None else self._new.owner_of(key)
        if owner == row.id:
            return True
        if owner is not None:
            self._problems.append(f"{row.bundle}: some file systems take it for that of {owner}")
        return owner is None

    def _put(self, row: PostRow) -> None:
        self._new.put_post(row, folded=_key(row))
        self._posts += 1

    def _add_entry(self, bundle: str, entry: Entry) -> None:
        if entry.state == "skipped" or urls.scheme(entry.url) not in urls.NETWORK_SCHEMES:
            return
        version = next(versions_of(entry)) if entry.original else None
        row = CaptureRow(
            url=entry.url,
            bundle=bundle,
            run=_RUN,
            state=entry.state,
            version=version,
            failure=entry.failure,
        )
        known = self._new.capture(entry.url)
        self._images += known is None
        if known is None or _worth(row) > _worth(known):
            self._new.put_capture(row)
        else:
            self._new.put_holder(entry.url, bundle)


def _key(row: PostRow) -> str | None:
    return folded(row.bundle) if row.bundle and is_inside(row.bundle) else None


def _worth(row: CaptureRow) -> tuple[bool, bool, str]:
    """Return what tells which of the bundles with an image the others take it from."""
    date = row.version.capture.date if row.version else ""
    return row.version is not None, row.state == "archived", date


def _row(place: Place, manifest: Manifest, former: PostRow | None) -> PostRow:
    settled = all(entry.state == "skipped" or is_settled(entry) for entry in manifest.entries)
    row = former if former and former.bundle == place.name else _unseen(place, manifest)
    if row.document is None and row.digest != manifest.post.article.digest:
        # The bundle is from a backup: the article is to be read again.
        row = replace(row, size=-1, digest=manifest.post.article.digest)
    return replace(
        row,
        settled=settled,
        due=earliest(manifest.entries),
        summary=manifest.summary,
        failures=count_failures(manifest.entries),
    )


def _unseen(place: Place, manifest: Manifest) -> PostRow:
    """Return the row of a post whose article must be read again."""
    article = manifest.post.article
    in_place = not copies_article(manifest)
    path = stored_at(place.folder, article.path).resolve() if in_place else manifest.post.source
    return PostRow(
        id=manifest.post.id,
        path=str(path),
        document=None,
        size=-1,
        mtime_ns=0,
        fingerprint="",
        settled=False,
        due=None,
        bundle=place.name,
        digest=article.digest,
        summary=manifest.summary,
        failures={},
    )

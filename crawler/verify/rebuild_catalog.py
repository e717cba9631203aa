"""Make the catalog anew from the manifests.

What they do not say (hosts, answers of robots.txt, when an article was last looked at) is taken
from the former catalog as far as it can be read. Where it is gone, the next run of a source reads
its articles again, and finds in their manifests that nothing is to be asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from crawler.common import archive_layout, urls
from crawler.common.digests import digest
from crawler.common.files import stored_at
from crawler.common.problems import count_costly
from crawler.common.rules import versions_of
from crawler.common.safe_paths import folded
from crawler.errors import ManifestError
from crawler.models import Entry, Manifest
from crawler.store.archive import Archive
from crawler.store.catalog import CaptureRow, Catalog, PostRow
from crawler.store.catalog_salvage import salvage
from crawler.store.localization_journal import journal_digest
from crawler.store.manifest import (
    copies_article,
    count_failures,
    earliest,
    from_document,
    is_settled,
)
from crawler.store.previous_reports import last_runs
from crawler.store.quarantine import Aside
from crawler.verify.bundle_locations import (
    Place,
    Stray,
    is_inside,
    place_at,
    places_below,
    places_given,
)
from crawler.verify.expected_files import document_at, manifest_path
from crawler.verify.verification import held, require_archive

_NEW = f"{archive_layout.CATALOG}.new"
_RUN = "rebuilt"
"""Stands for the run of a capture; no run is called so."""
_IN_PLACE = (
    "bundles beside their articles, if there are any: the former catalog knew them, and cannot be"
    " read; image-archiver verify --rebuild-catalog FOLDER takes in those in a folder"
)
_OTHER = "it is not what was written there; image-archiver verify says more"


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

    Bundles in place are found where the former catalog says, and in the folders *given*. Manifests
    of bundles that are *given* are taken as they are; others, where they are what was written. What
    is damaged of the former catalog is not taken over. *forget* says whether posts whose bundles
    are gone are left out, or stay for `verify` to miss. Raises UsageError for a folder without
    bundles, and StorageError.
    """
    for stale in root.glob(f"{_NEW}*"):
        stale.unlink()
    with (
        closing(Catalog.salvaged(root / archive_layout.CATALOG)) as former,
        closing(Catalog(root / _NEW)) as new,
    ):
        rebuilding = _Rebuilding(root, former, new)
        named = {place.name for place in _bundles(places_given(root, given, None))}
        for place in places_of(root, former, given):
            rebuilding.add(place, is_right=place.name in named)
        rebuilding.keep_rest(former, forget=forget)
        if not given and _is_unreadable(root / archive_layout.CATALOG, former):
            rebuilding.problem(_IN_PLACE)
        salvage(former, new)
    former_files = sorted(set(root.glob(f"{archive_layout.CATALOG}*")) - set(root.glob(f"{_NEW}*")))
    moved = [aside.move(path, path.name, beneath=root) for path in former_files]
    (root / _NEW).replace(root / archive_layout.CATALOG)
    return replace(rebuilding.rebuilt, set_aside=tuple(moved))


def add_bundle(archive: Archive, path: str) -> None:
    """Take what the manifest of a new bundle says into the catalog of *archive*.

    Raises StorageError.
    """
    adding = _Rebuilding(archive.root, None, archive.catalog)
    adding.add(place_at(archive.root, path), is_right=True)


def places_of(root: Path, former: Catalog, given: Sequence[str] = ()) -> Iterator[Place]:
    """Yield the bundles *given*, those of the archive, and those in place that *former* knows."""
    seen = set()
    below = places_below(root, root / archive_layout.POSTS)
    for place in _bundles(chain(places_given(root, given, None), below)):
        if place.name not in seen:
            seen.add(place.name)
            yield place
    # Where the row of a post is damaged, the digest of its manifest still says where that is.
    known = chain(
        (row.bundle for row in former.posts()),
        (bundle for bundle, _ in former.files_with_digests()),
    )
    for bundle in known:
        if bundle is not None and not is_inside(bundle) and bundle not in seen:
            seen.add(bundle)
            yield place_at(root, bundle)


def _is_unreadable(path: Path, former: Catalog) -> bool:
    """Return whether nothing can be read of the *former* catalog at *path*, though it has bytes."""
    empty = not any(True for _ in chain(former.posts(), former.files_with_digests()))
    return empty and path.is_file() and path.stat().st_size > 0


def _bundles(found: Iterable[Place | Stray]) -> Iterator[Place]:
    return (each for each in found if isinstance(each, Place))


class _Rebuilding:
    """The new catalog while it is filled."""

    def __init__(self, root: Path, former: Catalog | None, new: Catalog) -> None:
        self._root = root
        self._former = former
        self._new = new
        self._posts = self._images = 0
        self._problems: list[str] = []

    @property
    def rebuilt(self) -> Rebuilt:
        """What it has so far."""
        return Rebuilt(posts=self._posts, images=self._images, problems=tuple(self._problems))

    def problem(self, words: str) -> None:
        """Note what it has not, and why."""
        self._problems.append(words)

    def add(self, place: Place, *, is_right: bool) -> None:
        """Take in what the manifest of a bundle says.

        *is_right* says that it and its journal are to be taken, whatever they were.
        """
        try:
            found = self._manifest(place, is_right)
        except ManifestError as error:
            self._problems.append(f"{place.name}/{archive_layout.MANIFEST}: {error}")
            return
        if found is None:
            return
        manifest, value = found
        former = self._former.post(manifest.post.id) if self._former else None
        other = self._new.post(manifest.post.id)
        row = _row(place, manifest, former or other)
        if other is not None and other.bundle not in {None, place.name}:
            self._problems.append(f"{place.name}: its post {row.id} is in {other.bundle}, too")
        elif self._is_free(row):
            # The post comes last: where it is, all of its images are, whenever the process dies.
            for entry in manifest.entries:
                self._add_entry(place.name, entry)
            self._put(row)
            self._new.confirm_digest(place.name, archive_layout.MANIFEST, value)
            self._add_journal(place, is_right)

    def _manifest(self, place: Place, is_right: bool) -> tuple[Manifest, str] | None:
        document = document_at(manifest_path(place))
        if document is None:
            return None
        manifest, value = from_document(document), digest(document)
        if not (is_right or self._may_be(place, archive_layout.MANIFEST, value)):
            raise ManifestError(_OTHER)
        return manifest, value

    def _add_journal(self, place: Place, is_right: bool) -> None:
        """Take in what the journal of a bundle is; one that cannot be read stays for `verify`."""
        with suppress(ManifestError):
            value = journal_digest(place.folder)
            if value and (is_right or self._may_be(place, archive_layout.JOURNAL, value)):
                self._new.confirm_digest(place.name, archive_layout.JOURNAL, value)

    def _may_be(self, place: Place, name: str, value: str) -> bool:
        """Return whether a file may have the digest *value*: one that is not known may be any."""
        known = self._former.digests(place.name, name) if self._former else {}
        return not known or value in known

    def keep_rest(self, former: Catalog, *, forget: bool) -> None:
        """Keep what the former catalog knows and no manifest says.

        Posts without images, and those whose manifests are gone or damaged: what it has of their
        images lets the next run write them anew without asking for one.
        """
        self._keep_sources(former)
        for row in former.posts():
            if self._new.post(row.id) is not None:
                continue
            there = row.bundle is None or (self._root / row.bundle).is_dir()
            if there or not forget:
                if self._is_free(row):
                    self._put(replace(row, settled=row.settled and row.bundle is None))
            else:
                self._problems.append(f"{row.bundle}: forgotten, since the whole bundle is gone")
        for url, _ in former.states():
            capture = former.capture(url)
            there = capture is not None and (self._root / capture.bundle).is_dir()
            if there and capture is not None and self._new.capture(url) is None:
                self._new.put_capture(capture)
                self._images += 1
        self._keep_digests(former)

    def _keep_digests(self, former: Catalog) -> None:
        """Keep the digests of files that are not what they should be, so that `verify` says so."""
        for bundle, name in former.files_with_digests():
            if (self._root / bundle).is_dir() and not self._new.digests(bundle, name):
                for value, confirmed in former.digests(bundle, name).items():
                    self._new.put_digest(bundle, name, value, confirmed=confirmed)

    def _keep_sources(self, former: Catalog) -> None:
        """Keep which sources there are; whether all that their runs found is known, nobody knows.

        Posts without a manifest may have been in rows that were damaged.
        """
        rows = former.sources() or last_runs(self._root / archive_layout.RUNS)
        self._new.put_sources(replace(row, ending=None) for row in rows)

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
        problems=count_costly(manifest.post.problems),
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
        problems={},
    )

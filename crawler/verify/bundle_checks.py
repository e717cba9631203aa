"""The first step: structure, completeness and catalog, in one walk over the bundles."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from crawler.common import archive_layout
from crawler.common.digests import digest
from crawler.common.safe_paths import folded
from crawler.errors import ManifestError
from crawler.models import Manifest
from crawler.store.catalog import Catalog
from crawler.store.catalog.digests import NONE
from crawler.store.localization_journal import read_journal
from crawler.store.manifest import from_document
from crawler.verify.bundle_locations import (
    OURS,
    Place,
    Stray,
    is_inside,
    place_at,
    places_below,
    places_given,
)
from crawler.verify.catalog_comparison import differences, differs
from crawler.verify.completeness import absent, irregular_files, is_kept_earlier, unexpected
from crawler.verify.expected_files import document_at, manifest_path, named_files
from crawler.verify.file_selection import Depth
from crawler.verify.findings import Finding, Kind, Unfinished
from crawler.verify.manifest_checks import contradictions

Stage = Literal["bundles", "bytes", "images", "mending"]
Watch = Callable[[Stage, int, int], None]
"""Is told how much is done, and of how much; 0 where that is not known yet."""

OTHER: Final = "it is not what was written: it has other bytes:"
_INVALID: Final[Kind] = "manifest-invalid"
NOTHING: Final[Mapping[str, bool]] = MappingProxyType({})


@dataclass(slots=True, kw_only=True)
class Walk:
    """The walk, and what it found."""

    root: Path
    catalog: Catalog | None
    """What can be read of it; None where there is none."""
    is_sound: bool
    """Whether the catalog is as it was written: otherwise what it has not says nothing."""
    depth: Depth
    watch: Watch
    findings: list[Finding] = field(default_factory=list)
    unfinished: list[Unfinished] = field(default_factory=list)
    bundles: list[str] = field(default_factory=list)
    """Those whose manifests are sound."""
    files: int = 0
    size: int = 0
    chosen: int = 0
    """Bytes that are to be read."""
    pictures: int = 0
    """Originals among them."""
    alone: int = 0
    """Manifests and journals of which the catalog has no digest."""

    def go(self, given: Sequence[str]) -> None:
        """Look at the bundles that were given, or at all."""
        for each in self._places(given):
            if isinstance(each, Stray):
                self.findings.append(_unexpected(each.name, None, "it is in no bundle"))
            else:
                self._look_at(each)
                self.watch("bundles", len(self.bundles), 0)
        if not given:
            strange = irregular_files(self.root)
            self.findings += [_unexpected(name, None, why) for name, why in strange]
        self.watch("bundles", len(self.bundles), len(self.bundles))

    def _places(self, given: Sequence[str]) -> Iterator[Place | Stray]:
        if given:
            yield from places_given(self.root, given, self.catalog)
            return
        seen = set()
        for each in places_below(self.root, self.root / archive_layout.POSTS):
            seen.add(each.name)
            yield each
        for row in self.catalog.posts() if self.catalog else ():
            if row.bundle is not None and row.bundle not in seen:
                yield place_at(self.root, row.bundle)

    def _look_at(self, place: Place) -> None:
        known = self._known(place, archive_layout.MANIFEST)
        try:
            document = document_at(manifest_path(place))
            if document is None:
                self._miss_manifest(place)
                return
            manifest = from_document(document)
        except ManifestError as error:
            self._blame(_INVALID, place, archive_layout.MANIFEST, str(error), known=known)
            return
        value = digest(document)
        if known and value not in known:
            detail = f"{OTHER} {value}"
            self._blame(_INVALID, place, archive_layout.MANIFEST, detail, known=known, found=value)
            return
        wrong = list(contradictions(manifest))
        for detail in wrong:
            self._blame(_INVALID, place, archive_layout.MANIFEST, detail)
        if not wrong:
            self.alone += not known
            self._compare(place, manifest, is_confirmed=known.get(value, True))
            self.bundles.append(place.name)

    def _known(self, place: Place, name: str) -> dict[str, bool]:
        """Return the digests that a file of a bundle may have, and whether it is known to have it.

        None for a bundle that is elsewhere, as a backup is.
        """
        return self.catalog.digests(place.name, name) if self.catalog else {}

    def _miss_manifest(self, place: Place) -> None:
        known = (
            self.catalog is None
            or not self.is_sound
            or self.catalog.owner_of(folded(place.name)) is not None
        )
        if place.headless and not known:
            self.unfinished.append(Unfinished(path=place.name, detail="has no manifest yet"))
            return
        what = "the manifest" if place.folder.is_dir() else "the whole bundle"
        self._blame("missing", place, archive_layout.MANIFEST, f"{what} is gone")

    def _blame(
        self,
        kind: Kind,
        place: Place,
        name: str,
        detail: str,
        *,
        known: Mapping[str, bool] = NOTHING,
        found: str | None = None,
    ) -> None:
        """Note what is wrong with a file that nothing but the catalog has the digest of."""
        self.findings.append(
            Finding(
                kind=kind,
                path=f"{place.name}/{name}",
                detail=detail,
                bundle=place.name,
                # Of several, what was there before anything was interrupted comes first.
                expected=max(known, key=lambda value: known[value], default=None),
                found=found,
            )
        )

    def _compare(self, place: Place, manifest: Manifest, *, is_confirmed: bool) -> None:
        for named in named_files(manifest):
            self.files += 1
            self.size += named.size
            found = absent(place, named)
            if found is not None and is_kept_earlier(place, named):
                self.unfinished.append(
                    Unfinished(path=found.path, detail="is newer than its manifest")
                )
            elif found is not None:
                self.findings.append(found)
            elif self.depth.chooses(named.digest, named.version):
                self.chosen += named.size
                self.pictures += named.original is not None
        self._look_for_others(place, manifest)
        self._look_at_journal(place)
        if self.catalog is not None and self.is_sound and _is_of(self.catalog, place, manifest):
            for detail in differences(self.catalog, place.name, manifest):
                if is_confirmed:
                    self.findings.append(differs(place.name, detail, place.name))
                else:
                    self.unfinished.append(Unfinished(path=place.name, detail=detail))

    def _look_at_journal(self, place: Place) -> None:
        """Miss a journal that is damaged: nothing else has the URLs of an article in place."""
        known = self._known(place, archive_layout.JOURNAL)
        path = place.folder / archive_layout.JOURNAL
        try:
            document = document_at(path)
            journal = None if document is None else read_journal(place.folder)
        except ManifestError as error:
            detail = str(error).removeprefix(f"{path}: ")
            self._blame("altered", place, archive_layout.JOURNAL, detail, known=known)
            return
        value = NONE if document is None else digest(document)
        if not known:
            self.alone += journal is not None
        elif journal is None and any(known.values()) and NONE not in known:
            self._blame(
                "missing", place, archive_layout.JOURNAL, "the journal is gone", known=known
            )
        elif journal is not None and value not in known:
            detail = f"{OTHER} {value}"
            self._blame("altered", place, archive_layout.JOURNAL, detail, known=known, found=value)

    def _look_for_others(self, place: Place, manifest: Manifest) -> None:
        others = list(unexpected(place, manifest))
        # A run that was killed told the catalog of its images, but did not write the manifest.
        in_ours = any(path.partition("/")[0] in OURS for path, _ in others)
        fetched = self._fetched_for(place) if in_ours else frozenset[str]()
        # Or it did not come to tell the catalog: it died, or the disk was full.
        under_way = os.path.lexists(place.folder / archive_layout.UNFINISHED)
        for path, why in others:
            name = f"{place.name}/{path}"
            if path in fetched or (under_way and path.partition("/")[0] in OURS):
                self.unfinished.append(Unfinished(path=name, detail="is not in the manifest yet"))
            else:
                self.findings.append(_unexpected(name, place.name, why))

    def _fetched_for(self, place: Place) -> frozenset[str]:
        rows = self.catalog.captures_in(place.name) if self.catalog else ()
        versions = [row.version for row in rows if row.version]
        made = (derivative.path for each in versions for derivative in each.derivatives)
        return frozenset([*(each.original.path for each in versions), *made])


def _is_of(catalog: Catalog, place: Place, manifest: Manifest) -> bool:
    """Return whether *catalog* should have a bundle: not one that is elsewhere, as a backup is."""
    if is_inside(place.name):
        return True
    row = catalog.post(manifest.post.id)
    return row is not None and row.bundle == place.name


def _unexpected(path: str, bundle: str | None, detail: str) -> Finding:
    return Finding(kind="unexpected", path=path, detail=detail, bundle=bundle)

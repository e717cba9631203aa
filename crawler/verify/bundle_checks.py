"""The first step: structure, completeness and catalog, in one walk over the bundles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from crawler.common import archive_layout
from crawler.common.safe_paths import folded
from crawler.errors import ManifestError
from crawler.models import Manifest
from crawler.store.catalog import Catalog
from crawler.store.localization_journal import read_journal
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
from crawler.verify.expected_files import manifest_at, named_files
from crawler.verify.file_selection import Depth
from crawler.verify.findings import Finding, Kind, Unfinished
from crawler.verify.manifest_checks import contradictions

Stage = Literal["bundles", "bytes", "images", "mending"]
Watch = Callable[[Stage, int, int], None]
"""Is told how much is done, and of how much; 0 where that is not known yet."""


@dataclass(slots=True, kw_only=True)
class Walk:
    """The walk, and what it found."""

    root: Path
    catalog: Catalog | None
    """None where it cannot be read."""
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
        try:
            manifest = manifest_at(place)
        except ManifestError as error:
            self._blame_manifest("manifest-invalid", place, str(error))
            return
        if manifest is None:
            self._miss_manifest(place)
            return
        wrong = list(contradictions(manifest))
        for detail in wrong:
            self._blame_manifest("manifest-invalid", place, detail)
        if not wrong:
            self._compare(place, manifest)
            self.bundles.append(place.name)

    def _miss_manifest(self, place: Place) -> None:
        known = self.catalog is None or self.catalog.owner_of(folded(place.name)) is not None
        if place.headless and not known:
            self.unfinished.append(Unfinished(path=place.name, detail="has no manifest yet"))
            return
        what = "the manifest" if place.folder.is_dir() else "the whole bundle"
        self._blame_manifest("missing", place, f"{what} is gone")

    def _blame_manifest(self, kind: Kind, place: Place, detail: str) -> None:
        path = f"{place.name}/{archive_layout.MANIFEST}"
        self.findings.append(Finding(kind=kind, path=path, detail=detail, bundle=place.name))

    def _compare(self, place: Place, manifest: Manifest) -> None:
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
        if self.catalog is not None and _is_of(self.catalog, place, manifest):
            for detail in differences(self.catalog, place.name, manifest):
                self.findings.append(differs(place.name, detail, place.name))

    def _look_at_journal(self, place: Place) -> None:
        """Miss a journal that is damaged: nothing else has the URLs of an article in place."""
        try:
            read_journal(place.folder)
        except ManifestError as error:
            path = f"{place.name}/{archive_layout.JOURNAL}"
            detail = str(error).removeprefix(f"{place.folder / archive_layout.JOURNAL}: ")
            self.findings.append(
                Finding(kind="altered", path=path, detail=detail, bundle=place.name)
            )

    def _look_for_others(self, place: Place, manifest: Manifest) -> None:
        others = list(unexpected(place, manifest))
        # A run that was killed told the catalog of its images, but did not write the manifest.
        in_ours = any(path.partition("/")[0] in OURS for path, _ in others)
        fetched = self._fetched_for(place) if in_ours else frozenset[str]()
        for path, why in others:
            name = f"{place.name}/{path}"
            if path in fetched:
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

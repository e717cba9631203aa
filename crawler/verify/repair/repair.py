"""Mend what a check found, in the order in which one thing needs the other.

Manifests first, then the catalog that is made from them, then the files: from this disk, from where
they came, and derivatives from their originals at last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path, PurePosixPath

from crawler.common import archive_layout, urls
from crawler.errors import ManifestError
from crawler.store.archive import bundle_at
from crawler.store.catalog import Catalog
from crawler.store.quarantine import Aside
from crawler.verify.bundle_checks import Watch
from crawler.verify.bundle_locations import Stray, place_at, places_below
from crawler.verify.catalog_comparison import readable_catalog
from crawler.verify.expected_files import manifest_at, named_files
from crawler.verify.file_selection import Depth
from crawler.verify.findings import Finding, Verification
from crawler.verify.rebuild_catalog import Rebuilt, places_of, rebuild
from crawler.verify.repair.derivatives import remake
from crawler.verify.repair.manifests import ANEW, mend_journal, mend_manifest
from crawler.verify.repair.missing_files import Mender
from crawler.verify.repair.records import Fetch, Lost, Need, Repair, Repaired, lost
from crawler.verify.verification import check_with, held, require_archive

_BACKUP = "bring it back from a backup, or import an export that has it"
_ALTERED = "move it away, and bring it back from a backup, or import an export that has it"


def repair(
    root: Path,
    *,
    fetch: Fetch,
    began: datetime,
    given: Sequence[str] = (),
    depth: Depth,
    watch: Watch,
) -> Repaired:
    """Check the archive at *root*, or the bundles *given*, and mend what can be mended.

    Nothing is deleted: what is replaced goes to a folder named after *began*. *fetch* looks for
    lost originals where they came from. Raises as `verify`, and StorageError.
    """
    root = root.resolve()
    require_archive(root)
    with held(root, writing=True):
        aside = Aside(root, began)
        with readable_catalog(root) as (catalog, faults):
            found = check_with(root, catalog, faults, given=given, depth=depth, watch=watch)
            repairing = _Repair(root, found, aside, watch)
            repairing.mend_records(catalog)
        return repairing.go(fetch)


class _Repair:
    """One repair while it goes on."""

    def __init__(self, root: Path, found: Verification, aside: Aside, watch: Watch) -> None:
        self._root = root
        self._found = found
        self._aside = aside
        self._watch = watch
        self._records: dict[str, tuple[bool, str]] = {}
        """What became of manifests and journals, by their paths."""
        self._rebuilt: Rebuilt | None = None
        self._unfetched: dict[str, str] = {}

    def mend_records(self, catalog: Catalog | None) -> None:
        """Mend manifests and journals, by what *catalog* knows of them."""
        for each in self._found.findings:
            if each.bundle is None or each.path in self._records:
                continue
            place, name = place_at(self._root, each.bundle), PurePosixPath(each.path).name
            known = catalog.digests(each.bundle, name) if catalog else {}
            if each.kind == "manifest-invalid":
                self._records[each.path] = mend_manifest(place, self._aside, known)
            elif _is_journal(each) and (mended := mend_journal(place, self._aside, known)):
                self._records[each.path] = mended

    def go(self, fetch: Fetch) -> Repaired:
        """Mend the rest of what can be mended."""
        for place in places_below(self._root, self._root / archive_layout.POSTS):
            if not isinstance(place, Stray):
                # What a repair that was killed left beside files that are right again.
                bundle_at(self._root, place.name).sweep()
        if any(self._found.of("catalog-differs")):
            self._rebuilt = rebuild(self._root, self._aside, forget=False)
        mender = Mender(self._root, self._aside, self._needs(), self._watch)
        if mender.left:
            self._mend_files(mender, fetch)
        return Repaired(
            verification=self._found,
            repairs=tuple(self._outcome(each, mender) for each in self._found.findings),
            set_aside=tuple(self._aside.kept),
            rebuilt=self._rebuilt,
        )

    def _needs(self) -> Iterator[Need]:
        """Yield the files that are wrong, with what their manifests say of them."""
        bundles: dict[str, dict[str, Finding]] = {}
        for each in self._found.findings:
            if each.kind in {"missing", "altered"} and each.bundle and each.expected:
                bundles.setdefault(each.bundle, {})[each.path] = each
        for bundle, findings in bundles.items():
            place = place_at(self._root, bundle)
            manifest = manifest_at(place)
            for named in named_files(manifest) if manifest else ():
                finding = findings.get(f"{bundle}/{named.path}")
                if finding is not None:
                    yield Need(finding=finding, place=place, named=named)

    def _mend_files(self, mender: Mender, fetch: Fetch) -> None:
        path = self._root / archive_layout.CATALOG
        mender.from_mix_ups()
        with closing(Catalog(path)) as catalog:
            mender.from_twins(places_of(self._root, catalog))
            mender.from_sources(catalog)
        wanted = list(_lost(mender.left.values()))
        if wanted:

            def restore(each: Lost, payload: bytes, how: str) -> None:
                mender.put_bytes(each.digest, payload, how)

            self._unfetched.update(fetch(wanted, restore))
        derivatives = [n for needs in mender.left.values() for n in needs if n.named.derivative]
        if derivatives:
            with closing(Catalog(path)) as catalog:
                remake(mender, derivatives, catalog)

    def _outcome(self, finding: Finding, mender: Mender) -> Repair:
        if finding.path in mender.done:
            done, how = True, mender.done[finding.path]
        elif finding.kind == "catalog-differs":
            done, how = True, "made anew from the manifests"
        elif finding.path in self._records:
            done, how = self._records[finding.path]
        else:
            done, how = False, self._next_step(finding, mender)
        return Repair(finding=finding, done=done, how=how)

    def _next_step(self, finding: Finding, mender: Mender) -> str:
        if finding.path in mender.refused:
            return mender.refused[finding.path]
        if finding.kind == "unexpected":
            return "it stays where it is; move it away yourself if it is not to be there"
        if finding.kind == "undecodable":
            return "these are the bytes that were archived; look for a better copy of the image"
        if _is_journal(finding):
            return "nothing else has the URLs that its article had; bring it back from a backup"
        if finding.expected is None:
            there = (self._root / (finding.bundle or "")).is_dir()
            return ANEW if there else f"{_BACKUP}, or archive its source again"
        why = self._unfetched.get(finding.expected)
        step = _BACKUP if finding.kind == "missing" else _ALTERED
        return f"{why}; {step}" if why else step


def _is_journal(finding: Finding) -> bool:
    return finding.path.endswith(f"/{archive_layout.JOURNAL}")


def _lost(groups: Iterable[Sequence[Need]]) -> Iterator[Lost]:
    for needs in groups:
        for need in needs:
            with suppress(ManifestError):
                manifest = manifest_at(need.place)
                found = lost(need, manifest.post.url if manifest else None)
                if found is not None and urls.scheme(found.url) in urls.NETWORK_SCHEMES:
                    yield found
                    break

"""What can be done for a manifest or a journal that is not what was written."""

from __future__ import annotations

import shlex
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from crawler.common import archive_layout
from crawler.common.files import sync_folder, write_atomically
from crawler.errors import ManifestError, NewerManifestError
from crawler.store.manifest import from_document, summarize, to_document
from crawler.store.quarantine import Aside
from crawler.verify.bundle_locations import Place, is_inside
from crawler.verify.expected_files import document_at, manifest_path
from crawler.verify.manifest_checks import contradictions
from crawler.verify.repair.bits import turned_back

ANEW = (
    "archive its source again: the manifest is written anew from the article and the catalog, and"
    " no image that is here is asked for"
)
_TURNED = "one bit was turned over, and is turned back"


def mend_manifest(place: Place, aside: Aside, known: Collection[str]) -> tuple[bool, str]:
    """Return whether a manifest is mended, and how; or what to do.

    *known* are the digests that it may have. One in which a bit was turned over gets that back; one
    that only counts wrong is counted anew. One that cannot be read is set aside, so that the next
    run writes it; but not one of a newer version, which is not for this program to touch. Raises
    StorageError or PathError.
    """
    path = manifest_path(place)
    name = f"{place.name}/{path.name}"
    if _turn_back(place, path, aside, known):
        return True, _TURNED
    try:
        document = document_at(path)
        manifest = None if document is None else from_document(document)
    except NewerManifestError:
        return False, "it stays as it is; use a version of this program that knows it"
    except ManifestError:
        manifest = None
    if manifest is not None and known and not any(contradictions(manifest)):
        return False, _as_it_is(place)
    if manifest is not None and not known:
        counted = replace(manifest, summary=summarize(manifest.entries))
        if not any(contradictions(counted)):
            aside.keep(path, name, beneath=place.base)
            write_atomically(path, to_document(counted), beneath=place.base)
            return True, "counted anew"
    kept = aside.move(path, name, beneath=place.base)
    return False, f"set aside to {kept}; {ANEW}"


def mend_journal(place: Place, aside: Aside, known: Collection[str]) -> tuple[bool, str] | None:
    """Return how a journal is mended; None where it is not. Raises StorageError or PathError."""
    if _turn_back(place, place.folder / archive_layout.JOURNAL, aside, known):
        return True, _TURNED
    return None


def _turn_back(place: Place, path: Path, aside: Aside, known: Collection[str]) -> bool:
    """Turn back the one bit that was turned over, if that is what is wrong; return whether so."""
    try:
        document = document_at(path)
    except ManifestError:
        return False
    mended = None if document is None else turned_back(document, [each for each in known if each])
    if mended is None:
        return False
    aside.keep(path, f"{place.name}/{path.name}", beneath=place.base)
    write_atomically(path, mended, beneath=place.base)
    sync_folder(path.parent)
    return True


def _as_it_is(place: Place) -> str:
    """Say what to do about a manifest that holds together and is another than was written."""
    inside = is_inside(place.name)
    given = place.name.removeprefix(f"{archive_layout.POSTS}/") if inside else str(place.folder)
    return (
        "it can be read, and is another than was written: bring it back from a backup, or take it"
        f" as it is with image-archiver verify --rebuild-catalog {shlex.quote(given)}"
    )

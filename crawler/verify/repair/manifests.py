"""What can be done for a manifest that cannot be read, or contradicts itself."""

from __future__ import annotations

from dataclasses import replace

from crawler.common.files import write_atomically
from crawler.errors import ManifestError, NewerManifestError
from crawler.store.manifest import summarize, to_document
from crawler.store.quarantine import Aside
from crawler.verify.bundle_locations import Place
from crawler.verify.expected_files import manifest_at, manifest_path
from crawler.verify.manifest_checks import contradictions

ANEW = (
    "archive its source again: the manifest is written anew from the article and the catalog, and"
    " no image that is here is asked for"
)


def mend_manifest(place: Place, aside: Aside) -> tuple[bool, str]:
    """Return whether a manifest is mended, and how; or what to do.

    One that only counts wrong is counted anew. One that is damaged is set aside, so that the next
    run writes it; but not one of a newer version, which is not for this program to touch. Raises
    StorageError or PathError.
    """
    path = manifest_path(place)
    name = f"{place.name}/{path.name}"
    try:
        manifest = manifest_at(place)
    except NewerManifestError:
        return False, "it stays as it is; use a version of this program that knows it"
    except ManifestError:
        manifest = None
    if manifest is not None:
        counted = replace(manifest, summary=summarize(manifest.entries))
        if not any(contradictions(counted)):
            aside.keep(path, name, beneath=place.base)
            write_atomically(path, to_document(counted), beneath=place.base)
            return True, "counted anew"
    kept = aside.move(path, name, beneath=place.base)
    return False, f"set aside to {kept}; {ANEW}"

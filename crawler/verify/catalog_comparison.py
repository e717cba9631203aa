"""Whether the catalog says what the manifests say; where they differ, the manifests are right."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from crawler.common import archive_layout, urls
from crawler.common.rules import versions_of
from crawler.errors import StorageError
from crawler.models import Entry, Manifest
from crawler.store.catalog import Catalog
from crawler.store.manifest import count_failures
from crawler.verify.findings import Finding


@contextmanager
def readable_catalog(root: Path) -> Iterator[tuple[Catalog | None, list[Finding]]]:
    """Open the catalog of the archive at *root*, and say what is wrong with it.

    Of one that is damaged, it is what can be read and is as it was written. None where none is.
    """
    path = root / archive_layout.CATALOG
    if not os.path.lexists(path):
        yield None, [differs(archive_layout.CATALOG, "there is no catalog")]
        return
    faults: list[str] = []
    try:
        catalog = Catalog(path, read_only=True, still=True)
        faults += catalog.faults()
    except StorageError as error:
        faults.append(str(error))
    else:
        if faults:
            catalog.close()
    if faults:
        catalog = Catalog.salvaged(path)
    with closing(catalog):
        yield (
            catalog,
            [differs(archive_layout.CATALOG, f"it is damaged: {fault}") for fault in faults],
        )


def differences(catalog: Catalog, bundle: str, manifest: Manifest) -> Iterator[str]:
    """Yield what the catalog says otherwise of one bundle."""
    row = catalog.post(manifest.post.id)
    if row is None:
        yield "the catalog does not have the post"
        return
    if row.bundle != bundle:
        yield f"the catalog has the post {row.id} in {row.bundle or 'no bundle'}"
        return
    if row.summary != manifest.summary or row.failures != count_failures(manifest.entries):
        yield "the catalog counts other images"
    # What came over the network is told apart by its own text.
    elif row.document is None and row.digest != manifest.post.article.digest:
        yield "the catalog knows another version of the article"
    for entry in manifest.entries:
        if entry.state != "skipped" and urls.scheme(entry.url) in urls.NETWORK_SCHEMES:
            yield from _differs(catalog, bundle, entry)


def _differs(catalog: Catalog, bundle: str, entry: Entry) -> Iterator[str]:
    row = catalog.capture(entry.url)
    if row is None:
        yield f"the catalog does not have {entry.url}"
    elif row.version is not None and row.bundle == bundle:
        # An entry may be behind its capture: a run that was killed wrote that first.
        originals = {(v.original.path, v.original.digest) for v in versions_of(entry)}
        mine = row.version.original
        if originals and (mine.path, mine.digest) not in originals:
            yield f"the catalog has another original of {entry.url}"


def differs(path: str, detail: str, bundle: str | None = None) -> Finding:
    """Return a finding about the catalog."""
    return Finding(kind="catalog-differs", path=path, detail=detail, bundle=bundle)

"""Read and write the manifests of an archive whose catalog knows the digest of each."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection

from crawler.archiving.run import Run
from crawler.common import archive_layout
from crawler.common.digests import digest
from crawler.errors import ManifestError
from crawler.models import Manifest
from crawler.store.bundle import Bundle
from crawler.store.checked_files import write_checked
from crawler.store.localization_journal import journal_digest
from crawler.store.manifest import read_checked
from crawler.store.manifest.changes import to_lines


async def read_manifest(run: Run, bundle: Bundle) -> tuple[Manifest, str] | None:
    """Return the manifest of *bundle* and the digest of its file; None where it has none.

    What a killed run left half-written is removed. The catalog learns the digests of a bundle that
    it does not know. Raises ManifestError, also where it knows another manifest.
    """
    catalog, name = run.archive.catalog, run.archive.relative(bundle)
    known = catalog.digests(name, archive_layout.MANIFEST)
    found = await asyncio.to_thread(_read, bundle, known)
    if found is not None and not known:
        catalog.confirm_digest(name, archive_layout.MANIFEST, found[1])
        await _learn_journal(run, bundle)
    return found


async def write_manifest(
    run: Run, bundle: Bundle, former: Manifest | None, manifest: Manifest, document: bytes
) -> str:
    """Write *manifest* as *document* in the place of *former*; return the digest of the file.

    What it changes goes into the run's account, and that comes first: a kill between the two leaves
    a line that the next run repeats. Raises StorageError or PathError.
    """
    catalog, value = run.archive.catalog, digest(document)
    catalog.intend_digest(run.archive.relative(bundle), archive_layout.MANIFEST, value)
    catalog.commit()
    await asyncio.to_thread(_write, run, bundle, to_lines(former, manifest), document)
    return value


def confirm_manifest(run: Run, bundle: Bundle, value: str) -> None:
    """Note that the manifest of *bundle* has that digest, and the catalog all that it says."""
    catalog, name = run.archive.catalog, run.archive.relative(bundle)
    if catalog.digests(name, archive_layout.MANIFEST) != {value: True}:
        catalog.confirm_digest(name, archive_layout.MANIFEST, value)


async def learn_digests(run: Run, path: str) -> None:
    """Let the catalog know the files of the bundle at *path*, if it does not.

    What cannot be read is for `verify`.
    """
    if not run.archive.catalog.digests(path, archive_layout.MANIFEST):
        with contextlib.suppress(ManifestError):
            await read_manifest(run, run.archive.bundle(path))


async def _learn_journal(run: Run, bundle: Bundle) -> None:
    catalog, name = run.archive.catalog, run.archive.relative(bundle)
    if not catalog.digests(name, archive_layout.JOURNAL):
        with contextlib.suppress(ManifestError):
            value = await asyncio.to_thread(journal_digest, bundle.folder)
            if value is not None:
                catalog.confirm_digest(name, archive_layout.JOURNAL, value)


def _read(bundle: Bundle, known: Collection[str]) -> tuple[Manifest, str] | None:
    found = read_checked(bundle.manifest, known)
    bundle.sweep()
    return found


def _write(run: Run, bundle: Bundle, lines: bytes, document: bytes) -> None:
    # Whatever the order in which a disk keeps names, no manifest is there before its files.
    bundle.sync()
    if lines:
        run.archive.add_changes(run.name, lines)
    write_checked(run.archive.catalog, bundle.manifest, document, beneath=bundle.base)
    bundle.finish()

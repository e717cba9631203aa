"""Bring earlier entries in line with what was found out since about their bytes.

A run sweeps before its first post, for a person who cleared a picture and for a run that was
killed, and after its last, for the stand-ins that it found itself. Manifests come first, then the
catalog; what is not done is still noted there, and done by the next run.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from crawler.archiving.manifest_files import confirm_manifest, read_manifest, write_manifest
from crawler.archiving.placeholders import in_words, suspicion
from crawler.archiving.recording import revise
from crawler.archiving.run import Ending, Run
from crawler.errors import ManifestError, PathError, Placeholder, StorageError
from crawler.models import Capture, Entry, Failure, Original, State
from crawler.store.manifest import summarize, to_document


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What becomes of entries and captures that have certain bytes."""

    digest: str
    before: State
    after: State
    detail: str = ""
    """Why they are suspect."""

    def concerns(self, state: State, original: Original | None, failure: Failure | None) -> bool:
        """Return whether it is for this entry or capture."""
        same = original is not None and original.digest == self.digest
        # Of what is archived, a failure is the server's answer since.
        explained = state == "archived" or failure is None or failure.code == Placeholder.code
        return same and state == self.before and explained

    def failure(self, capture: Capture) -> Failure | None:
        """Return the failure of what becomes suspect."""
        return suspicion(self.detail, capture, runs=1) if self.after == "suspect" else None


async def sweep(run: Run) -> None:
    """Do what is noted; a disk that refuses ends the run."""
    catalog = run.archive.catalog
    try:
        for digest in catalog.not_placeholders_to_sweep():
            for host in catalog.hosts_of(digest):
                await _apply(_Change(digest=digest, before="suspect", after="archived"), host, run)
            catalog.put_not_placeholder(digest, swept=True)
        for row in catalog.stand_ins_to_sweep():
            detail = in_words(row.host)
            change = _Change(digest=row.digest, before="archived", after="suspect", detail=detail)
            await _apply(change, row.host, run)
            catalog.put_stand_in(row, swept=True)
    except StorageError as error:
        run.end(Ending.STORAGE, str(error))


async def _apply(change: _Change, host: str, run: Run) -> None:
    catalog = run.archive.catalog
    for page in catalog.copies_of(change.digest, host):
        rows = [
            (row, row.version)
            for row in page
            if row.version and change.concerns(row.state, row.version.original, row.failure)
        ]
        bundles: dict[str, set[str]] = {}
        for row, _ in rows:
            for bundle in catalog.holders(row.url):
                bundles.setdefault(bundle, set()).add(row.url)
        for bundle, urls in bundles.items():
            await _rewrite(bundle, urls, change, run)
        for row, version in rows:
            failure = change.failure(version.capture)
            catalog.put_capture(replace(row, state=change.after, failure=failure))


async def _rewrite(path: str, urls: set[str], change: _Change, run: Run) -> None:
    """Rewrite the manifest of the bundle at *path*, all but the entries of *urls* as they were."""
    bundle = run.archive.bundle(path)
    try:
        found = await read_manifest(run, bundle)
        if found is None:
            return
        former, _ = found
        entries = tuple(
            _changed(entry, change) if entry.url in urls else entry for entry in former.entries
        )
        manifest = replace(former, summary=summarize(entries), entries=entries)
        if manifest == former:
            return
        document = await asyncio.to_thread(to_document, manifest)
        value = await write_manifest(run, bundle, former, manifest, document)
    except (ManifestError, PathError) as error:
        run.problem(path, str(error))
        return
    revise(run, path, manifest, former)
    confirm_manifest(run, bundle, value)


def _changed(entry: Entry, change: _Change) -> Entry:
    if entry.capture is None or not change.concerns(entry.state, entry.original, entry.failure):
        return entry
    return replace(entry, state=change.after, failure=change.failure(entry.capture))

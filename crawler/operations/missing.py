"""Every image that is not archived, with its post and the reason; from the manifests."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from crawler.bundles.catalog import open_catalog
from crawler.errors import ManifestError
from crawler.grounds import layout, urls
from crawler.grounds.advice import check_codes
from crawler.manifests import read_manifest
from crawler.model import Entry, Failure

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """An image that is failed or suspect."""

    post: str
    entry: Entry
    failure: Failure


def missing(
    root: Path, *, only: Collection[str] = (), hosts: Collection[str] = ()
) -> Iterator[Missing]:
    """Yield what the archive at *root* lacks, post by post; a million posts need no memory.

    *only* names codes, *hosts* hosts, whose subdomains count; without, whichever they are. A
    manifest that cannot be read is logged. Raises UsageError where there is no archive, or for a
    code that does not exist.
    """
    check_codes(only)
    catalog = open_catalog(root)
    try:
        for row in catalog.posts_failing():
            if row.bundle is None or (only and not row.failures.keys() & set(only)):
                continue
            for entry in _entries(root / row.bundle / layout.MANIFEST):
                if entry.failure is not None and _is_asked_for(entry, entry.failure, only, hosts):
                    yield Missing(post=row.id, entry=entry, failure=entry.failure)
    finally:
        catalog.close()


def _entries(path: Path) -> tuple[Entry, ...]:
    try:
        manifest = read_manifest(path)
    except ManifestError as error:
        logger.warning("%s", error)
        return ()
    return manifest.entries if manifest else ()


def _is_asked_for(
    entry: Entry, failure: Failure, only: Collection[str], hosts: Collection[str]
) -> bool:
    if entry.state not in {"failed", "suspect"} or (only and failure.code not in only):
        return False
    return not hosts or urls.is_within(urls.host(entry.url), hosts)

"""Every image that is not archived, with its post and the reason; from the manifests."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from crawler.common import archive_layout, urls
from crawler.common.advice import check_codes
from crawler.common.problems import costly
from crawler.errors import ManifestError, UsageError
from crawler.models import Entry, Failure, Manifest
from crawler.store.catalog import Catalog, open_catalog
from crawler.store.lookup import nearest, unknown
from crawler.store.manifest.codec import read_manifest

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """An image that is failed or suspect."""

    post: str
    entry: Entry
    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A post that may name images which were not found."""

    post: str
    problems: tuple[str, ...]
    """Why, in the words of its manifest."""


def doubts(root: Path) -> Iterator[Doubt]:
    """Yield the posts of the archive at *root* that may name images which were not found.

    A manifest that cannot be read is logged. Raises UsageError where there is no archive.
    """
    with closing(open_catalog(root)) as catalog:
        for row in catalog.posts_in_doubt():
            manifest = (
                _manifest(root / row.bundle / archive_layout.MANIFEST) if row.bundle else None
            )
            if manifest is not None and (problems := costly(manifest.post.problems)):
                yield Doubt(post=row.id, problems=problems)


def missing(
    root: Path, *, only: Collection[str] = (), hosts: Collection[str] = ()
) -> Iterator[Missing]:
    """Return what the archive at *root* lacks, post by post; a million posts need no memory.

    *only* names codes, *hosts* hosts, whose subdomains count; without, whichever they are. A
    manifest that cannot be read is logged. Raises UsageError where there is no archive, for a code
    that does not exist, and for a host that the archive does not know.
    """
    check_codes(only)
    with closing(open_catalog(root)) as catalog:
        return _missing(root, frozenset(only), known_hosts(root, catalog, hosts))


def _missing(root: Path, only: frozenset[str], hosts: frozenset[str]) -> Iterator[Missing]:
    with closing(open_catalog(root)) as catalog:
        for row in catalog.posts_failing():
            if row.bundle is None or (only and not row.failures.keys() & only):
                continue
            for entry in _entries(root / row.bundle / archive_layout.MANIFEST):
                if entry.failure is not None and _is_asked_for(entry, entry.failure, only, hosts):
                    yield Missing(post=row.id, entry=entry, failure=entry.failure)


def known_hosts(root: Path, catalog: Catalog, given: Collection[str]) -> frozenset[str]:
    """Return the hosts that a person names, in whatever spelling, as URLs have them.

    Raises UsageError for what is no host, and where the archive at *root* has no image of one, or
    of its subdomains.
    """
    hosts = frozenset(_host(text) for text in given)
    known = frozenset(catalog.hosts())
    if not all(_is_known(host, known) for host in hosts):
        known |= _failing_hosts(root, catalog)  # those that were not even asked
    for host in sorted(hosts):
        if not _is_known(host, known):
            name = urls.in_own_letters(host)
            raise unknown(f"host {name}", nearest(name, sorted(map(urls.in_own_letters, known))))
    return hosts


def _host(text: str) -> str:
    host = urls.named_host(text)
    if host is None:
        raise UsageError(f"{text!r} is not the name of a host")
    return host


def _is_known(host: str, known: Collection[str]) -> bool:
    return any(urls.is_within(each, [host]) for each in known)


def _failing_hosts(root: Path, catalog: Catalog) -> frozenset[str]:
    rows = (row for row in catalog.posts_failing() if row.bundle is not None)
    entries = (
        each for row in rows for each in _entries(root / str(row.bundle) / archive_layout.MANIFEST)
    )
    return frozenset(filter(None, (urls.host(entry.url) for entry in entries)))


def _entries(path: Path) -> tuple[Entry, ...]:
    manifest = _manifest(path)
    return manifest.entries if manifest else ()


def _manifest(path: Path) -> Manifest | None:
    try:
        return read_manifest(path)
    except ManifestError as error:
        logger.warning("%s", error)
        return None


def _is_asked_for(
    entry: Entry, failure: Failure, only: Collection[str], hosts: Collection[str]
) -> bool:
    if entry.state not in {"failed", "suspect"} or (only and failure.code not in only):
        return False
    return not hosts or urls.is_within(urls.host(entry.url), hosts)

"""What an archive holds, from its catalog alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from crawler.common import urls
from crawler.common.dates import now
from crawler.models import STATES
from crawler.store.catalog import Catalog, open_catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCounts:
    """The images of one host."""

    host: str
    archived: int
    not_archived: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveStatus:
    """The counts of an archive."""

    posts: int
    references: int
    entries: int
    states: dict[str, int]
    failures: dict[str, int]
    size: int
    """Bytes of the originals, each counted once for every entry."""
    unique_size: int
    """Bytes of the originals from the network, each counted once, however many entries have it."""
    due: int
    """Images that the next run asks for again."""
    waiting: int
    """Images whose next attempt is later."""
    next_attempt: str | None
    """The first of those."""
    hosts: tuple[HostCounts, ...]
    """Those with most images first."""


def archive_status(root: Path) -> ArchiveStatus:
    """Return what the archive at *root* holds. Raises UsageError where there is none."""
    catalog = open_catalog(root)
    try:
        return _count(catalog)
    finally:
        catalog.close()


def _count(catalog: Catalog) -> ArchiveStatus:
    posts = references = entries = size = 0
    states: Counter[str] = Counter(dict.fromkeys(STATES, 0))
    failures: Counter[str] = Counter()
    for row in catalog.posts():
        posts += 1
        references += row.summary.references
        entries += row.summary.entries
        size += row.summary.size
        states.update({state: getattr(row.summary, state) for state in STATES})
        failures.update(row.failures)
    moments = list(catalog.next_attempts())
    later = [moment for moment in moments if moment is not None and moment > now()]
    return ArchiveStatus(
        posts=posts,
        references=references,
        entries=entries,
        states=dict(states),
        failures=dict(sorted(failures.items())),
        size=size,
        unique_size=catalog.unique_size(),
        due=len(moments) - len(later),
        waiting=len(later),
        next_attempt=min(later, default=None),
        hosts=_hosts(catalog),
    )


def _hosts(catalog: Catalog) -> tuple[HostCounts, ...]:
    archived: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for url, state in catalog.states():
        (archived if state == "archived" else others)[urls.host(url)] += 1
    total = archived + others
    return tuple(
        HostCounts(host=host, archived=archived[host], not_archived=others[host])
        for host, _ in sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))
    )

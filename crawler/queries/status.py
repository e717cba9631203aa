"""What an archive holds, from its catalog alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from crawler.common import archive_layout, urls
from crawler.common.dates import now
from crawler.common.lack import Lack
from crawler.common.problems import count_costly
from crawler.errors import ManifestError
from crawler.models import STATES
from crawler.store.catalog import Catalog, PostRow, open_catalog
from crawler.store.completeness import known_sources, lack_of_sources
from crawler.store.manifest import read_manifest


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
    post_problems: dict[str, int]
    """What may have cost images, by kind."""
    lack: Lack
    unread: tuple[str, ...]
    """What the last runs over the sources said of what they could not read."""
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
        return _count(root, catalog)
    finally:
        catalog.close()


def _count(root: Path, catalog: Catalog) -> ArchiveStatus:
    posts = references = entries = size = 0
    states: Counter[str] = Counter(dict.fromkeys(STATES, 0))
    failures: Counter[str] = Counter()
    problems: Counter[str] = Counter()
    incomplete = undecided = unread_manifests = 0
    for row in catalog.posts():
        posts += 1
        references += row.summary.references
        entries += row.summary.entries
        size += row.summary.size
        states.update({state: getattr(row.summary, state) for state in STATES})
        failures.update(row.failures)
        try:
            found = _problems(root, row)
        except ManifestError:
            unread_manifests += 1
            continue
        undecided += found is None
        incomplete += bool(found)
        problems.update(found or {})
    sources = known_sources(root, catalog)
    moments = list(catalog.next_attempts())
    later = [moment for moment in moments if moment is not None and moment > now()]
    return ArchiveStatus(
        posts=posts,
        references=references,
        entries=entries,
        states=dict(states),
        failures=dict(sorted(failures.items())),
        post_problems=dict(sorted(problems.items())),
        lack=replace(
            lack_of_sources(sources),
            images=states["failed"] + states["suspect"],
            incomplete_posts=incomplete,
            undecided_posts=undecided,
            unread_manifests=unread_manifests,
        ),
        unread=tuple(dict.fromkeys(words for row in sources for words in row.messages)),
        size=size,
        unique_size=catalog.unique_size(),
        due=len(moments) - len(later),
        waiting=len(later),
        next_attempt=min(later, default=None),
        hosts=_hosts(catalog),
    )


def _problems(root: Path, row: PostRow) -> dict[str, int] | None:
    """Return what may have cost images of a post; None where nobody knows. Raises ManifestError.

    Of what an earlier version read, its manifest knows, if there is one.
    """
    if row.problems is not None or row.bundle is None:
        return row.problems
    manifest = read_manifest(root / row.bundle / archive_layout.MANIFEST)
    return None if manifest is None else count_costly(manifest.post.problems)


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

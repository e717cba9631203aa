"""What the last runs over the sources of an archive say of its completeness."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from crawler.common import archive_layout
from crawler.common.lack import Lack
from crawler.store.catalog import Catalog, SourceRow
from crawler.store.previous_reports import last_runs


def known_sources(root: Path, catalog: Catalog) -> list[SourceRow]:
    """Return the sources that runs were given; where *catalog* has none, by the runs' reports."""
    return catalog.sources() or last_runs(root / archive_layout.RUNS)


def lack_of_sources(rows: Iterable[SourceRow]) -> Lack:
    """Return what is not known of an archive for how the last runs over its sources ended."""
    rows = list(rows)
    # One run may have had several sources, and has its counts for all of them.
    runs = {row.run: row.unread for row in rows}
    return Lack(
        unread=sum(runs.values()),
        unfinished=tuple(row.source for row in rows if not row.is_finished),
        has_run=bool(rows),
    )

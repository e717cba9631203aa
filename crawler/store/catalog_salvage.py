"""Take over from a former catalog what no manifest says."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.store.catalog import Catalog
from crawler.store.catalog.migrations import COLUMNS, Value

_OF_MANIFESTS = frozenset({"posts", "captures", "digests"})
_OF_RUNS = frozenset({"sources"})
"""Whether what the runs said of them still holds is to be seen."""


def salvage(former: Catalog, new: Catalog) -> None:
    """Copy the rows of all tables that no manifest tells.

    Of who has which image, which manifests do tell, the former rows know more.
    """
    for table in COLUMNS.keys() - _OF_MANIFESTS - _OF_RUNS:
        rows = former.rows(table)
        new.put_rows(table, _known(rows, new) if table == "holders" else rows)


def _known(rows: Iterator[tuple[Value, ...]], new: Catalog) -> Iterator[tuple[Value, ...]]:
    return (row for row in rows if new.is_holder(row[0], row[1]))

"""Take over from a former catalog what no manifest says."""

from __future__ import annotations

import contextlib
import sqlite3
from contextlib import closing
from pathlib import Path

from crawler.errors import StorageError
from crawler.store.catalog.database import require_regular, still_location

_OF_MANIFESTS = frozenset({"posts", "captures"})
_ONLY = {"holders": "WHERE (url, bundle) IN (SELECT url, bundle FROM main.holders)"}
"""Of what is made from manifests, too, the former rows know more."""


def salvage(former: Path, new: Path) -> None:
    """Copy the rows of all tables that no manifest tells, as far as they can be read."""
    try:
        require_regular(former)
    except StorageError:
        return
    with closing(sqlite3.connect(new.absolute().as_uri(), uri=True)) as connection:
        with contextlib.suppress(sqlite3.DatabaseError):
            connection.execute("ATTACH ? AS former", (still_location(former),))
        for table in _tables(connection) - _OF_MANIFESTS:
            with contextlib.suppress(sqlite3.DatabaseError), connection:
                # Columns that only one of the two has are of another version.
                shared = _columns(connection, "main", table) & _columns(connection, "former", table)
                names = ", ".join(sorted(shared))
                connection.execute(
                    f"INSERT OR REPLACE INTO main.{table} ({names})"  # noqa: S608 - names of ours
                    f" SELECT {names} FROM former.{table} {_ONLY.get(table, '')}"
                )


def _tables(connection: sqlite3.Connection) -> set[str]:
    found = connection.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'")
    return {name for (name,) in found if not name.startswith("sqlite_")}


def _columns(connection: sqlite3.Connection, schema: str, table: str) -> set[str]:
    found = connection.execute(f"PRAGMA {schema}.table_info({table})")
    return {row[1] for row in found}

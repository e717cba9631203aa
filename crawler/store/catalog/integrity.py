"""Whether the file of a catalog says what was written, and what of it does.

Pages and indexes are checked by SQLite, each row by its checksum and by the record that it must
hold. What is in no row, on pages that are not in use, is not looked at.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from types import NoneType
from typing import Any, Final, TypeAlias

from crawler.common import json_codec
from crawler.common.files import open_regular
from crawler.store.catalog.migrations import (
    COLUMNS,
    KEYS,
    PUT,
    UNREADABLE,
    VERSIONS,
    Value,
    as_stored,
    bring_up_to_date,
)

Reader: TypeAlias = Callable[[Sequence[Any]], object]
"""Makes a record of a row; raises RecordError where it is none."""

_TOLD: Final = 3
"""Faults of one sort that are told; the others are counted."""
_KINDS: Final[dict[str, type]] = {"TEXT": str, "INTEGER": int, "BLOB": bytes}
_PATHS: Final = frozenset(
    {
        *(("posts", "path"), ("posts", "document"), ("posts", "bundle"), ("documents", "url")),
        *(("captures", "bundle"), ("holders", "bundle"), ("digests", "bundle")),
        ("sources", "source"),
    }
)
"""Columns of text that are bytes where a path on this machine is no UTF-8."""
_FILED: Final = {"captures": "rowid", "attempts": "rowid"}
"""By what the rows of a table stand in the file, where that is not their key."""


def faults(
    path: Path, connection: sqlite3.Connection, readers: Mapping[str, Reader]
) -> Iterator[str]:
    """Yield what is wrong with the catalog at *path*, which *connection* has open, in words."""
    connection.text_factory = as_stored
    try:
        found = [*_of_header(path), *_of_structure(connection)]
        found = found or list(_of_rows(connection, readers))
    except (OSError, *UNREADABLE) as error:
        found = [str(error) or "out of memory"]
    finally:
        connection.text_factory = str
    yield from found


def salvaged(location: str, readers: Mapping[str, Reader]) -> sqlite3.Connection:
    """Return a new catalog with the sound rows of the one at *location*, a URI of SQLite.

    It is of the newest version, in a file that SQLite removes when it is closed.
    """
    made = sqlite3.connect("")
    bring_up_to_date(made, 0)
    with contextlib.suppress(*UNREADABLE), closing(sqlite3.connect(location, uri=True)) as former:
        # Where the statement of one table is damaged, the others are read all the same.
        former.execute("PRAGMA writable_schema = ON")
        with closing(_up_to_date(former)) as source:
            for table in COLUMNS:
                statement = PUT[table].replace("REPLACE", "IGNORE", 1)
                for values in _sound(source, table, readers.get(table)):
                    made.execute(statement, (*values, json_codec.checksum(values)))
    made.commit()
    return made


def _of_header(path: Path) -> Iterator[str]:
    """Look at the one thing there that no reader minds: whoever writes needs it.

    Source: https://www.sqlite.org/fileformat.html#file_format_version_numbers
    """
    with open_regular(path) as file:
        head = file.read(20)
    if head and head[18:19] != head[19:20]:
        yield "it may be read and not be written, by the numbers of its format"


def _of_structure(connection: sqlite3.Connection) -> Iterator[str]:
    answers = [str(answer) for (answer,) in connection.execute("PRAGMA integrity_check(3)")]
    if answers != ["ok"]:
        yield from answers
        return
    with closing(_empty()) as expected:
        if _tables(connection) != _tables(expected):
            yield "its tables are not those of a catalog"


def _of_rows(connection: sqlite3.Connection, readers: Mapping[str, Reader]) -> Iterator[str]:
    for table in COLUMNS:
        judge = _Judge(connection, table, readers.get(table))
        wrong = [row[0] for row in _all(connection, table, "ASC") if not judge.is_sound(row)]
        if wrong:
            names = ", ".join(f"{name!r}" for name in islice(wrong, _TOLD))
            more = f" and {len(wrong) - _TOLD} more" if len(wrong) > _TOLD else ""
            yield f"rows of {table} are not as they were written: {names}{more}"


def _sound(
    connection: sqlite3.Connection, table: str, read: Reader | None
) -> Iterator[tuple[Value, ...]]:
    """Yield the sound rows of *table*, from both ends up to where it cannot be read."""
    connection.text_factory = as_stored
    for order in ("ASC", "DESC"):
        with contextlib.suppress(*UNREADABLE):
            judge = _Judge(connection, table, read)
            for row in _all(connection, table, order):
                if judge.is_sound(row):
                    yield row[:-1]
            return


def _all(connection: sqlite3.Connection, table: str, order: str) -> Iterator[tuple[Value, ...]]:
    """Yield the rows of *table* with their checksums, as they stand in the file."""
    key = (_FILED[table],) if table in _FILED else KEYS[table]
    by = ", ".join(f"{name} {order}" for name in key)
    sums = "checksum" if _has_checksums(connection, table) else "NULL"
    names = ", ".join((*COLUMNS[table], sums))
    yield from connection.execute(f"SELECT {names} FROM {table} NOT INDEXED ORDER BY {by}")  # noqa: S608 - names of ours


class _Judge:
    """Tells whether rows of one table are as they were written."""

    def __init__(self, connection: sqlite3.Connection, table: str, read: Reader | None) -> None:
        found = connection.execute(f"PRAGMA table_info({table})")
        kinds = {
            name: _kinds(table, name, kind, filled=bool(filled or key))
            for _, name, kind, filled, _, key in found
        }
        if not kinds.keys() >= set(COLUMNS[table]):
            raise sqlite3.DatabaseError(f"{table} lacks columns")
        self._kinds = [kinds[name] for name in COLUMNS[table]]
        self._has_checksums = _has_checksums(connection, table)
        self._read = read

    def is_sound(self, row: tuple[Value, ...]) -> bool:
        """Return whether *row*, whose last column is its checksum, is as it was written."""
        *values, told = row
        try:
            return (
                (json_codec.checksum(values) == told or not self._has_checksums)
                and all(map(isinstance, values, self._kinds))
                and (self._read is None or self._read(values) is not None)
            )
        except (UnicodeError, json_codec.RecordError):
            return False


def _kinds(table: str, name: str, declared: str, *, filled: bool) -> tuple[type, ...]:
    """Return what a column may hold."""
    kinds = [_KINDS[declared]] if declared in _KINDS else []
    if (table, name) in _PATHS:
        kinds.append(bytes)
    return tuple(kinds if filled else [*kinds, NoneType])


def _has_checksums(connection: sqlite3.Connection, table: str) -> bool:
    """Return whether the table is of a version that has them."""
    return any(row[1] == "checksum" for row in connection.execute(f"PRAGMA table_info({table})"))


def _up_to_date(former: sqlite3.Connection) -> sqlite3.Connection:
    """Return a catalog of the newest version with what *former* has, or itself."""
    (version,) = former.execute("PRAGMA user_version").fetchone()
    if 0 < version < len(VERSIONS):
        copy = sqlite3.connect("")
        try:
            former.backup(copy)
            bring_up_to_date(copy, version)
        except UNREADABLE:
            copy.close()
        else:
            return copy
    return former


def _tables(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    """Return the tables and indexes, by which statements they were made."""
    found = connection.execute("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema")
    return sorted((*names, " ".join(sql.replace('"', "").split())) for *names, sql in found)


def _empty() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:")
    bring_up_to_date(made, 0)
    return made

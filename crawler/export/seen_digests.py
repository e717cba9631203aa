"""What an export has met, on disk rather than in memory; gone when it is closed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

_TABLES = """
CREATE TABLE notes (key TEXT PRIMARY KEY, note TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE lines (line TEXT NOT NULL);
"""


class Seen:
    """Notes by their keys, and lines that come out sorted."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._connection.executescript(_TABLES)

    def first(self, key: str, note: str = "") -> bool:
        """Note *key*; return whether it is new."""
        statement = "INSERT OR IGNORE INTO notes VALUES (?, ?)"
        return self._connection.execute(statement, (key, note)).rowcount == 1

    def note(self, key: str) -> str | None:
        """Return the note of *key*, if it is known."""
        row = self._connection.execute("SELECT note FROM notes WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def add_line(self, line: str) -> None:
        """Keep a line."""
        self._connection.execute("INSERT INTO lines VALUES (?)", (line,))

    def lines(self) -> Iterator[str]:
        """Yield the lines in the order of their bytes."""
        statement = "SELECT line FROM lines ORDER BY line"
        return (line for (line,) in self._connection.execute(statement))


@contextmanager
def seen() -> Iterator[Seen]:
    """Give an empty memory."""
    # An empty name is a file of SQLite's own, which it deletes, once it is more than a cache holds.
    with closing(sqlite3.connect("", isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        yield Seen(connection)

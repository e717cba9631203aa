"""What the pages were made of: an SQLite file beside them, which can be made again from nothing.

A post stands in it with the size and the time of the manifest that its page was made of, and with
its rows of the gallery's data. What must be written yet is noted in the same transaction, so that
a killed run leaves nothing stale behind.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from crawler.common.files import storage_error
from crawler.common.folders import open_folder
from crawler.errors import StorageError
from crawler.gallery.rows import PostRows
from crawler.store.catalog import require_regular

_TABLES: Final = """
CREATE TABLE made (version TEXT NOT NULL);
CREATE TABLE posts (
    id TEXT PRIMARY KEY,
    page TEXT NOT NULL,
    page_size INTEGER NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    month TEXT NOT NULL,
    date TEXT NOT NULL,
    source TEXT NOT NULL,
    archived INTEGER NOT NULL,
    suspect INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    doubts INTEGER NOT NULL,
    post TEXT NOT NULL,
    images TEXT NOT NULL,
    missing TEXT NOT NULL
);
CREATE INDEX posts_month ON posts (month, date);
CREATE TABLE codes (
    post TEXT NOT NULL,
    code TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (post, code)
) WITHOUT ROWID;
CREATE TABLE likenesses (
    post TEXT NOT NULL,
    number INTEGER NOT NULL,
    digest TEXT NOT NULL,
    hash TEXT NOT NULL,
    row TEXT NOT NULL,
    PRIMARY KEY (post, number)
);
CREATE INDEX likenesses_hash ON likenesses (hash, digest);
CREATE TABLE alike (shard TEXT NOT NULL, groups INTEGER NOT NULL);
CREATE TABLE stale (part TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_PUT: Final = (
    "INSERT OR REPLACE INTO posts (id, page, page_size, size, mtime_ns, month, date, source,"
    " archived, suspect, failed, skipped, bytes, doubts, post, images, missing)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_AT_ONCE: Final = 500
ALIKE: Final = "alike"
"""What is stale where pictures came or went; else it is a month."""


class Made(NamedTuple):
    """What a page was made of."""

    id: str
    page: str
    page_size: int
    size: int
    mtime_ns: int


class Month(NamedTuple):
    """The posts of one shard of the data."""

    name: str
    posts: int
    images: int
    missing: int
    """Images that are, and problems that may have cost some."""


class Totals(NamedTuple):
    """The counts of an archive."""

    posts: int
    archived: int
    suspect: int
    failed: int
    skipped: int
    bytes: int
    doubts: int
    """Problems that may have cost images."""
    incomplete: int
    """Posts that have such."""


class Ledger:
    """An open ledger; what another *version* made counts for nothing. Raises StorageError."""

    def __init__(self, path: Path, version: str, *, beneath: Path) -> None:
        """Open the file at *path*; no folder on the way from *beneath* may be a link."""
        self._path = path
        self._version = version
        try:
            open_folder(path.parent, beneath=beneath, make=True).close()
            self._make_room()
            self._open()
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode not in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
                raise self._failed(error) from error
            self._connection.close()
            self.remove()
            self._open()
        except OSError as error:
            raise storage_error(path, error) from error

    def _open(self) -> None:
        self._connection = sqlite3.connect(self._path)
        # It can be made again: durability costs more than it is worth.
        self._connection.execute("PRAGMA synchronous = OFF")
        names = {name for (name,) in self._connection.execute("SELECT name FROM sqlite_master")}
        found = self._connection.execute("SELECT version FROM made") if "made" in names else ()
        if [(self._version,)] != list(found):
            self._connection.close()
            self.remove()
            self._connection = sqlite3.connect(self._path)
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.executescript(_TABLES)
            self._connection.execute("INSERT INTO made VALUES (?)", (self._version,))
            self._connection.execute("INSERT INTO stale VALUES (?)", (ALIKE,))
            self._connection.commit()

    def _make_room(self) -> None:
        """Remove what is there and no database: it can be made again."""
        try:
            require_regular(self._path)
        except StorageError:
            self.remove()

    def remove(self) -> None:
        """Remove the file."""
        for path in self._path.parent.glob(f"{self._path.name}*"):
            path.unlink(missing_ok=True)

    def made(self) -> Iterator[Made]:
        """Yield what there is, in the order of the ids; it may be written meanwhile."""
        last = ""
        statement = (
            "SELECT id, page, page_size, size, mtime_ns FROM posts WHERE id > ? ORDER BY id LIMIT ?"
        )
        while rows := self._read(statement, last, _AT_ONCE):
            yield from (Made(*row) for row in rows)
            last = rows[-1][0]

    def put(self, made: Made, rows: PostRows, counts: tuple[int, ...]) -> None:
        """Write what a post's page was made of, its rows, and the *counts* of its summary."""
        self._note_stale(made.id, rows)
        with self._writing():
            self._connection.execute(
                _PUT,
                (
                    *(*made, rows.month, rows.date, rows.source, *counts),
                    *(rows.doubts, rows.post, rows.images, rows.missing),
                ),
            )
            self._forget_parts(made.id)
            self._connection.executemany(
                "INSERT INTO codes VALUES (?, ?, ?)",
                [(made.id, code, number) for code, number in rows.codes.items()],
            )
            self._connection.executemany(
                "INSERT INTO likenesses VALUES (?, ?, ?, ?, ?)",
                [(made.id, x.number, x.digest, x.hash, x.row) for x in rows.likenesses],
            )

    def forget(self, post_id: str) -> None:
        """Forget a post that is there no more."""
        self._note_stale(post_id, None)
        with self._writing():
            self._connection.execute("DELETE FROM posts WHERE id = ?", (post_id,))
            self._forget_parts(post_id)

    def commit(self) -> None:
        """Write what waits."""
        with self._writing():
            self._connection.commit()

    def stale_months(self) -> list[str]:
        """Return the months whose data must be written."""
        rows = self._read("SELECT part FROM stale WHERE part <> ? ORDER BY part", ALIKE)
        return [part for (part,) in rows]

    def is_stale(self, part: str) -> bool:
        """Return whether *part* must be written."""
        return bool(self._read("SELECT 1 FROM stale WHERE part = ?", part))

    def fresh(self, part: str) -> None:
        """Note that *part* is written."""
        with self._writing():
            self._connection.execute("DELETE FROM stale WHERE part = ?", (part,))
            self._connection.commit()

    def months(self) -> list[Month]:
        """Return the months, the newest first and what has no date last."""
        rows = self._read(
            "SELECT month, count(*), sum(archived + suspect + failed + skipped),"
            " sum(suspect + failed + doubts) FROM posts"
            " GROUP BY month ORDER BY month = 'undated', month DESC"
        )
        return [Month(*row) for row in rows]

    def totals(self) -> Totals:
        """Return the counts of all posts."""
        (row,) = self._read(
            "SELECT count(*), total(archived), total(suspect), total(failed), total(skipped),"
            " total(bytes), total(doubts), total(doubts > 0) FROM posts"
        )
        return Totals(*map(int, row))

    def sources(self) -> list[tuple[str, int]]:
        """Return the sources with the number of their posts."""
        return self._read("SELECT source, count(*) FROM posts GROUP BY source ORDER BY source")

    def codes(self) -> list[tuple[str, int]]:
        """Return the failure codes with the number of their images, the most frequent first."""
        return self._read("SELECT code, sum(number) FROM codes GROUP BY code ORDER BY 2 DESC, 1")

    def rows(self, kind: str, month: str) -> Iterator[tuple[str, str]]:
        """Yield post id and row of a *month*, the newest first; *kind* names the column."""
        column = {"posts": "post", "images": "images", "missing": "missing"}[kind]
        # The name of a column comes from the line above.
        statement = f"SELECT id, {column} FROM posts WHERE month = ? ORDER BY date DESC, id"  # noqa: S608
        return iter(self._connection.execute(statement, (month,)))

    def hashes(self) -> list[str]:
        """Return the perceptual hashes, each once, in their order."""
        return [value for (value,) in self._read("SELECT DISTINCT hash FROM likenesses ORDER BY 1")]

    def several(self) -> set[str]:
        """Return the hashes that different files have."""
        rows = self._read(
            "SELECT hash FROM likenesses GROUP BY hash HAVING count(DISTINCT digest) > 1"
        )
        return {value for (value,) in rows}

    def likenesses(self, value: str) -> list[tuple[str, str]]:
        """Return digest and row of each picture with this hash."""
        return self._read(
            "SELECT digest, row FROM likenesses WHERE hash = ? ORDER BY digest, post, number", value
        )

    def remember_alike(self, shards: list[str], groups: int) -> None:
        """Write which *shards* have the groups of pictures that look alike, and their number."""
        with self._writing():
            self._connection.execute("DELETE FROM alike")
            values = [(shard, groups) for shard in shards]
            self._connection.executemany("INSERT INTO alike VALUES (?, ?)", values)

    def alike(self) -> tuple[list[str], int]:
        """Return what `remember_alike` was told."""
        rows = self._read("SELECT shard, groups FROM alike ORDER BY rowid")
        return [shard for shard, _ in rows], rows[0][1] if rows else 0

    def close(self) -> None:
        """Write what waits and close the file."""
        try:
            self.commit()
        finally:
            self._connection.close()

    def _note_stale(self, post_id: str, rows: PostRows | None) -> None:
        former = self._read("SELECT month FROM posts WHERE id = ?", post_id)
        months = {month for (month,) in former} | ({rows.month} if rows else set())
        known = self._read(
            "SELECT number, digest, hash, row FROM likenesses WHERE post = ?", post_id
        )
        now = [(x.number, x.digest, x.hash, x.row) for x in rows.likenesses] if rows else []
        parts = sorted(months) + ([ALIKE] if sorted(known) != sorted(now) else [])
        with self._writing():
            self._connection.executemany(
                "INSERT OR IGNORE INTO stale VALUES (?)", [(part,) for part in parts]
            )

    def _forget_parts(self, post_id: str) -> None:
        self._connection.execute("DELETE FROM codes WHERE post = ?", (post_id,))
        self._connection.execute("DELETE FROM likenesses WHERE post = ?", (post_id,))

    def _read(self, statement: str, *values: str | int) -> list[Any]:
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise StorageError(f"cannot read {self._path}: {error}; remove it") from error

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise self._failed(error) from error

    def _failed(self, error: sqlite3.DatabaseError) -> StorageError:
        return StorageError(f"cannot write {self._path}: {error}")

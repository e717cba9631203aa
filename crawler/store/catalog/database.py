"""The file of the catalog: opening it, reading and writing in batches."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from crawler.common.dates import now
from crawler.common.files import regular_status
from crawler.common.safe_paths import storable
from crawler.errors import StorageError
from crawler.store.catalog.migrations import VERSIONS, bring_up_to_date

_BESIDE = ("", "-journal", "-shm", "-wal")
"""What is behind the name of a database: https://www.sqlite.org/tempfiles.html."""
_ROWS_PER_COMMIT = 50
_CACHE = 16_384
"""Kibibytes of the file in memory: the index of digests is looked into at random."""
_REMEMBERED = 10_000
"""Answers of small tables; some megabytes."""


class Database:
    """Reads see what was written before them; writes reach the disk in batches.

    They wait for `commit`, for one another, or for `close`. Raises StorageError.
    """

    def __init__(self, path: Path, *, read_only: bool = False, still: bool = False) -> None:
        """Open the file at *path*; *still* says that nobody writes to it while it is read."""
        require_regular(path)
        self._path = path
        self._waiting = 0
        self._memory: dict[tuple[str, ...], tuple[Any, ...]] = {}
        """What was read of the tables that every image asks and that hardly ever change."""
        try:
            self._open(read_only=read_only, still=still)
        except sqlite3.DatabaseError as error:
            if read_only:
                raise self._unreadable(error) from error
            if not _is_damaged(error):
                raise self._failed(error) from error
            self._set_aside()
            self._open(read_only=False)

    def commit(self) -> None:
        """Write what waits."""
        try:
            self._connection.commit()
        except sqlite3.DatabaseError as error:
            raise self._failed(error) from error
        self._waiting = 0

    def check(self) -> None:
        """Read every page. Raises StorageError where one is damaged."""
        answers = [answer for (answer,) in self._read("PRAGMA quick_check(1)")]
        if answers != ["ok"]:
            raise StorageError(f"{self._path} is damaged: {' '.join(answers)}")

    def close(self) -> None:
        """Write what waits and close the file."""
        try:
            self.commit()
        finally:
            self._connection.close()

    def _open(self, *, read_only: bool, still: bool = False) -> None:
        location = f"{self._path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
        if read_only and still:
            location = still_location(self._path)
        self._connection = sqlite3.connect(location, uri=True)
        try:
            if not read_only:
                self._connection.execute("PRAGMA journal_mode = WAL")
                # A lost tail of the log after a power failure is made again from the manifests.
                self._connection.execute("PRAGMA synchronous = NORMAL")
                self._connection.execute(f"PRAGMA cache_size = {-_CACHE}")
            version = self._version()
            if version < len(VERSIONS):
                if read_only:
                    self._read_copy()
                bring_up_to_date(self._connection, version)
        except BaseException:
            self._connection.close()
            raise

    def _read_copy(self) -> None:
        """Go on with a copy in memory: who only reads must not bring the file up to date."""
        copy = sqlite3.connect(":memory:")
        self._connection.backup(copy)
        self._connection.close()
        self._connection = copy

    def _version(self) -> int:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > len(VERSIONS):
            raise StorageError(f"{self._path} was written by a newer version of this program")
        return int(version)

    def _set_aside(self) -> None:
        mark = now().replace(":", "")
        for path in self._path.parent.glob(f"{self._path.name}*"):
            path.rename(path.with_name(f"damaged-{mark}-{path.name}"))

    def _read(self, statement: str, *values: str | int) -> Iterator[Any]:
        try:
            yield from self._executed(statement, values)
        except sqlite3.DatabaseError as error:
            raise self._unreadable(error) from error

    def _remembered(self, statement: str, *values: str) -> tuple[Any, ...]:
        """Return the rows of *statement*, read once, until one of these tables is written."""
        key = statement, *values
        if key not in self._memory:
            if len(self._memory) >= _REMEMBERED:
                self._memory.clear()
            self._memory[key] = tuple(self._read(statement, *values))
        return self._memory[key]

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            self._executed(statement, values)
        except sqlite3.DatabaseError as error:
            raise self._failed(error) from error

    def _executed(self, statement: str, values: Sequence[object]) -> sqlite3.Cursor:
        try:
            return self._connection.execute(statement, values)
        except UnicodeEncodeError:
            # A path on this machine may be no UTF-8, which the text of SQLite has to be.
            return self._connection.execute(statement, [_as_bytes(value) for value in values])

    def _commit_some(self) -> None:
        self._waiting += 1
        if self._waiting >= _ROWS_PER_COMMIT:
            self.commit()

    def _failed(self, error: sqlite3.DatabaseError) -> StorageError:
        return StorageError(f"cannot write {self._path}: {error}")

    def _unreadable(self, error: sqlite3.DatabaseError) -> StorageError:
        advice = "; move it away, and the next run makes it anew" if _is_damaged(error) else ""
        return StorageError(f"cannot read {self._path}: {error}{advice}")


def _as_bytes(value: object) -> object:
    """Return a text that is no UTF-8 as its bytes, and whatever else as it is."""
    if isinstance(value, str) and storable(value) != value:
        return os.fsencode(value)
    return value


def as_text(value: str | bytes) -> str:
    """Return a path as it was written, whether SQLite has it as text or as bytes."""
    return os.fsdecode(value)


def require_regular(path: Path) -> None:
    """Raise StorageError where a database, or what SQLite keeps beside it, is no regular file.

    SQLite would wait for a FIFO, and write where a link leads.
    """
    for ending in _BESIDE:
        file = path.with_name(f"{path.name}{ending}")
        try:
            regular_status(file)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise StorageError(f"cannot read {file}: {error.strerror}; move it away") from error


def still_location(path: Path) -> str:
    """Return the URI by which SQLite reads a file that nobody writes to meanwhile.

    It makes no files beside it, which a read-only disk would refuse; but where a run that was
    killed left rows beside it, it must.
    """
    log = path.with_name(f"{path.name}-wal")
    has_rows = log.exists() and log.stat().st_size > 0
    return f"{path.absolute().as_uri()}?mode=ro{'' if has_rows else '&immutable=1'}"


def _is_damaged(error: sqlite3.DatabaseError) -> bool:
    return getattr(error, "sqlite_errorcode", None) in {
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_CORRUPT,
    }

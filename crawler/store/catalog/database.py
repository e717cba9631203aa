"""The file of the catalog: opening it, reading and writing in batches."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

from crawler.common import json_codec
from crawler.common.dates import now
from crawler.common.files import datasync, regular_status
from crawler.common.safe_paths import storable
from crawler.errors import StorageError
from crawler.store.catalog.integrity import faults, salvaged
from crawler.store.catalog.migrations import (
    PUT,
    SELECT,
    UNREADABLE,
    VERSIONS,
    Value,
    bring_up_to_date,
)

_BESIDE = ("", "-journal", "-shm", "-wal")
"""What is behind the name of a database: https://www.sqlite.org/tempfiles.html."""
_ROWS_PER_COMMIT = 50
_CACHE = 16_384
"""Kibibytes of the file in memory: the index of digests is looked into at random."""
_REMEMBERED = 10_000
"""Answers of small tables; some megabytes."""

_ADVICE = "image-archiver verify --repair makes it anew from the manifests"
_Row = TypeVar("_Row")
_Value = TypeVar("_Value")


class Database:
    """Reads see what was written before them; writes reach the disk in batches.

    They wait for `commit`, for one another, or for `close`. Raises StorageError.
    """

    readers: ClassVar[Mapping[str, Callable[[Sequence[Any]], object]]] = {}
    """What makes a record of a row, by the table; raises RecordError where the row is none."""

    def __init__(self, path: Path, *, read_only: bool = False, still: bool = False) -> None:
        """Open the file at *path*; *still* says that nobody writes to it while it is read."""
        require_regular(path)
        self._path = path
        self._waiting = 0
        self._memory: dict[tuple[str, ...], tuple[Any, ...]] = {}
        """What was read of the tables that every image asks and that hardly ever change."""
        try:
            self._open(read_only=read_only, still=still)
        except UNREADABLE as error:
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

    def sync(self) -> None:
        """Have what was committed outlive a power failure, where the system can. Blocks.

        Any thread may call it: nothing but the log of SQLite is touched. Raises StorageError.
        """
        try:
            with contextlib.suppress(FileNotFoundError):  # without a log, a commit does it
                descriptor = os.open(log_of(self._path), os.O_RDONLY)
                try:
                    datasync(descriptor)
                finally:
                    os.close(descriptor)
        except OSError as error:
            raise StorageError(f"cannot write {self._path}: {error.strerror}") from error

    def faults(self) -> Iterator[str]:
        """Yield what is not as it was written, in words; all is read for it."""
        return faults(self._path, self._connection, self.readers)

    @classmethod
    def salvaged(cls, path: Path) -> Self:
        """Return a catalog of what can be read of the file at *path* and is as it was written.

        It stands in a file of its own, which goes when it is closed. Nothing raises.
        """
        try:
            require_regular(path)
            location = still_location(path)
        except StorageError:
            location = "file::memory:"
        made = cls.__new__(cls)
        made._path, made._waiting, made._memory = path, 0, {}  # noqa: SLF001 - it is our own
        made._connection = salvaged(location, cls.readers)  # noqa: SLF001 - as above
        return made

    def rows(self, table: str) -> Iterator[tuple[Value, ...]]:
        """Yield all rows of *table*, their columns as `COLUMNS` has them."""
        return self._read(SELECT[table])

    def put_rows(self, table: str, rows: Iterator[tuple[Value, ...]]) -> None:
        """Write whole rows of *table*."""
        for values in rows:
            self._put(table, values)
            self._commit_some()

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

    def _read(self, statement: str, *values: Value) -> Iterator[Any]:
        try:
            yield from self._executed(statement, values)
        except UNREADABLE as error:
            raise self._unreadable(error) from error

    def _rows(
        self, table: str, read: Callable[[Sequence[Any]], _Row], rest: str, *values: str | int
    ) -> Iterator[_Row]:
        """Yield what *read* makes of the rows of *table* that the *rest* of a statement chooses."""
        for row in self._read(SELECT[table] + rest, *values):
            try:
                made = read(row)
            except json_codec.RecordError as error:
                what = f"the row {row[0]!r} of {table} is damaged: {error}"
                raise StorageError(f"cannot read {self._path}: {what}; {_ADVICE}") from error
            yield made

    def _remembered(self, statement: str, *values: str) -> tuple[Any, ...]:
        """Return the rows of *statement*, read once, until one of these tables is written."""
        key = statement, *values
        if key not in self._memory:
            if len(self._memory) >= _REMEMBERED:
                self._memory.clear()
            self._memory[key] = tuple(self._read(statement, *values))
        return self._memory[key]

    def _put(self, table: str, values: tuple[Value, ...]) -> None:
        """Write a whole row; *values* are in the order of `COLUMNS`."""
        self._write(PUT[table], with_checksum(values))

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            self._executed(statement, values)
        except sqlite3.DatabaseError as error:
            raise self._failed(error) from error

    def _executed(self, statement: str, values: Sequence[object]) -> sqlite3.Cursor:
        # Not after an attempt: a text that cannot be bound leaves its statement half run.
        return self._connection.execute(statement, [_as_bytes(value) for value in values])

    def _commit_some(self) -> None:
        self._waiting += 1
        if self._waiting >= _ROWS_PER_COMMIT:
            self.commit()

    def _failed(self, error: Exception) -> StorageError:
        return StorageError(f"cannot write {self._path}: {error}")

    def _unreadable(self, error: Exception) -> StorageError:
        advice = f"; {_ADVICE}" if _is_damaged(error) else ""
        return StorageError(f"cannot read {self._path}: {error}{advice}")


def _as_bytes(value: _Value) -> _Value | bytes:
    """Return a text that is no UTF-8 as its bytes, and whatever else as it is.

    A path on this machine may be none, which the text of SQLite has to be.
    """
    if isinstance(value, str) and not value.isascii() and storable(value) != value:
        return os.fsencode(value)
    return value


def with_checksum(values: tuple[Value, ...]) -> tuple[Value, ...]:
    """Return *values* as SQLite has them, and their checksum behind them."""
    try:
        return (*values, json_codec.checksum(values))
    except UnicodeEncodeError:
        stored = tuple(_as_bytes(value) for value in values)
        return (*stored, json_codec.checksum(stored))


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


def log_of(path: Path) -> Path:
    """Return where SQLite writes what it takes over into the file at *path* later."""
    return path.with_name(f"{path.name}-wal")


def still_location(path: Path) -> str:
    """Return the URI by which SQLite reads a file that nobody writes to meanwhile.

    It makes no files beside it, which a read-only disk would refuse; but where a run that was
    killed left rows beside it, it must.
    """
    log = log_of(path)
    has_rows = log.exists() and log.stat().st_size > 0
    return f"{path.absolute().as_uri()}?mode=ro{'' if has_rows else '&immutable=1'}"


def _is_damaged(error: Exception) -> bool:
    if isinstance(error, UnicodeDecodeError):
        return True
    # Beyond a byte the code says which part of the file it is.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    return code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}

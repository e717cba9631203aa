"""The index over all bundles: an SQLite file that can be rebuilt from the manifests."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from crawler.errors import StorageError
from crawler.grounds import records
from crawler.grounds.dates import now
from crawler.model import Failure, State, Summary, Version

_ROWS_PER_COMMIT = 50

_SELECT_POST = (
    "SELECT id, path, document, size, mtime_ns, fingerprint, settled, bundle, digest, summary,"
    " failures"
    " FROM posts"
)
_SELECT_CAPTURE = "SELECT url, bundle, run, state, version, failure FROM captures"
_PUT_POST = (
    "INSERT OR REPLACE INTO posts (id, path, document, size, mtime_ns, fingerprint, settled,"
    " bundle, folded, digest, summary, failures) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_SELECT_DOCUMENT = (
    "SELECT url, etag, last_modified, announced, fingerprint, content FROM documents WHERE url = ?"
)
_PUT_DOCUMENT = (
    "INSERT OR REPLACE INTO documents (url, etag, last_modified, announced, fingerprint, content)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_PUT_CAPTURE = (
    "INSERT OR REPLACE INTO captures (url, bundle, run, state, digest, version, failure)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)

_VERSIONS = (
    """
CREATE TABLE posts (
    id TEXT PRIMARY KEY,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    settled INTEGER NOT NULL,
    bundle TEXT,
    folded TEXT,
    digest TEXT NOT NULL,
    summary TEXT NOT NULL,
    failures TEXT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX posts_folded ON posts (folded) WHERE folded IS NOT NULL;
CREATE TABLE captures (
    url TEXT PRIMARY KEY,
    bundle TEXT NOT NULL,
    run TEXT NOT NULL,
    state TEXT NOT NULL,
    digest TEXT,
    version TEXT,
    failure TEXT
) WITHOUT ROWID;
CREATE INDEX captures_digest ON captures (digest) WHERE digest IS NOT NULL;
""",
    """
ALTER TABLE posts ADD COLUMN document TEXT;
CREATE INDEX posts_document ON posts (document) WHERE document IS NOT NULL;
CREATE TABLE documents (
    url TEXT PRIMARY KEY,
    etag TEXT,
    last_modified TEXT,
    announced TEXT,
    fingerprint TEXT NOT NULL,
    content TEXT NOT NULL
) WITHOUT ROWID;
""",
)
"""What makes each version of the tables from the one before; the first, from nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRow:
    """What the catalog knows of a post: enough to pass over its article unread."""

    id: str
    path: str
    """The article on this machine, or the URL of what came over the network."""
    document: str | None
    """The page, feed or export that holds it, as `DocumentRow` has it; None for a file's own."""
    size: int
    mtime_ns: int
    fingerprint: str
    """The extractor's version and the options that matter."""
    settled: bool
    """Whether nothing is left to try."""
    bundle: str | None
    """Relative to the archive, POSIX; None for a post without references."""
    digest: str
    """Of the article; of its own text where its bytes change by themselves."""
    summary: Summary
    failures: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """A page, feed or export that posts came from: enough to ask only whether it changed."""

    url: str
    """Or the absolute path of a file."""
    etag: str | None
    last_modified: str | None
    announced: str | None
    """The ``lastmod`` that a sitemap gave for it."""
    fingerprint: str
    content: str
    """A digest over the ids and revisions of its posts: while the catalog has others, it must be
    read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureRow:
    """The last outcome for one URL, and the bundle that holds it."""

    url: str
    bundle: str
    run: str
    state: State
    version: Version | None
    failure: Failure | None


_DOCUMENT_FIELDS = tuple(field.name for field in fields(DocumentRow))


class Catalog:
    """Reads see what was written before them; writes reach the disk in batches.

    A capture is committed at once, because a killed run must not fetch it again; a post's row waits
    for others, because it can be made again from its manifest. Raises StorageError.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._path = path
        self._waiting = 0
        try:
            self._open(read_only=read_only)
        except sqlite3.DatabaseError as error:
            if read_only:
                raise self._unreadable(error) from error
            if not _is_damaged(error):
                raise self._failed(error) from error
            self._set_aside()
            self._open(read_only=False)

    def post(self, post_id: str) -> PostRow | None:
        """Return the row of a post."""
        row = next(self._read(_SELECT_POST + " WHERE id = ?", post_id), None)
        return _post_row(row) if row else None

    def posts(self) -> Iterator[PostRow]:
        """Yield the rows of all posts in the order of their ids."""
        return map(_post_row, self._read(_SELECT_POST + " ORDER BY id"))

    def posts_of(self, document: str) -> Iterator[PostRow]:
        """Yield the rows of the posts that a document held."""
        return map(_post_row, self._read(_SELECT_POST + " WHERE document = ?", document))

    def document(self, url: str) -> DocumentRow | None:
        """Return what is known of a document."""
        row = next(self._read(_SELECT_DOCUMENT, url), None)
        return DocumentRow(**dict(zip(_DOCUMENT_FIELDS, row, strict=True))) if row else None

    def put_document(self, row: DocumentRow) -> None:
        """Write what is known of a document; it waits for others, as a post's row does."""
        self._write(_PUT_DOCUMENT, tuple(getattr(row, field) for field in _DOCUMENT_FIELDS))
        self._commit_some()

    def owner_of(self, folded_bundle: str) -> str | None:
        """Return the id of the post whose bundle has this folded path."""
        row = next(self._read("SELECT id FROM posts WHERE folded = ?", folded_bundle), None)
        return row[0] if row else None

    def capture(self, url: str) -> CaptureRow | None:
        """Return the last outcome for a URL."""
        row = next(self._read(_SELECT_CAPTURE + " WHERE url = ?", url), None)
        return _capture_row(row) if row else None

    def twin_of(self, digest: str) -> CaptureRow | None:
        """Return a capture whose original has these bytes."""
        row = next(self._read(_SELECT_CAPTURE + " WHERE digest = ?", digest), None)
        return _capture_row(row) if row else None

    def states(self) -> Iterator[tuple[str, State]]:
        """Yield the URL and the state of every capture."""
        return self._read("SELECT url, state FROM captures")

    def put_post(self, row: PostRow, *, folded: str | None) -> None:
        """Write the row of a post; *folded* is its bundle's folded path."""
        self._write(
            _PUT_POST,
            (
                row.id,
                row.path,
                row.document,
                row.size,
                row.mtime_ns,
                row.fingerprint,
                row.settled,
                row.bundle,
                folded,
                row.digest,
                records.to_json(row.summary),
                records.to_json(row.failures),
            ),
        )
        self._commit_some()

    def put_capture(self, row: CaptureRow) -> None:
        """Write the outcome for a URL; it survives the death of this process from here on."""
        self._write(
            _PUT_CAPTURE,
            (
                row.url,
                row.bundle,
                row.run,
                row.state,
                row.version.original.digest if row.version else None,
                records.to_json(row.version) if row.version else None,
                records.to_json(row.failure) if row.failure else None,
            ),
        )
        self.commit()

    def commit(self) -> None:
        """Write what waits."""
        try:
            self._connection.commit()
        except sqlite3.DatabaseError as error:
            raise self._failed(error) from error
        self._waiting = 0

    def close(self) -> None:
        """Write what waits and close the file."""
        try:
            self.commit()
        finally:
            self._connection.close()

    def _open(self, *, read_only: bool) -> None:
        location = f"{self._path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
        self._connection = sqlite3.connect(location, uri=True)
        try:
            if not read_only:
                self._connection.execute("PRAGMA journal_mode = WAL")
                # A lost tail of the log after a power failure is made again from the manifests.
                self._connection.execute("PRAGMA synchronous = NORMAL")
            version = self._version()
            if version < len(_VERSIONS):
                if read_only:
                    self._read_copy()
                tables = "".join(_VERSIONS[version:])
                self._connection.executescript(
                    f"BEGIN; {tables} PRAGMA user_version = {len(_VERSIONS)}; COMMIT;"
                )
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
        if version > len(_VERSIONS):
            raise StorageError(f"{self._path} was written by a newer version of this program")
        return int(version)

    def _set_aside(self) -> None:
        mark = now().replace(":", "")
        for path in self._path.parent.glob(f"{self._path.name}*"):
            path.rename(path.with_name(f"damaged-{mark}-{path.name}"))

    def _read(self, statement: str, *values: str) -> Iterator[Any]:
        try:
            yield from self._connection.execute(statement, values)
        except sqlite3.DatabaseError as error:
            raise self._unreadable(error) from error

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            self._connection.execute(statement, values)
        except sqlite3.DatabaseError as error:
            raise self._failed(error) from error

    def _commit_some(self) -> None:
        self._waiting += 1
        if self._waiting >= _ROWS_PER_COMMIT:
            self.commit()

    def _failed(self, error: sqlite3.DatabaseError) -> StorageError:
        return StorageError(f"cannot write {self._path}: {error}")

    def _unreadable(self, error: sqlite3.DatabaseError) -> StorageError:
        advice = "; move it away, and the next run makes it anew" if _is_damaged(error) else ""
        return StorageError(f"cannot read {self._path}: {error}{advice}")


def _is_damaged(error: sqlite3.DatabaseError) -> bool:
    return error.sqlite_errorcode in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}


def _post_row(row: Sequence[Any]) -> PostRow:
    return PostRow(
        id=row[0],
        path=row[1],
        document=row[2],
        size=row[3],
        mtime_ns=row[4],
        fingerprint=row[5],
        settled=bool(row[6]),
        bundle=row[7],
        digest=row[8],
        summary=records.from_json(row[9], Summary),
        failures=records.from_json(row[10], dict[str, int]),
    )


def _capture_row(row: Sequence[Any]) -> CaptureRow:
    return CaptureRow(
        url=row[0],
        bundle=row[1],
        run=row[2],
        state=row[3],
        version=records.from_json(row[4], Version) if row[4] else None,
        failure=records.from_json(row[5], Failure) if row[5] else None,
    )

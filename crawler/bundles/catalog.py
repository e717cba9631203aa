"""The index over all bundles: an SQLite file that can be rebuilt from the manifests."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import chain
from pathlib import Path
from typing import Any

from crawler.bundles.tables import VERSIONS, bring_up_to_date
from crawler.errors import StorageError, UsageError
from crawler.grounds import layout, records, urls
from crawler.grounds.dates import now
from crawler.model import Attempt, Failure, State, Summary, Version

_ROWS_PER_COMMIT = 50
_ROWS_AT_ONCE = 500
_REMEMBERED = 10_000
"""Answers of small tables; some megabytes."""

_SELECT_POST = (
    "SELECT id, path, document, identity, size, mtime_ns, fingerprint, settled, due, bundle,"
    " digest, summary, failures"
    " FROM posts"
)
_SELECT_CAPTURE = "SELECT url, bundle, run, state, version, failure FROM captures"
_PUT_POST = (
    "INSERT OR REPLACE INTO posts (id, path, document, identity, size, mtime_ns, fingerprint,"
    " settled, due, bundle, folded, digest, summary, failures)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_SELECT_DOCUMENT = (
    "SELECT url, etag, last_modified, announced, fingerprint, content FROM documents WHERE url = ?"
)
_PUT_DOCUMENT = (
    "INSERT OR REPLACE INTO documents (url, etag, last_modified, announced, fingerprint, content)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_PUT_CAPTURE = (
    "INSERT OR REPLACE INTO captures (url, bundle, run, state, digest, version, failure, host,"
    " path) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_PUT_HOLDER = "INSERT OR IGNORE INTO holders (url, bundle) VALUES (?, ?)"
_PUT_STANDING = "INSERT OR REPLACE INTO holders (url, bundle, wanted, behind) VALUES (?, ?, ?, ?)"
# What is written of an older answer leaves what was found out since.
_CONFIRM_CAPTURE = (
    "INSERT INTO freshness (url, date) VALUES (?, ?) ON CONFLICT (url) DO UPDATE"
    " SET date = excluded.date, etag = NULL, last_modified = NULL, next_attempt = NULL,"
    " failure = NULL WHERE excluded.date >= freshness.date"
)
_PUT_FRESHNESS = (
    "INSERT OR REPLACE INTO freshness (url, date, etag, last_modified, next_attempt, failure)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_SELECT_DUE = (
    "SELECT url FROM holders JOIN freshness USING (url) WHERE bundle = ?1 AND wanted"
    " AND (behind OR (date <= ?2 AND coalesce(next_attempt, '') <= ?3))"
)
# Each path is found from the one before it by a look into the index, so that the number of
# captures does not matter: DISTINCT would read all of them.
_SELECT_PLACES = """
WITH RECURSIVE places (path, number) AS (
    SELECT min(path), 1 FROM captures WHERE digest = ?1 AND host = ?2
    UNION ALL
    SELECT (SELECT min(path) FROM captures WHERE digest = ?1 AND host = ?2 AND path > places.path),
        number + 1
    FROM places WHERE places.path IS NOT NULL AND number < ?3
)
SELECT path FROM places WHERE path IS NOT NULL
"""
_SELECT_UNIQUE_SIZE = (
    "SELECT sum(size) FROM (SELECT max(json_extract(version, '$.original.size')) AS size"
    " FROM captures WHERE digest IS NOT NULL GROUP BY digest)"
)
_SELECT_STAND_INS = "SELECT digest FROM stand_ins WHERE host = ?"
_SELECT_COPIES = (
    _SELECT_CAPTURE + " WHERE digest = ? AND host = ? AND (path, url) > (?, ?)"
    " ORDER BY path, url LIMIT ?"
)


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
    due: str | None
    """Before this time there is nothing to try (RFC 3339); None: there is, unless it is settled."""
    bundle: str | None
    """Relative to the archive, POSIX; None for a post without references."""
    digest: str
    """Of the article; of its own text where its bytes change by themselves."""
    summary: Summary
    failures: dict[str, int]
    identity: str | None = None
    """Tells an item of a feed or an export from others with the same link."""


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
    """What is kept, if the state is archived or suspect."""
    failure: Failure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshnessRow:
    """When the server of an archived image was last heard of it."""

    url: str
    date: str
    """Of its last answer (RFC 3339)."""
    etag: str | None = None
    """Newer than that of the capture, like the next."""
    last_modified: str | None = None
    failure: Failure | None = None
    """Why it did not answer since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the manifest of a bundle stands to an image that it has."""

    wanted: bool
    """Whether its post still names the image, and no rule leaves it out."""
    behind: bool
    """Whether it does not say yet what became of the image since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRow:
    """What was learned of a host."""

    host: str
    liked: str | None
    """The rung of the Referer ladder that it let in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsRow:
    """What an origin answered when it was asked for its robots.txt."""

    origin: str
    date: str
    status: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StandInRow:
    """Bytes that many paths of a host answer with."""

    digest: str
    host: str


_DOCUMENT_FIELDS = tuple(field.name for field in fields(DocumentRow))


class Catalog:
    """Reads see what was written before them; writes reach the disk in batches.

    A capture is committed at once, because a killed run must not fetch it again; a post's row waits
    for others, because it can be made again from its manifest. Raises StorageError.
    """

    def __init__(self, path: Path, *, read_only: bool = False, still: bool = False) -> None:
        """Open the file at *path*; *still* says that nobody writes to it while it is read."""
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

    def post(self, post_id: str) -> PostRow | None:
        """Return the row of a post."""
        row = next(self._read(_SELECT_POST + " WHERE id = ?", post_id), None)
        return _post_row(row) if row else None

    def posts(self) -> Iterator[PostRow]:
        """Yield the rows of all posts in the order of their ids."""
        return map(_post_row, self._read(_SELECT_POST + " ORDER BY id"))

    def posts_failing(self) -> Iterator[PostRow]:
        """Yield the rows of the posts that have failed or suspect images, in the same order."""
        return map(_post_row, self._read(_SELECT_POST + " WHERE failures <> '{}' ORDER BY id"))

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

    def captures_in(self, bundle: str) -> Iterator[CaptureRow]:
        """Yield the captures whose files are in *bundle*; all are looked at for it."""
        return map(_capture_row, self._read(_SELECT_CAPTURE + " WHERE bundle = ?", bundle))

    def twin_of(self, digest: str) -> CaptureRow | None:
        """Return a capture whose original has these bytes."""
        row = next(self._read(_SELECT_CAPTURE + " WHERE digest = ?", digest), None)
        return _capture_row(row) if row else None

    def bundle_of(self, url: str) -> str | None:
        """Return the bundle that holds the last outcome for a URL."""
        return next(self._read("SELECT bundle FROM captures WHERE url = ?", url), (None,))[0]

    def holders(self, url: str) -> list[str]:
        """Return the bundles whose manifests have a URL, that of its capture first."""
        own = self.bundle_of(url)
        others = self._read("SELECT bundle FROM holders WHERE url = ? ORDER BY bundle", url)
        return list(dict.fromkeys(filter(None, chain([own], (bundle for (bundle,) in others)))))

    def standings(self, bundle: str) -> dict[str, Standing]:
        """Return how the manifest of *bundle* stands to each image of the network that it has."""
        found = self._read("SELECT url, wanted, behind FROM holders WHERE bundle = ?", bundle)
        return {
            url: Standing(wanted=bool(wanted), behind=bool(behind)) for url, wanted, behind in found
        }

    def due_in(self, bundle: str, *, before: str, now: str) -> frozenset[str]:
        """Return the images of *bundle* whose servers were last heard of *before* that time.

        Without those that are to be left alone beyond *now*; with those that its manifest is behind
        of. Both times are RFC 3339.
        """
        return frozenset(url for (url,) in self._read(_SELECT_DUE, bundle, before, now))

    def is_any_behind(self) -> bool:
        """Return whether a manifest does not say yet what became of an image since."""
        return any(True for _ in self._read("SELECT 1 FROM holders WHERE behind LIMIT 1"))

    def freshness(self, url: str) -> FreshnessRow | None:
        """Return when the server of an archived image was last heard of it."""
        statement = "SELECT url, date, etag, last_modified, failure FROM freshness WHERE url = ?"
        row = next(self._read(statement, url), None)
        if row is None:
            return None
        return FreshnessRow(
            url=row[0],
            date=row[1],
            etag=row[2],
            last_modified=row[3],
            failure=records.from_json(row[4], Failure) if row[4] else None,
        )

    def trace(self, url: str) -> tuple[Attempt, ...]:
        """Return the requests that the last try of a URL made."""
        row = next(self._read("SELECT trace FROM attempts WHERE url = ?", url), None)
        return records.from_json(row[0], tuple[Attempt, ...]) if row else ()

    def urls_below(self, prefix: str, most: int) -> list[str]:
        """Return URLs that begin with *prefix*, in their order."""
        statement = "SELECT url FROM captures WHERE url >= ? AND url < ? ORDER BY url LIMIT ?"
        return [url for (url,) in self._read(statement, prefix, prefix + chr(0x10FFFF), most)]

    def posts_below(self, prefix: str, most: int) -> list[str]:
        """Return ids of posts that begin with *prefix*, in their order."""
        statement = "SELECT id FROM posts WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
        return [name for (name,) in self._read(statement, prefix, prefix + chr(0x10FFFF), most)]

    def places_of(self, digest: str, host: str, most: int) -> set[str]:
        """Return paths of *host* that have these bytes, not more than *most*."""
        return {path for (path,) in self._read(_SELECT_PLACES, digest, host, most)}

    def copies_of(self, digest: str, host: str) -> Iterator[list[CaptureRow]]:
        """Yield the captures of these bytes from *host*, many at once; they may be written."""
        last = "", ""
        while rows := list(self._read(_SELECT_COPIES, digest, host, *last, _ROWS_AT_ONCE)):
            yield [_capture_row(row) for row in rows]
            last = urls.path(rows[-1][0]), rows[-1][0]

    def hosts_of(self, digest: str) -> list[str]:
        """Return the hosts that have these bytes."""
        statement = "SELECT DISTINCT host FROM captures WHERE digest = ? ORDER BY host"
        return [host for (host,) in self._read(statement, digest)]

    def digests_like(self, prefix: str, most: int) -> list[str]:
        """Return digests of originals that begin with *prefix*, not more than *most*."""
        statement = "SELECT DISTINCT digest FROM captures WHERE digest >= ? AND digest < ? LIMIT ?"
        return [value for (value,) in self._read(statement, prefix, prefix + "~", most)]

    def hosts(self) -> list[str]:
        """Return all hosts that images were asked of, in their order."""
        found = self._read("SELECT DISTINCT host FROM captures WHERE host <> '' ORDER BY host")
        return [host for (host,) in found]

    def captures_of(self, host: str) -> Iterator[CaptureRow]:
        """Yield the last outcomes for the URLs of *host*."""
        return map(_capture_row, self._read(_SELECT_CAPTURE + " WHERE host = ?", host))

    def unique_size(self) -> int:
        """Return the bytes of all originals that have a capture, each counted once."""
        (size,) = next(self._read(_SELECT_UNIQUE_SIZE))
        return int(size or 0)

    def is_stand_in(self, digest: str, host: str) -> bool:
        """Return whether many paths of *host* were seen to answer with these bytes."""
        return (digest,) in self._remembered(_SELECT_STAND_INS, host)

    def has_stand_ins(self, host: str) -> bool:
        """Return whether *host* was seen to answer many paths with the same bytes."""
        return bool(self._remembered(_SELECT_STAND_INS, host))

    def is_no_placeholder(self, digest: str) -> bool:
        """Return whether a person said that these bytes are the true picture."""
        return (digest,) in self._remembered("SELECT digest FROM not_placeholders")

    def stand_ins_to_sweep(self) -> list[StandInRow]:
        """Return the stand-ins whose earlier captures have not been looked at yet."""
        found = self._read("SELECT digest, host FROM stand_ins WHERE NOT swept")
        return [StandInRow(digest=digest, host=host) for digest, host in found]

    def not_placeholders_to_sweep(self) -> list[str]:
        """Return the digests that a person cleared, and whose captures may still be suspect."""
        return [
            value for (value,) in self._read("SELECT digest FROM not_placeholders WHERE NOT swept")
        ]

    def host(self, name: str) -> HostRow | None:
        """Return what was learned of a host."""
        rows = self._remembered("SELECT host, liked FROM hosts WHERE host = ?", name)
        return HostRow(host=rows[0][0], liked=rows[0][1]) if rows else None

    def robots(self, origin: str) -> RobotsRow | None:
        """Return what an origin last answered when it was asked for its robots.txt."""
        statement = "SELECT origin, date, status, body FROM robots WHERE origin = ?"
        row = next(self._read(statement, origin), None)
        return RobotsRow(origin=row[0], date=row[1], status=row[2], body=row[3]) if row else None

    def states(self) -> Iterator[tuple[str, State]]:
        """Yield the URL and the state of every capture."""
        return self._read("SELECT url, state FROM captures")

    def next_attempts(self) -> Iterator[str | None]:
        """Yield the next attempt of every failed capture that is not permanent."""
        found = self._read("SELECT failure FROM captures WHERE state = 'failed'")
        for (text,) in found:
            failure = records.from_json(text, Failure)
            if not failure.permanent:
                yield failure.next_attempt

    def put_post(self, row: PostRow, *, folded: str | None) -> None:
        """Write the row of a post; *folded* is its bundle's folded path."""
        self._write(
            _PUT_POST,
            (
                row.id,
                row.path,
                row.document,
                row.identity,
                row.size,
                row.mtime_ns,
                row.fingerprint,
                row.settled,
                row.due,
                row.bundle,
                folded,
                row.digest,
                records.to_json(row.summary),
                records.to_json(row.failures),
            ),
        )
        self._commit_some()

    def put_capture(
        self, row: CaptureRow, trace: Sequence[Attempt] = (), *, is_news: bool = False
    ) -> None:
        """Write the outcome for a URL; it survives the death of this process from here on.

        *trace* has the requests that were made for it; without any, those of the last try stay.
        *is_news* says that the manifests that have the URL are behind from here on.
        """
        self._write(_PUT_HOLDER, (row.url, row.bundle))
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
                urls.host(row.url),
                urls.path(row.url),
            ),
        )
        if row.version is None or row.version.capture.via != "live":
            self._write("DELETE FROM freshness WHERE url = ?", (row.url,))
        else:
            self._write(_CONFIRM_CAPTURE, (row.url, row.version.capture.date))
        if is_news:
            self._write("UPDATE holders SET behind = 1 WHERE url = ?", (row.url,))
        self._put_trace(row.url, trace)
        self.commit()

    def put_freshness(self, row: FreshnessRow, trace: Sequence[Attempt] = ()) -> None:
        """Write when the server of an archived image was last heard of it; it waits for others."""
        self._write(
            _PUT_FRESHNESS,
            (
                row.url,
                row.date,
                row.etag,
                row.last_modified,
                row.failure.next_attempt if row.failure else None,
                records.to_json(row.failure) if row.failure else None,
            ),
        )
        self._put_trace(row.url, trace)
        self._commit_some()

    def put_holder(self, url: str, bundle: str) -> None:
        """Note that the manifest of *bundle* has a URL; it waits for others."""
        self._write(_PUT_HOLDER, (url, bundle))
        self._commit_some()

    def put_standing(self, url: str, bundle: str, standing: Standing) -> None:
        """Note how the manifest of *bundle* stands to an image that it has; it waits for others."""
        self._write(_PUT_STANDING, (url, bundle, standing.wanted, standing.behind))
        self._commit_some()

    def put_host(self, row: HostRow) -> None:
        """Write what was learned of a host; it waits for others."""
        statement = "INSERT OR REPLACE INTO hosts (host, liked) VALUES (?, ?)"
        self._write(statement, (row.host, row.liked))
        self._memory.clear()
        self._commit_some()

    def put_robots(self, row: RobotsRow) -> None:
        """Write what an origin answered; it waits for others."""
        statement = "INSERT OR REPLACE INTO robots (origin, date, status, body) VALUES (?, ?, ?, ?)"
        self._write(statement, (row.origin, row.date, row.status, row.body))
        self._commit_some()

    def put_stand_in(self, row: StandInRow, *, swept: bool) -> None:
        """Write that many paths of a host answer with the same bytes; it waits for others."""
        statement = "INSERT OR REPLACE INTO stand_ins (digest, host, swept) VALUES (?, ?, ?)"
        self._write(statement, (row.digest, row.host, swept))
        self._memory.clear()
        self._commit_some()

    def put_not_placeholder(self, digest: str, *, swept: bool) -> None:
        """Write that a person cleared these bytes, whatever many paths answer with them."""
        self._write("DELETE FROM stand_ins WHERE digest = ?", (digest,))
        statement = "INSERT OR REPLACE INTO not_placeholders (digest, swept) VALUES (?, ?)"
        self._write(statement, (digest, swept))
        self._memory.clear()
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
            yield from self._connection.execute(statement, values)
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
            self._connection.execute(statement, values)
        except sqlite3.DatabaseError as error:
            raise self._failed(error) from error

    def _put_trace(self, url: str, trace: Sequence[Attempt]) -> None:
        if trace:
            statement = "INSERT OR REPLACE INTO attempts (url, trace) VALUES (?, ?)"
            self._write(statement, (url, records.to_json(trace)))

    def _commit_some(self) -> None:
        self._waiting += 1
        if self._waiting >= _ROWS_PER_COMMIT:
            self.commit()

    def _failed(self, error: sqlite3.DatabaseError) -> StorageError:
        return StorageError(f"cannot write {self._path}: {error}")

    def _unreadable(self, error: sqlite3.DatabaseError) -> StorageError:
        advice = "; move it away, and the next run makes it anew" if _is_damaged(error) else ""
        return StorageError(f"cannot read {self._path}: {error}{advice}")


def still_location(path: Path) -> str:
    """Return the URI by which SQLite reads a file that nobody writes to meanwhile.

    It makes no files beside it, which a read-only disk would refuse; but where a run that was
    killed left rows beside it, it must.
    """
    log = path.with_name(f"{path.name}-wal")
    has_rows = log.exists() and log.stat().st_size > 0
    return f"{path.absolute().as_uri()}?mode=ro{'' if has_rows else '&immutable=1'}"


def check_archive(root: Path) -> None:
    """Raise UsageError unless there is an archive at *root*."""
    if layout.is_archive(root):
        return
    what = f"it has no {layout.CATALOG}" if root.exists() else "there is no such folder"
    raise UsageError(
        f"{root} is not an archive: {what};"
        " --archive DIR says where it is, image-archiver archive SOURCE makes one"
    )


def open_catalog(root: Path) -> Catalog:
    """Return the catalog of the archive at *root*, to read it. Raises UsageError, StorageError."""
    check_archive(root)
    return Catalog(root / layout.CATALOG, read_only=True)


def _is_damaged(error: sqlite3.DatabaseError) -> bool:
    return error.sqlite_errorcode in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}


def _post_row(row: Sequence[Any]) -> PostRow:
    return PostRow(
        id=row[0],
        path=row[1],
        document=row[2],
        identity=row[3],
        size=row[4],
        mtime_ns=row[5],
        fingerprint=row[6],
        settled=bool(row[7]),
        due=row[8],
        bundle=row[9],
        digest=row[10],
        summary=records.from_json(row[11], Summary),
        failures=records.from_json(row[12], dict[str, int]),
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

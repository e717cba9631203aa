"""The table of captures, and that of the requests that were made for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from crawler.common import json_codec, urls
from crawler.models import Attempt, Failure, State, Version
from crawler.store.catalog.database import Database, as_text, with_checksum
from crawler.store.catalog.migrations import PUT
from crawler.store.catalog.rows import CaptureRow

_AT_ONCE = 500
_VERSION = json_codec.RecordReader(Version)
_TRACE = json_codec.RecordReader(tuple[Attempt, ...])
FAILURE = json_codec.RecordReader(Failure)
_INSERT_HOLDER = PUT["holders"].replace("OR REPLACE", "OR IGNORE")
# What is written of an older answer leaves what was found out since.
_CONFIRM_CAPTURE = (
    PUT["freshness"].replace("OR REPLACE ", "") + " ON CONFLICT (url) DO UPDATE"
    " SET date = excluded.date, etag = NULL, last_modified = NULL, next_attempt = NULL,"
    " failure = NULL, checksum = excluded.checksum WHERE excluded.date >= freshness.date"
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
_COPIES = " WHERE digest = ? AND host = ? AND (path, url) > (?, ?) ORDER BY path, url LIMIT ?"


class Captures(Database):
    """What came of each URL."""

    def capture(self, url: str) -> CaptureRow | None:
        """Return the last outcome for a URL."""
        return next(self._rows("captures", capture_row, " WHERE url = ?", url), None)

    def captures_in(self, bundle: str) -> Iterator[CaptureRow]:
        """Yield the captures whose files are in *bundle*; all are looked at for it."""
        return self._rows("captures", capture_row, " WHERE bundle = ?", bundle)

    def captures_of(self, host: str) -> Iterator[CaptureRow]:
        """Yield the last outcomes for the URLs of *host*."""
        return self._rows("captures", capture_row, " WHERE host = ?", host)

    def twin_of(self, digest: str) -> CaptureRow | None:
        """Return a capture whose original has these bytes."""
        return next(self._rows("captures", capture_row, " WHERE digest = ?", digest), None)

    def bundle_of(self, url: str) -> str | None:
        """Return the bundle that holds the last outcome for a URL."""
        row = next(self._read("SELECT bundle FROM captures WHERE url = ?", url), None)
        return as_text(row[0]) if row else None

    def states(self) -> Iterator[tuple[str, State]]:
        """Yield the URL and the state of every capture."""
        return self._read("SELECT url, state FROM captures")

    def next_attempts(self) -> Iterator[str | None]:
        """Yield the next attempt of every failed capture that is not permanent."""
        for row in self._rows("captures", capture_row, " WHERE state = 'failed'"):
            if row.failure is not None and not row.failure.permanent:
                yield row.failure.next_attempt

    def hosts(self) -> list[str]:
        """Return all hosts that images were asked of, in their order."""
        found = self._read("SELECT DISTINCT host FROM captures WHERE host <> '' ORDER BY host")
        return [host for (host,) in found]

    def unique_size(self) -> int:
        """Return the bytes of all originals that have a capture, each counted once."""
        (size,) = next(self._read(_SELECT_UNIQUE_SIZE))
        return int(size or 0)

    def urls_below(self, prefix: str, most: int) -> list[str]:
        """Return URLs that begin with *prefix*, in their order."""
        statement = "SELECT url FROM captures WHERE url >= ? AND url < ? ORDER BY url LIMIT ?"
        return [url for (url,) in self._read(statement, prefix, prefix + chr(0x10FFFF), most)]

    def digests_like(self, prefix: str, most: int) -> list[str]:
        """Return digests of originals that begin with *prefix*, not more than *most*."""
        statement = "SELECT DISTINCT digest FROM captures WHERE digest >= ? AND digest < ? LIMIT ?"
        return [value for (value,) in self._read(statement, prefix, prefix + "~", most)]

    def places_of(self, digest: str, host: str, most: int) -> set[str]:
        """Return paths of *host* that have these bytes, not more than *most*."""
        return {path for (path,) in self._read(_SELECT_PLACES, digest, host, most)}

    def copies_of(self, digest: str, host: str) -> Iterator[list[CaptureRow]]:
        """Yield the captures of these bytes from *host*, many at once; they may be written."""
        last = "", ""
        given = digest, host
        while rows := list(self._rows("captures", capture_row, _COPIES, *given, *last, _AT_ONCE)):
            yield rows
            last = urls.path(rows[-1].url), rows[-1].url

    def hosts_of(self, digest: str) -> list[str]:
        """Return the hosts that have these bytes."""
        statement = "SELECT DISTINCT host FROM captures WHERE digest = ? ORDER BY host"
        return [host for (host,) in self._read(statement, digest)]

    def trace(self, url: str) -> tuple[Attempt, ...]:
        """Return the requests that the last try of a URL made."""
        return next(self._rows("attempts", attempts_row, " WHERE url = ?", url), ())

    def put_capture(
        self, row: CaptureRow, trace: Sequence[Attempt] = (), *, is_news: bool = False
    ) -> None:
        """Write the outcome for a URL; it waits for others.

        *trace* has the requests that were made for it; without any, those of the last try stay.
        *is_news* says that the manifests that have the URL are behind from here on.
        """
        self._insert_holder(row.url, row.bundle)
        self._put(
            "captures",
            (
                *(row.url, row.bundle, row.run, row.state),
                row.version.original.digest if row.version else None,
                json_codec.to_json(row.version) if row.version else None,
                json_codec.to_json(row.failure) if row.failure else None,
                *(urls.host(row.url), urls.path(row.url)),
            ),
        )
        if row.version is None or row.version.capture.via != "live":
            self._write("DELETE FROM freshness WHERE url = ?", (row.url,))
        else:
            fresh = (row.url, row.version.capture.date, None, None, None, None)
            self._write(_CONFIRM_CAPTURE, with_checksum(fresh))
        if is_news:
            self._mark_behind(row.url)
        self._put_trace(row.url, trace)
        self._commit_some()

    def _insert_holder(self, url: str, bundle: str) -> None:
        self._write(_INSERT_HOLDER, with_checksum((url, bundle, 1, 0)))

    def _mark_behind(self, url: str) -> None:
        found = list(self._read("SELECT bundle, wanted FROM holders WHERE url = ?", url))
        for bundle, wanted in found:
            self._put("holders", (url, bundle, wanted, 1))

    def _put_trace(self, url: str, trace: Sequence[Attempt]) -> None:
        if trace:
            self._put("attempts", (url, json_codec.to_json(trace)))


def capture_row(row: Sequence[Any]) -> CaptureRow:
    """Return a row of ``captures`` as its record. Raises RecordError."""
    return CaptureRow(
        url=row[0],
        bundle=as_text(row[1]),
        run=row[2],
        state=row[3],
        version=_VERSION.from_json(row[5]) if row[5] else None,
        failure=FAILURE.from_json(row[6]) if row[6] else None,
    )


def attempts_row(row: Sequence[Any]) -> tuple[Attempt, ...]:
    """Return what a row of ``attempts`` holds. Raises RecordError."""
    return _TRACE.from_json(row[1])

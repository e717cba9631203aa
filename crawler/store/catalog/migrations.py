"""The tables of the catalog, each version made from the one before.

Small rows stand in their key's tree. Of those with a record in them, captures and attempts, such a
tree would put each into a page of its own, four times as large.

Each row has a checksum over its other columns, so that a flipped bit in it is found.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import Final, TypeAlias

from crawler.common import json_codec, urls

Value: TypeAlias = str | int | float | bytes | None
"""What SQLite keeps in a column."""

UNREADABLE: Final = (sqlite3.Error, UnicodeDecodeError, MemoryError)
"""What reading a damaged file raises; its words may be no UTF-8, a value as long as the memory."""

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "posts": (
        *("id", "path", "document", "identity", "size", "mtime_ns", "fingerprint", "settled"),
        *("due", "bundle", "folded", "digest", "summary", "failures", "problems"),
    ),
    "documents": ("url", "etag", "last_modified", "announced", "fingerprint", "content"),
    "captures": (
        *("url", "bundle", "run", "state", "digest", "version", "failure", "host", "path"),
    ),
    "holders": ("url", "bundle", "wanted", "behind"),
    "freshness": ("url", "date", "etag", "last_modified", "next_attempt", "failure"),
    "attempts": ("url", "trace"),
    "hosts": ("host", "liked"),
    "robots": ("origin", "date", "status", "body"),
    "stand_ins": ("digest", "host", "swept"),
    "not_placeholders": ("digest", "swept"),
    "sources": ("source", "name", "run", "ending", "unread", "messages"),
    "digests": ("bundle", "name", "digest", "confirmed"),
}
"""The columns of each table but for the checksum, in the order in which that sums them up."""
KEYS: Final[dict[str, tuple[str, ...]]] = {
    "posts": ("id",),
    "documents": ("url",),
    "captures": ("url",),
    "holders": ("url", "bundle"),
    "freshness": ("url",),
    "attempts": ("url",),
    "hosts": ("host",),
    "robots": ("origin",),
    "stand_ins": ("host", "digest"),
    "not_placeholders": ("digest",),
    "sources": ("source", "name"),
    "digests": ("bundle", "name", "digest"),
}
"""What tells the rows of a table apart."""
SELECT: Final = {
    table: f"SELECT {', '.join(columns)} FROM {table}"  # noqa: S608 - names of ours
    for table, columns in COLUMNS.items()
}
PUT: Final = {
    table: f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}, checksum)"  # noqa: S608 - as above
    f" VALUES ({', '.join('?' * len(columns))}, ?)"
    for table, columns in COLUMNS.items()
}
"""The statements that read and write whole rows; the checksum is the last value."""

VERSIONS = (
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
ALTER TABLE posts ADD COLUMN identity TEXT;
CREATE INDEX posts_document ON posts (document) WHERE document IS NOT NULL;
CREATE TABLE documents (
    url TEXT PRIMARY KEY,
    etag TEXT,
    last_modified TEXT,
    announced TEXT,
    fingerprint TEXT NOT NULL,
    content TEXT NOT NULL
) WITHOUT ROWID;
ALTER TABLE posts ADD COLUMN due TEXT;
ALTER TABLE captures RENAME TO former_captures;
CREATE TABLE captures (
    url TEXT PRIMARY KEY,
    bundle TEXT NOT NULL,
    run TEXT NOT NULL,
    state TEXT NOT NULL,
    digest TEXT,
    version TEXT,
    failure TEXT,
    host TEXT NOT NULL,
    path TEXT NOT NULL
);
INSERT INTO captures
    SELECT url, bundle, run, state, digest, version, failure, host_of(url), path_of(url)
    FROM former_captures;
DROP TABLE former_captures;
CREATE INDEX captures_places ON captures (digest, host, path) WHERE digest IS NOT NULL;
CREATE TABLE holders (
    url TEXT NOT NULL,
    bundle TEXT NOT NULL,
    PRIMARY KEY (url, bundle)
) WITHOUT ROWID;
CREATE TABLE attempts (
    url TEXT PRIMARY KEY,
    trace TEXT NOT NULL
);
CREATE TABLE hosts (
    host TEXT PRIMARY KEY,
    liked TEXT
) WITHOUT ROWID;
CREATE TABLE robots (
    origin TEXT PRIMARY KEY,
    date TEXT NOT NULL,
    status INTEGER NOT NULL,
    body BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE stand_ins (
    digest TEXT NOT NULL,
    host TEXT NOT NULL,
    swept INTEGER NOT NULL,
    PRIMARY KEY (host, digest)
) WITHOUT ROWID;
CREATE TABLE not_placeholders (
    digest TEXT PRIMARY KEY,
    swept INTEGER NOT NULL
) WITHOUT ROWID;
""",
    """
ALTER TABLE holders ADD COLUMN wanted INTEGER NOT NULL DEFAULT 1;
ALTER TABLE holders ADD COLUMN behind INTEGER NOT NULL DEFAULT 0;
INSERT OR IGNORE INTO holders (url, bundle) SELECT url, bundle FROM captures;
CREATE INDEX holders_bundle ON holders (bundle, url, wanted, behind);
CREATE INDEX holders_behind ON holders (bundle) WHERE behind;
CREATE TABLE freshness (
    url TEXT PRIMARY KEY,
    date TEXT NOT NULL,
    etag TEXT,
    last_modified TEXT,
    next_attempt TEXT,
    failure TEXT
) WITHOUT ROWID;
INSERT INTO freshness (url, date)
    SELECT url, json_extract(version, '$.capture.date')
    FROM captures WHERE json_extract(version, '$.capture.via') = 'live';
""",
    # A dot at the end of a host is no part of its name.
    """
UPDATE captures SET host = host_of(url) WHERE host LIKE '%.';
UPDATE OR REPLACE hosts SET host = rtrim(host, '.') WHERE host LIKE '%.';
UPDATE OR REPLACE stand_ins SET host = rtrim(host, '.') WHERE host LIKE '%.';
""",
    # What earlier versions read has no problems: its article is read again.
    """
ALTER TABLE posts ADD COLUMN problems TEXT;
CREATE TABLE sources (
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    run TEXT NOT NULL,
    ending TEXT,
    unread INTEGER NOT NULL,
    messages TEXT NOT NULL,
    PRIMARY KEY (source, name)
) WITHOUT ROWID;
CREATE TABLE digests (
    bundle TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    confirmed INTEGER NOT NULL,
    PRIMARY KEY (bundle, name, digest)
) WITHOUT ROWID;
"""
    + "".join(f"ALTER TABLE {table} ADD COLUMN checksum INTEGER;\n" for table in COLUMNS),
)
"""What makes each version; the first, from nothing."""
_WITH_CHECKSUMS: Final = 5
"""The first version whose rows have them."""


def bring_up_to_date(connection: sqlite3.Connection, version: int) -> None:
    """Make the tables of the newest version from those of *version*, all or nothing."""
    connection.create_function("host_of", 1, urls.host, deterministic=True)
    connection.create_function("path_of", 1, urls.path, deterministic=True)
    connection.executescript(f"BEGIN; {''.join(VERSIONS[version:])}")
    if version < _WITH_CHECKSUMS:
        _add_checksums(connection)
    connection.execute(f"PRAGMA user_version = {len(VERSIONS)}")
    connection.commit()


def as_stored(text: bytes) -> str:
    """Return a text as SQLite has it, also where flipped bits have left no UTF-8."""
    return text.decode("utf-8", "surrogateescape")


def _add_checksums(connection: sqlite3.Connection) -> None:
    """Sum up the rows of a former version; what is no text stays without, being damaged."""
    connection.text_factory = as_stored
    for table, key in KEYS.items():
        places = [COLUMNS[table].index(name) for name in key]
        row_is = " AND ".join(f"{name} = ?" for name in key)
        update = f"UPDATE {table} SET checksum = ? WHERE {row_is}"  # noqa: S608 - names of ours
        for row in connection.execute(f"{SELECT[table]} ORDER BY {', '.join(key)}"):
            with contextlib.suppress(UnicodeError):
                connection.execute(update, (json_codec.checksum(row), *(row[at] for at in places)))
    connection.text_factory = str

"""The tables of posts and of the documents that they came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from crawler.common import json_codec
from crawler.models import Summary
from crawler.store.catalog.database import Database, as_text
from crawler.store.catalog.rows import DocumentRow, PostRow

_ROWS_AT_ONCE = 500
_FAILING = " WHERE failures <> '{}' AND id > ? ORDER BY id LIMIT ?"
_IN_DOUBT = " WHERE problems IS NULL OR problems <> '{}' ORDER BY id"
_SUMMARY = json_codec.RecordReader(Summary)
_COUNTS = json_codec.RecordReader(dict[str, int])
_DOCUMENT_FIELDS = tuple(field.name for field in fields(DocumentRow))


class Posts(Database):
    """What is known of posts and documents."""

    def post(self, post_id: str) -> PostRow | None:
        """Return the row of a post."""
        return next(self._rows("posts", post_row, " WHERE id = ?", post_id), None)

    def posts(self) -> Iterator[PostRow]:
        """Yield the rows of all posts in the order of their ids."""
        return self._rows("posts", post_row, " ORDER BY id")

    def posts_failing(self) -> Iterator[PostRow]:
        """Yield the rows of the posts that have failed or suspect images, in the same order.

        They may be written meanwhile: no statement is open, over which SQLite's log only grows.
        """
        last = ""
        while rows := list(self._rows("posts", post_row, _FAILING, last, _ROWS_AT_ONCE)):
            yield from rows
            last = rows[-1].id

    def posts_in_doubt(self) -> Iterator[PostRow]:
        """Yield the rows of the posts that are not known to name no more images than were found.

        They have a problem that may have cost some, or an earlier version read them.
        """
        return self._rows("posts", post_row, _IN_DOUBT)

    def posts_of(self, document: str) -> Iterator[PostRow]:
        """Yield the rows of the posts that a document held."""
        return self._rows("posts", post_row, " WHERE document = ?", document)

    def posts_below(self, prefix: str, most: int) -> list[str]:
        """Return ids of posts that begin with *prefix*, in their order."""
        statement = "SELECT id FROM posts WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
        return [name for (name,) in self._read(statement, prefix, prefix + chr(0x10FFFF), most)]

    def owner_of(self, folded_bundle: str) -> str | None:
        """Return the id of the post whose bundle has this folded path."""
        row = next(self._read("SELECT id FROM posts WHERE folded = ?", folded_bundle), None)
        return row[0] if row else None

    def put_post(self, row: PostRow, *, folded: str | None) -> None:
        """Write the row of a post; *folded* is its bundle's folded path."""
        self._put(
            "posts",
            (
                *(row.id, row.path, row.document, row.identity, row.size, row.mtime_ns),
                *(row.fingerprint, row.settled, row.due, row.bundle, folded, row.digest),
                *(json_codec.to_json(row.summary), json_codec.to_json(row.failures)),
                None if row.problems is None else json_codec.to_json(row.problems),
            ),
        )
        self._commit_some()

    def document(self, url: str) -> DocumentRow | None:
        """Return what is known of a document."""
        return next(self._rows("documents", document_row, " WHERE url = ?", url), None)

    def put_document(self, row: DocumentRow) -> None:
        """Write what is known of a document; it waits for others, as a post's row does."""
        self._put("documents", tuple(getattr(row, field) for field in _DOCUMENT_FIELDS))
        self._commit_some()


def post_row(row: Sequence[Any]) -> PostRow:
    """Return a row of ``posts`` as its record. Raises RecordError."""
    return PostRow(
        id=row[0],
        path=as_text(row[1]),
        document=as_text(row[2]) if row[2] is not None else None,
        identity=row[3],
        size=row[4],
        mtime_ns=row[5],
        fingerprint=row[6],
        settled=bool(row[7]),
        due=row[8],
        bundle=as_text(row[9]) if row[9] is not None else None,
        digest=row[11],
        summary=_SUMMARY.from_json(row[12]),
        failures=_COUNTS.from_json(row[13]),
        problems=None if row[14] is None else _COUNTS.from_json(row[14]),
    )


def document_row(row: Sequence[Any]) -> DocumentRow:
    """Return a row of ``documents`` as its record."""
    fields_ = dict(zip(_DOCUMENT_FIELDS, row, strict=True))
    return DocumentRow(**{**fields_, "url": as_text(row[0])})

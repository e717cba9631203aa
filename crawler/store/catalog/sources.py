"""The table of sources, each with how its last run ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from crawler.common import json_codec
from crawler.store.catalog.database import Database, as_text
from crawler.store.catalog.rows import SourceRow

_MESSAGES = json_codec.RecordReader(tuple[str, ...])


class Sources(Database):
    """What runs were given to archive."""

    def sources(self) -> list[SourceRow]:
        """Return all sources in their order."""
        return list(self._rows("sources", source_row, " ORDER BY source, name"))

    def put_sources(self, rows: Iterable[SourceRow]) -> None:
        """Write sources with what is known of their last run, at once."""
        for row in rows:
            messages = json_codec.to_json(row.messages)
            values = (row.source, row.name, row.run, row.ending, row.unread, messages)
            self._put("sources", values)
        self.commit()

    def forget_source(self, source: str, name: str) -> None:
        """Remove a source; it waits for others."""
        self._write("DELETE FROM sources WHERE source = ? AND name = ?", (source, name))
        self._commit_some()


def source_row(row: Sequence[Any]) -> SourceRow:
    """Return a row of ``sources`` as its record. Raises RecordError."""
    return SourceRow(
        source=as_text(row[0]),
        name=row[1],
        run=row[2],
        ending=row[3],
        unread=row[4],
        messages=_MESSAGES.from_json(row[5]),
    )

"""Records of a WARC/1.1 file: their headers say nothing of the time or the machine."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import BinaryIO
from uuid import NAMESPACE_URL, uuid5

from warcio.statusandheaders import StatusAndHeaders  # type: ignore[import-untyped]
from warcio.warcwriter import WARCWriter  # type: ignore[import-untyped]

_HTTP = "application/http; msgtype=response"
_CONTENT_FREE = frozenset(
    {"content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive"}
)
"""Headers about the transfer: what is kept is the content without it."""


class Counting(io.RawIOBase):
    """Counts what is written; the file itself may not know."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self.size = 0

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # what is written here is bytes
        """Write *data*."""
        self.size += len(data)
        self._out.write(data)
        return len(data)

    def flush(self) -> None:
        """Leave the flushing to whoever opened the file."""


def http_headers(status: int, headers: Sequence[tuple[str, str]], size: int) -> StatusAndHeaders:
    """Return the head of an answer as it was recorded, its length that of its content."""
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = "Unknown"
    kept = [
        (name, " ".join(value.split()))
        for name, value in headers
        if name.lower() not in _CONTENT_FREE
    ]
    return StatusAndHeaders(
        f"{status} {reason}", [*kept, ("Content-Length", str(size))], protocol="HTTP/1.1"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a record says beside its payload."""

    kind: str
    uri: str
    date: str
    digest: str = ""
    """Of the payload."""
    media_type: str = ""
    """Of the payload."""
    http: StatusAndHeaders | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The same for the same record in every export."""
        name = chr(0x1F).join((self.kind, self.uri, self.date, self.digest))
        return f"<urn:uuid:{uuid5(NAMESPACE_URL, name)}>"

    @property
    def shown_media_type(self) -> str:
        """What a reader takes the payload for: as its server called it."""
        if self.kind == "revisit":
            return "warc/revisit"
        claimed = str((self.http and self.http.get_header("Content-Type")) or self.media_type)
        return claimed.partition(";")[0].strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where a record is, for an index."""

    record: Record
    offset: int
    length: int


class Records:
    """Writes records one after the other."""

    def __init__(
        self, out: BinaryIO, *, compressed: bool, index: Callable[[Written], None] | None = None
    ) -> None:
        self._out = Counting(out)
        self._writer = WARCWriter(self._out, gzip=compressed, warc_version="1.1")
        self._index = index

    def write(self, record: Record, payload: BinaryIO | None = None, size: int = 0) -> None:
        """Write a record, with *payload* of *size* bytes."""
        headers = {"WARC-Record-ID": record.id, "WARC-Date": record.date, **record.headers}
        if record.digest:
            headers["WARC-Payload-Digest"] = record.digest
            if record.http is None:
                headers["WARC-Block-Digest"] = record.digest
        offset = self._out.size
        self._writer.write_record(
            self._writer.create_warc_record(
                record.uri,
                record.kind,
                payload=payload,
                length=size,
                warc_content_type=_HTTP if record.http else record.media_type,
                warc_headers_dict=headers,
                http_headers=record.http,
            )
        )
        if self._index is not None and record.kind in _INDEXED:
            written = Written(record=record, offset=offset, length=self._out.size - offset)
            self._index(written)


_INDEXED = frozenset({"response", "resource", "revisit"})
"""What is shown for a URL; derivatives and descriptions are not."""

"""A WARC/1.1 file: what was captured, as web archives keep it.

https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import BinaryIO
from urllib.parse import quote

from crawler import AGENT
from crawler.common import archive_layout, json_codec, urls
from crawler.common.digests import digest
from crawler.export.bundle_contents import Account, Holding, Piece, Proven, versions
from crawler.export.options import Terms
from crawler.export.seen_digests import Seen, seen
from crawler.export.warc_records import Record, Records, http_headers
from crawler.models import Capture, Entry, Version

PLACE = "https://image-archiver.invalid/"
"""Before what has no URL of its own; the name is reserved, and nobody's (RFC 2606)."""
_REVISIT = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_NO_DATE = "1980-01-01T00:00:00Z"
_OK = 200
_NOTE = json_codec.RecordReader(list[str])


def write_warc(holdings: Iterable[Holding], out: BinaryIO, account: Account, terms: Terms) -> None:
    """Write a warcinfo record, and the records of each post.

    An answer is written once, however many posts show it; the same bytes from another URL, or on
    another day, are a revisit of the first.
    """
    with seen() as memory:
        records_of = Records(out, compressed=terms.compressed)
        writing = Writing(records_of, memory, account, terms)
        for holding in holdings:
            writing.write_post(holding)
        writing.end()


def place_of(holding: Holding, path: str = "") -> str:
    """Return a URL for something of a post that has none."""
    return PLACE + quote(f"{holding.manifest.post.id}/{path}")


def shown_at(holding: Holding, entry: Entry, version: Version) -> str:
    """Return the URL of which a record has the bytes of *version*."""
    if version.capture.via == "live":
        return version.capture.url
    if urls.scheme(entry.url) in urls.NETWORK_SCHEMES:
        return entry.url
    return place_of(holding, version.original.path)


def page_of(holding: Holding) -> str | None:
    """Return the URL of a post whose article is the page itself; None for any other article."""
    post = holding.manifest.post
    if not post.article.path.endswith(".html"):
        return None
    known = (post.url, post.source)
    return next((u for u in known if u and urls.scheme(u) in urls.NETWORK_SCHEMES), None)


class Writing:
    """Writes what was not written before."""

    def __init__(self, target: Records, memory: Seen, account: Account, terms: Terms) -> None:
        self._target = target
        self._memory = memory
        self._account = account
        self._terms = terms
        self._begun = False

    def end(self) -> None:
        """Write what is to be there even if there was nothing."""
        if not self._begun:
            self._begin(_NO_DATE)

    def _begin(self, date: str) -> None:
        """Write what the file is; it has the date of its first post, not that of the export."""
        self._begun = True
        info = _info(self._terms)
        record = Record(kind="warcinfo", uri="", date=date, media_type="application/warc-fields")
        self._target.write(record, io.BytesIO(info), len(info))

    def write_page(self, uri: str, date: str, page: bytes) -> None:
        """Write a page that is none of the archive's."""
        record = Record(
            kind="resource", uri=uri, date=date, digest=digest(page),
            media_type="text/html; charset=utf-8",
        )  # fmt: skip
        self._target.write(record, io.BytesIO(page), len(page))

    def write_post(self, holding: Holding) -> None:
        """Write the captures of a post, its article, and its manifest as what describes them."""
        if not self._begun:
            self._begin(holding.date)
        for entry in holding.chosen:
            for version in versions(entry):
                self._write_version(holding, entry, version)
        self._write_article(holding)
        document = holding.document
        record = Record(
            kind="metadata",
            uri=place_of(holding, archive_layout.MANIFEST),
            date=holding.date,
            digest=digest(document),
            media_type="application/json",
        )
        self._target.write(record, io.BytesIO(document), len(document))

    def _write_version(self, holding: Holding, entry: Entry, version: Version) -> None:
        uri = shown_at(holding, entry, version)
        name = self._write_original(holding, uri, version)
        for derivative in version.derivatives:
            record = Record(
                kind="conversion",
                uri=uri,
                date=version.capture.date,
                digest=derivative.digest,
                media_type=derivative.media_type,
                headers={"WARC-Refers-To": name} if name else {},
            )
            self._write_derivative(holding.piece(derivative), record)

    def _write_original(self, holding: Holding, uri: str, version: Version) -> str | None:
        """Write what came, unless it is damaged here; return the id of the record that has it."""
        with self._account.proven(holding.piece(version.original)) as proven:
            if proven is None:
                return None
            if version.capture.via == "live":
                self._write_redirects(version.capture)
                return self._write_answer(uri, version, proven)
            date, media_type = version.capture.date, version.original.media_type
            return self._write_resource(uri, date, proven, media_type)

    def _write_redirects(self, capture: Capture) -> None:
        """Write that a URL led to the next one; of these answers no more is known."""
        targets = [*(hop.url for hop in capture.redirects), capture.url]
        for hop, (uri, following) in zip(capture.redirects, pairwise(targets), strict=True):
            http = http_headers(hop.status, [("Location", following)], 0)
            record = Record(
                kind="response", uri=uri, date=capture.date, digest=digest(b""), http=http
            )
            if self._memory.first(record.id):
                self._target.write(record)

    def _write_answer(self, uri: str, version: Version, proven: Proven) -> str:
        """Write an answer, or that it was one that is there already; return its record's id."""
        capture = version.capture
        record = Record(
            kind="response",
            uri=uri,
            date=capture.date,
            digest=proven.digest,
            media_type=version.original.media_type,
            http=http_headers(capture.status or _OK, capture.headers, proven.size),
        )
        if (known := self._memory.note(record.id)) is not None:
            return known
        note = json_codec.to_json([uri, capture.date, record.id])
        if self._memory.first(proven.digest, note):
            self._memory.first(record.id, record.id)
            self._target.write(record, proven.file, proven.size)
            return record.id
        there, then, first = _NOTE.from_json(self._memory.note(proven.digest) or "")
        headers = {
            "WARC-Profile": _REVISIT,
            "WARC-Refers-To": first,
            "WARC-Refers-To-Target-URI": there,
            "WARC-Refers-To-Date": then,
        }
        self._memory.first(record.id, first)
        self._target.write(replace(record, kind="revisit", headers=headers))
        return first

    def _write_resource(self, uri: str, date: str, proven: Proven, media_type: str) -> str:
        record = Record(
            kind="resource", uri=uri, date=date, digest=proven.digest, media_type=media_type
        )
        if self._memory.first(record.id):
            self._target.write(record, proven.file, proven.size)
        return record.id

    def _write_derivative(self, piece: Piece, record: Record) -> None:
        # The first record that is referred to has it, whichever URL showed the same bytes.
        key = f"{record.headers.get('WARC-Refers-To', record.id)} {record.digest}"
        if self._memory.note(key) is not None:
            return
        with self._account.proven(piece) as proven:
            if proven is not None:
                self._memory.first(key)
                self._target.write(record, proven.file, proven.size)

    def _write_article(self, holding: Holding) -> None:
        article = holding.manifest.post.article
        page = page_of(holding)
        is_html = article.path.endswith((".html", ".htm"))
        with self._account.proven(holding.piece(article)) as proven:
            if proven is not None:
                self._write_resource(
                    page or place_of(holding, article.path.removeprefix("../")),
                    holding.date,
                    proven,
                    "text/html" if is_html else "text/markdown",
                )


def _info(terms: Terms) -> bytes:
    lines = {
        "software": AGENT,
        "format": "WARC File Format 1.1",
        "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "description": f"Images of articles: {terms.selection}",
    }
    return "".join(
        f"{name}: {' '.join(value.split())}\r\n" for name, value in lines.items()
    ).encode()

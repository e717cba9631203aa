"""A WACZ 1.1.1 file: a WARC with an index and pages, which a browser opens without a server.

https://specs.webrecorder.net/wacz/1.1.1/
"""

from __future__ import annotations

import hashlib
import re
import struct
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO, BinaryIO
from urllib.parse import parse_qsl, urlencode, urlsplit

from crawler import AGENT
from crawler.common import json_codec
from crawler.common.digests import digest
from crawler.export.bundle_contents import Account, Holding
from crawler.export.contact_sheet import contact_sheet
from crawler.export.options import Terms
from crawler.export.seen_digests import seen
from crawler.export.warc import Writing, page_of, place_of
from crawler.export.warc_records import Records, Written
from crawler.export.zip_tar import zip_member

_WARC = "data.warc.gz"
_NO_DATE = "1980-01-01T00:00:00Z"
_IN_MEMORY = 1 << 20
_PIECE = 1 << 20
_NOT_DIGIT = re.compile(r"\D")
_WWW = re.compile(r"^www\d*\.")
_PADDING = struct.pack("<HHH14x", 0xD935, 16, 1)
"""As long as what zip64 adds to a head (APPNOTE 4.5.3); zipalign has it, readers pass over it."""
_PAGES = {"format": "json-pages-1.0", "id": "pages", "title": "Posts"}


def write_wacz(holdings: Iterable[Holding], out: BinaryIO, account: Account, terms: Terms) -> None:
    """Write the WARC, its index and a page for each post.

    The page is the article where that is a page; otherwise one is made that shows its images.
    """
    with (
        zipfile.ZipFile(out, "w") as archive,
        seen() as memory,
        SpooledTemporaryFile(_IN_MEMORY) as pages,
    ):
        package = _Package(archive)
        with package.member(f"archive/{_WARC}") as file:
            target = Records(file, compressed=True, index=lambda w: memory.add_line(cdxj(w)))
            writing = Writing(target, memory, account, terms)
            for holding in holdings:
                writing.write_post(holding)
                package.add_page(_page(holding, writing), pages)
            writing.end()
        with package.member("indexes/index.cdx") as file:
            file.writelines(line.encode() for line in memory.lines())
        with package.member("pages/pages.jsonl") as file:
            file.write(_line(_PAGES))
            pages.seek(0)
            while piece := pages.read(_PIECE):
                file.write(piece)
        package.describe(terms)


def cdxj(written: Written) -> str:
    """Return the line of the index for a record."""
    record = written.record
    status = record.http.get_statuscode() if record.http else "200"
    fields = {
        "url": record.uri,
        "mime": record.shown_media_type,
        "status": status,
        "digest": record.digest,
        "length": str(written.length),
        "offset": str(written.offset),
        "filename": _WARC,
    }
    return f"{surt(record.uri)} {_NOT_DIGIT.sub('', record.date)} {json_codec.to_json(fields)}\n"


def surt(url: str) -> str:
    """Return the key under which a URL stands in an index: its host from the end.

    >>> surt("https://www.Example.org:8080/A?b=2&a=1")
    'org,example:8080)/a?a=1&b=2'
    """
    parts = urlsplit(url.lower())
    host = _WWW.sub("", parts.hostname or "")
    port = f":{parts.port}" if parts.port else ""
    query = urlencode(sorted(parse_qsl(parts.query, keep_blank_values=True)))
    whole = f"{','.join(reversed(host.split('.')))}{port}){parts.path or '/'}"
    # A key ends at the first space.
    return (f"{whole}?{query}" if query else whole).replace(" ", "%20")


def _page(holding: Holding, writing: Writing) -> dict[str, str]:
    post = holding.manifest.post
    url = page_of(holding)
    if url is None:
        url = place_of(holding)
        writing.write_page(url, holding.date, contact_sheet(holding))
    return {
        "id": hashlib.sha256(post.id.encode()).hexdigest()[:32],
        "url": url,
        "ts": holding.date,
        "title": post.title or post.id,
    }


def _line(value: object) -> bytes:
    return json_codec.to_json(value).encode() + b"\n"


@dataclass(slots=True)
class _Package:
    """The zip with what is said of it."""

    archive: zipfile.ZipFile
    resources: list[dict[str, object]] = field(default_factory=list)
    main: dict[str, str] = field(default_factory=dict)
    date: str = _NO_DATE

    def add_page(self, page: dict[str, str], pages: IO[bytes]) -> None:
        """Add a page; the first is the main one."""
        self.main = self.main or page
        self.date = max(self.date, page["ts"])
        pages.write(_line(page))

    @contextmanager
    def member(self, path: str) -> Iterator[BinaryIO]:
        """Give a file of the zip to write to, and list it with its digest."""
        file = _Member(self.archive, path)
        yield file  # type: ignore[misc]  # as much of a file as is needed
        file.close()
        name = path.rpartition("/")[2]
        value = f"sha256:{file.digest.hexdigest()}"
        self.resources.append({"name": name, "path": path, "hash": value, "bytes": file.size})

    def describe(self, terms: Terms) -> None:
        """Write what the package holds, and the digest of that."""
        description = json_codec.to_document(
            {
                "profile": "data-package",
                "wacz_version": "1.1.1",
                "title": "Images of articles",
                "description": str(terms.selection),
                "software": AGENT,
                "created": self.date,
                **({"mainPageUrl": self.main["url"]} if self.main else {}),
                **({"mainPageDate": self.main["ts"]} if self.main else {}),
                "resources": self.resources,
            }
        )
        self._write("datapackage.json", description)
        named = {"path": "datapackage.json", "hash": digest(description)}
        self._write("datapackage-digest.json", json_codec.to_document(named))

    def _write(self, name: str, content: bytes) -> None:
        self.archive.writestr(zip_member(name, _NO_DATE), content)


class _Member:
    """A file of the zip that hashes what is written.

    ReplayWeb.page takes the length of a file's head from the list at the end, where a file whose
    size was not known has a shorter one: the list is made to say the same.
    """

    def __init__(self, archive: zipfile.ZipFile, path: str) -> None:
        self._archive = archive
        self._info = zip_member(path, _NO_DATE)
        self._small = bytearray()
        self._file: IO[bytes] | None = None
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        """Write *data*."""
        self.digest.update(data)
        self.size += len(data)
        if self._file is None and self.size > _IN_MEMORY:
            self._file = self._archive.open(self._info, "w", force_zip64=True)
            self._file.write(self._small)
        if self._file is None:
            self._small += data
        else:
            self._file.write(data)
        return len(data)

    def writelines(self, lines: Iterable[bytes]) -> None:
        """Write *lines*."""
        for line in lines:
            self.write(line)

    def close(self) -> None:
        """Write what waits."""
        if self._file is not None:
            self._file.close()
            if self.size < zipfile.ZIP64_LIMIT:
                self._info.extra = _PADDING
        else:
            self._archive.writestr(self._info, bytes(self._small))

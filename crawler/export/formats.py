"""The formats, by name; a new one is a module of this room and a line here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from crawler.export.bagit import write_bag
from crawler.export.bundle_contents import Account, Holding
from crawler.export.csv_jsonl import write_csv, write_jsonl
from crawler.export.options import Terms
from crawler.export.ro_crate import write_crate
from crawler.export.sha256sums import write_sha256sums
from crawler.export.wacz import write_wacz
from crawler.export.warc import write_warc
from crawler.export.zip_tar import write_tar, write_zip


class WriteFile(Protocol):
    """Writes an export to a file that may not be sought in."""

    def __call__(
        self, holdings: Iterable[Holding], out: BinaryIO, account: Account, terms: Terms, /
    ) -> None:
        """Write *holdings* in their order, and count in *account*."""


class WriteFolder(Protocol):
    """Writes an export into an empty folder."""

    def __call__(
        self, holdings: Iterable[Holding], folder: Path, account: Account, terms: Terms, /
    ) -> None:
        """Write *holdings* in their order, and count in *account*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """What an archive can be exported as; one of the two ways to write is given."""

    words: str
    """What it is, in a line of help."""
    file: WriteFile | None = None
    folder: WriteFolder | None = None
    text: bool = False
    """Whether a terminal can show it."""


FORMATS: dict[str, Format] = {
    "bagit": Format(words="a bag (RFC 8493): the bundles with their digests", folder=write_bag),
    "warc": Format(words="a WARC/1.1 file: what was captured", file=write_warc),
    "wacz": Format(words="a WARC with an index and pages, for ReplayWeb.page", file=write_wacz),
    "zip": Format(words="the bundles in one file, nothing compressed", file=write_zip),
    "tar": Format(words="the same, for tape, pipes and compressors", file=write_tar),
    "ro-crate": Format(
        words="an RO-Crate 1.1: the bundles, described as linked data", folder=write_crate
    ),
    "csv": Format(words="a row for each entry, for tables", file=write_csv, text=True),
    "jsonl": Format(words="a line of JSON for each entry", file=write_jsonl, text=True),
    "sha256sums": Format(
        words="the digest of each file, for sha256sum -c in the archive",
        file=write_sha256sums,
        text=True,
    ),
}

"""One row an entry: CSV for tables (RFC 4180), JSON Lines for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import BinaryIO

from crawler.common import json_codec
from crawler.common.csv_cells import as_cell
from crawler.export.bundle_contents import Account, Holding
from crawler.export.options import Terms
from crawler.models import Entry

COLUMNS = (
    "post", "title", "author", "post_date", "post_url", "url", "state", "code", "detail",
    "next_attempt", "references", "origin", "location", "alt", "via", "captured", "captured_url",
    "status", "declared_media_type", "media_type", "width", "height", "frames", "size", "digest",
    "path",
)  # fmt: skip
"""Of the CSV; of several references the first is told."""


def write_csv(holdings: Iterable[Holding], out: BinaryIO, account: Account, _terms: Terms) -> None:
    """Write a line of names, and one for each entry; what does not apply is empty."""
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    rows = csv.DictWriter(text, COLUMNS)
    rows.writeheader()
    for holding in holdings:
        rows.writerows(_cells(holding, entry) for entry in holding.chosen)
        account.entries += len(holding.chosen)
    text.detach()


def write_jsonl(
    holdings: Iterable[Holding], out: BinaryIO, account: Account, _terms: Terms
) -> None:
    """Write each entry as its manifest has it, with its post and its bundle before it, in a line.

    Paths are relative to the bundle, which is relative to the archive.
    """
    for holding in holdings:
        chosen = set(map(id, holding.chosen))
        plain = json_codec.PLAIN.from_json(holding.document)
        head = {"bundle": holding.path, "post": plain["post"]}
        for entry, written in zip(holding.manifest.entries, plain["entries"], strict=True):
            if id(entry) in chosen:
                out.write(json_codec.to_json({**head, **written}).encode() + b"\n")
        account.entries += len(holding.chosen)


def _cells(holding: Holding, entry: Entry) -> dict[str, object]:
    post = holding.manifest.post
    cells: dict[str, object] = {
        "post": post.id,
        "title": post.title,
        "author": post.author,
        "post_date": post.date,
        "post_url": post.url,
        "url": entry.url,
        "state": entry.state,
        "references": len(entry.references),
    }
    if entry.references:
        first = entry.references[0]
        cells |= {"origin": first.origin, "location": first.location, "alt": first.alt}
    if entry.failure is not None:
        cells |= {
            "code": entry.failure.code,
            "detail": entry.failure.detail,
            "next_attempt": entry.failure.next_attempt,
        }
    if entry.capture is not None:
        cells |= {
            "via": entry.capture.via,
            "captured": entry.capture.date,
            "captured_url": entry.capture.url,
            "status": entry.capture.status,
            "declared_media_type": entry.capture.declared_media_type,
        }
    if entry.original is not None:
        names = ("media_type", "width", "height", "frames", "size", "digest")
        cells |= {name: getattr(entry.original, name) for name in names}
        cells["path"] = holding.locate(entry.original.path)
    return {name: as_cell(value) for name, value in cells.items()}

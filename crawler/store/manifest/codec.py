"""A manifest as JSON and back: to_document(from_document(d)) == d."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from crawler.common import archive_layout, json_codec, limits
from crawler.common.digests import checked_digest
from crawler.common.files import read_regular
from crawler.common.rules import broken_rules
from crawler.errors import ManifestError, NewerManifestError
from crawler.models import Manifest
from crawler.store.manifest.keys import NOT_WRITTEN, OPTIONAL, wrong_keys

_MANIFEST: Final = json_codec.RecordReader(Manifest)
_TOLD: Final = 3
"""Faults of one manifest that are told."""


def to_document(manifest: Manifest) -> bytes:
    """Return *manifest* as the bytes of its file, the same for the same manifest.

    Raises ManifestError for one that `from_document` would not take back: it would be lost.
    """
    plain = _written(manifest)
    document = json_codec.to_document(plain)
    _check(_with_urls(plain))
    return document


def from_document(document: bytes) -> Manifest:
    """Return the manifest that *document* holds.

    It is by the schema in full, and by what its fields must be together. Raises ManifestError if it
    is damaged, NewerManifestError if it is of a newer schema: what is not understood must not be
    rewritten.
    """
    try:
        plain = json_codec.PLAIN.from_json(document)
    except json_codec.RecordError as error:
        raise _damaged([str(error)]) from error
    schema = plain.get("schema")
    if schema != archive_layout.SCHEMA:
        known = isinstance(schema, str) and archive_layout.is_of_our_schemas(schema)
        raise (NewerManifestError if known else ManifestError)(
            f"it has the schema {schema!r}; this version reads {archive_layout.SCHEMA!r} only"
        )
    if faults := list(islice(wrong_keys(plain), _TOLD)):
        raise _damaged(faults)
    return _check(_with_urls(plain))


def read_manifest(path: Path) -> Manifest | None:
    """Return the manifest at *path*, or None where there is none. Raises ManifestError."""
    found = read_checked(path, ())
    return found[0] if found else None


def read_checked(path: Path, known: Collection[str]) -> tuple[Manifest, str] | None:
    """Return the manifest at *path* and the digest of its file, or None where there is none.

    *known* are the digests that the catalog has for it. Raises ManifestError, also where it is none
    of those.
    """
    try:
        document = read_regular(path, limits.MANIFEST)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ManifestError(f"{path}: {error.strerror}") from error
    try:
        manifest = from_document(document)
    except ManifestError as error:
        raise type(error)(f"{path}: {error}") from error
    return manifest, checked_digest(path, document, known)


def same_but_agent(one: Manifest, other: Manifest) -> bool:
    """Return whether the two say the same; who wrote them is no difference."""
    return _written(replace(one, agent="")) == _written(replace(other, agent=""))


def _check(plain: dict[str, Any]) -> Manifest:
    """Return the manifest that plain data is. Raises ManifestError."""
    try:
        manifest = _MANIFEST.from_builtins(plain)
    except json_codec.RecordError as error:
        raise _damaged([str(error)]) from error
    if faults := list(islice(broken_rules(manifest), _TOLD)):
        raise _damaged(faults)
    return manifest


def _damaged(faults: list[str]) -> ManifestError:
    return ManifestError(f"it is damaged: {'; '.join(faults)}")


def _with_urls(plain: dict[str, Any]) -> dict[str, Any]:
    """Give each reference the URL of its entry, which it has in memory."""
    for entry in _objects(plain.get("entries")):
        for reference in _objects(entry.get("references")):
            reference["url"] = entry.get("url")
    return plain


def _objects(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, list | tuple):
        yield from (each for each in value if isinstance(each, dict))


def _written(manifest: Manifest) -> dict[str, Any]:
    """Return *manifest* as its file has it."""
    plain: dict[str, Any] = json_codec.to_builtins(manifest)
    for entry in plain["entries"]:
        for reference in entry["references"]:
            for key in NOT_WRITTEN["Reference"]:
                del reference[key]
            _drop_unknown(reference, OPTIONAL["Reference"])
        for version in (entry, *entry["earlier"]):
            _drop_unknown(version["original"] or {}, OPTIONAL["Original"])
    return plain


def _drop_unknown(record: dict[str, Any], keys: Collection[str]) -> None:
    for key in keys:
        if key in record and record[key] is None:
            del record[key]

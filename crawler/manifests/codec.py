"""A manifest as JSON and back: to_document(from_document(d)) == d."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from crawler.errors import ManifestError, NewerManifestError
from crawler.grounds import layout, records
from crawler.model import Manifest

_WHEN_KNOWN = ("alt", "referrer_policy")
"""Keys of a reference that stand in the manifest only where the post gives them."""
_WHEN_MEASURED = ("average_color",)
"""Keys of an original that stand there only where they are known: older manifests have them not."""


def to_document(manifest: Manifest) -> bytes:
    """Return *manifest* as the bytes of its file, the same for the same manifest."""
    return records.to_document(_written(manifest))


def from_document(document: bytes) -> Manifest:
    """Return the manifest that *document* holds.

    Raises ManifestError if it is damaged, of a newer schema, or has keys that this version does not
    know: what is not understood must not be rewritten.
    """
    try:
        plain = records.from_json(document, dict[str, Any])
    except records.RecordError as error:
        raise ManifestError(f"it is damaged: {error}") from error
    schema = plain.get("schema")
    if schema != layout.SCHEMA:
        known = isinstance(schema, str) and layout.is_of_our_schemas(schema)
        raise (NewerManifestError if known else ManifestError)(
            f"it has the schema {schema!r}; this version reads {layout.SCHEMA!r} only"
        )
    try:
        entries = [
            {**entry, "references": [{**r, "url": entry["url"]} for r in entry["references"]]}
            for entry in plain["entries"]
        ]
        manifest = records.from_builtins({**plain, "entries": entries}, Manifest)
    except (records.RecordError, KeyError, TypeError) as error:
        raise ManifestError(f"it is damaged: {error}") from error
    written = _written(manifest)
    if unknown := _extra_key(plain, written):
        raise NewerManifestError(f"it has the key {unknown!r}, which this version does not know")
    if missing := _extra_key(written, plain):
        raise ManifestError(f"it is damaged: the key {missing!r} is missing")
    return manifest


def read_manifest(path: Path) -> Manifest | None:
    """Return the manifest at *path*, or None where there is none. Raises ManifestError."""
    try:
        document = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ManifestError(f"{path}: {error.strerror}") from error
    try:
        return from_document(document)
    except ManifestError as error:
        raise type(error)(f"{path}: {error}") from error


def same_but_agent(one: Manifest, other: Manifest) -> bool:
    """Return whether the two say the same; who wrote them is no difference."""
    return to_document(replace(one, agent="")) == to_document(replace(other, agent=""))


def _written(manifest: Manifest) -> dict[str, Any]:
    """Return *manifest* as its file has it."""
    plain: dict[str, Any] = records.to_builtins(manifest)
    for entry in plain["entries"]:
        for reference in entry["references"]:
            # The entry has the URL; a reason for not fetching becomes the entry's failure.
            del reference["url"], reference["skip"]
            _drop_unknown(reference, _WHEN_KNOWN)
        for version in (entry, *entry["earlier"]):
            _drop_unknown(version["original"] or {}, _WHEN_MEASURED)
    return plain


def _drop_unknown(record: dict[str, Any], keys: Sequence[str]) -> None:
    for key in keys:
        if key in record and record[key] is None:
            del record[key]


def _extra_key(one: object, other: object) -> str | None:
    """Return a key that *one* has somewhere and *other* has not."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key, value in one.items():
            if key not in other:
                return str(key)
            if found := _extra_key(value, other[key]):
                return found
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple):
        for mine, theirs in zip(one, other, strict=False):
            if found := _extra_key(mine, theirs):
                return found
    return None

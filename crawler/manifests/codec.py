"""A manifest as JSON and back: to_document(from_document(d)) == d."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from crawler.errors import ManifestError
from crawler.grounds import layout, records
from crawler.model import Manifest

_WHEN_KNOWN = ("alt", "referrer_policy")
"""Keys of a reference that stand in the manifest only where the post gives them."""


def to_document(manifest: Manifest) -> bytes:
    """Return *manifest* as the bytes of its file, the same for the same manifest."""
    plain = records.to_builtins(manifest)
    for entry in plain["entries"]:
        for reference in entry["references"]:
            # The entry has the URL; a reason for not fetching becomes the entry's failure.
            del reference["url"], reference["skip"]
            for key in _WHEN_KNOWN:
                if reference[key] is None:
                    del reference[key]
    return records.to_document(plain)


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
        raise ManifestError(
            f"it has the schema {schema!r}; this version reads {layout.SCHEMA!r} only"
        )
    try:
        for entry in plain["entries"]:
            for reference in entry["references"]:
                reference["url"] = entry["url"]
        manifest = records.from_builtins(plain, Manifest)
    except (records.RecordError, KeyError, TypeError) as error:
        raise ManifestError(f"it is damaged: {error}") from error
    unknown = _unknown_key(plain, records.to_builtins(manifest))
    if unknown:
        raise ManifestError(f"it has the key {unknown!r}, which this version does not know")
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
        raise ManifestError(f"{path}: {error}") from error


def same_but_agent(one: Manifest, other: Manifest) -> bool:
    """Return whether the two say the same; who wrote them is no difference."""
    return to_document(replace(one, agent="")) == to_document(replace(other, agent=""))


def _unknown_key(given: object, known: object) -> str | None:
    """Return a key that *given* has and *known*, its reading, has not."""
    if isinstance(given, dict) and isinstance(known, dict):
        for key, value in given.items():
            if key not in known:
                return str(key)
            if found := _unknown_key(value, known[key]):
                return found
    elif isinstance(given, list) and isinstance(known, list):
        for one, other in zip(given, known, strict=False):
            if found := _unknown_key(one, other):
                return found
    return None

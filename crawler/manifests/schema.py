"""The JSON Schema of the manifest, made from the records that it describes."""

from __future__ import annotations

from typing import Any

from crawler.errors import BY_CODE
from crawler.grounds import layout, records
from crawler.manifests.descriptions import DESCRIPTIONS
from crawler.model import Manifest
from crawler.references import ORIGINS

_DIGEST = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
_DATE = {
    "type": "string",
    "format": "date-time",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
}
_PATH = {"type": "string", "minLength": 1, "not": {"pattern": "^/|\\\\"}}
_INSIDE = {"type": "string", "pattern": "^(images|converted|thumbnails)/[^/\\\\]+$"}


def _or_null(narrower: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [narrower, {"type": "null"}]}


_NARROWER: dict[tuple[str, str], dict[str, Any]] = {
    ("Manifest", "schema"): {"const": layout.SCHEMA},
    ("PostRecord", "date"): _or_null(_DATE),
    ("ArticleRecord", "path"): _PATH,
    ("ArticleRecord", "digest"): _DIGEST,
    ("Reference", "origin"): {"enum": list(ORIGINS)},
    ("Capture", "date"): _DATE,
    ("Original", "path"): _INSIDE,
    ("Original", "digest"): _DIGEST,
    ("Original", "perceptual_hash"): _or_null({"type": "string", "pattern": "^[0-9a-f]{16}$"}),
    ("Original", "average_color"): {"type": "string", "pattern": "^#[0-9a-f]{6}$"},
    ("Derivative", "profile"): {"type": "string", "pattern": "^(converted|thumbnail-[1-9][0-9]*)$"},
    ("Derivative", "path"): _INSIDE,
    ("Derivative", "digest"): _DIGEST,
    ("Failure", "code"): {"enum": list(BY_CODE)},
    ("Failure", "next_attempt"): _or_null(_DATE),
}
"""What a key may hold, where the record's type alone says less."""

_OPTIONAL = {"Reference": {"alt", "referrer_policy"}, "Original": {"average_color"}}
_NOT_WRITTEN = {"Reference": {"url", "skip"}}


def manifest_schema() -> dict[str, Any]:
    """Return the schema (JSON Schema 2020-12); every object forbids keys that it does not name."""
    schema = records.json_schema(Manifest)
    for name, definition in schema["$defs"].items():
        if definition.get("type") == "object":
            _close(name, definition)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{layout.SCHEMA.replace('/', ':')}",
        "title": "Manifest of image-archiver, version 1",
        **schema,
    }


def _close(name: str, definition: dict[str, Any]) -> None:
    properties = definition["properties"]
    for key in _NOT_WRITTEN.get(name, ()):
        del properties[key]
    for key, value in properties.items():
        value.pop("default", None)
        narrower = _NARROWER.get((name, key), value)
        properties[key] = {"description": DESCRIPTIONS[name, key], **narrower}
    optional = _OPTIONAL.get(name, set())
    definition["required"] = [key for key in properties if key not in optional]
    definition["additionalProperties"] = False

"""The JSON Schema of the manifest, made from the records that it describes."""

from __future__ import annotations

from typing import Any

from crawler.common import archive_layout, json_codec
from crawler.models import Manifest
from crawler.store.manifest.key_descriptions import DESCRIPTIONS
from crawler.store.manifest.keys import NOT_WRITTEN, OPTIONAL


def manifest_schema() -> dict[str, Any]:
    """Return the schema (JSON Schema 2020-12); every object forbids keys that it does not name."""
    schema = json_codec.json_schema(Manifest)
    for name, definition in schema["$defs"].items():
        if definition.get("type") == "object":
            _close(name, definition)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{archive_layout.SCHEMA.replace('/', ':')}",
        "title": "Manifest of image-archiver, version 1",
        **schema,
    }


def _close(name: str, definition: dict[str, Any]) -> None:
    properties = definition["properties"]
    for key in NOT_WRITTEN.get(name, ()):
        del properties[key]
    for key, value in properties.items():
        value.pop("default", None)
        properties[key] = {"description": DESCRIPTIONS[name, key], **value}
    properties_that_may_lack = OPTIONAL.get(name, frozenset())
    definition["required"] = [key for key in properties if key not in properties_that_may_lack]
    definition["additionalProperties"] = False

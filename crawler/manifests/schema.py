"""The JSON Schema of the manifest, made from the records that it describes."""

from __future__ import annotations

from typing import Any

from crawler.grounds import layout, records
from crawler.manifests.descriptions import DESCRIPTIONS
from crawler.manifests.keys import NOT_WRITTEN, OPTIONAL
from crawler.model import Manifest


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
    for key in NOT_WRITTEN.get(name, ()):
        del properties[key]
    for key, value in properties.items():
        value.pop("default", None)
        properties[key] = {"description": DESCRIPTIONS[name, key], **value}
    properties_that_may_lack = OPTIONAL.get(name, frozenset())
    definition["required"] = [key for key in properties if key not in properties_that_may_lack]
    definition["additionalProperties"] = False

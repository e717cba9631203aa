"""The JSON Schema of the report, made from the records that it describes."""

from __future__ import annotations

from typing import Any

from crawler.common import json_codec
from crawler.errors import BY_CODE
from crawler.report.records import SCHEMA, RunReport

_DATE = {
    "type": "string",
    "format": "date-time",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
}
_NARROWER: dict[tuple[str, str], dict[str, Any]] = {
    ("RunReport", "schema"): {"const": SCHEMA},
    ("RunReport", "began"): _DATE,
    ("RunReport", "ended"): _DATE,
    ("MissingImage", "code"): {"enum": list(BY_CODE)},
    ("MissingImage", "next_attempt"): {"anyOf": [_DATE, {"type": "null"}]},
}
"""What a key may hold, where the record's type alone says less."""


def report_schema() -> dict[str, Any]:
    """Return the schema (JSON Schema 2020-12); every object forbids keys that it does not name."""
    schema = json_codec.json_schema(RunReport)
    for name, definition in schema["$defs"].items():
        for key, value in definition["properties"].items():
            value.pop("default", None)
            definition["properties"][key] = _NARROWER.get((name, key), value)
        definition["required"] = list(definition["properties"])
        definition["additionalProperties"] = False
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{SCHEMA.replace('/', ':')}",
        "title": "Report of a run of image-archiver, version 1",
        **schema,
    }

"""Records as JSON; the only place that knows the codec."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

_Record = TypeVar("_Record")


class RecordError(ValueError):
    """The JSON does not hold the record that was asked for."""


def to_json(value: object) -> str:
    """Return *value*, a record or plain data, as one line of JSON."""
    return msgspec.json.encode(value).decode()


def to_document(value: object) -> bytes:
    """Return *value* as a JSON document for people: UTF-8, two spaces, a line feed at the end."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def to_builtins(value: object) -> Any:  # noqa: ANN401 - plain data has no narrower type
    """Return *value* as dictionaries, lists and scalars."""
    return msgspec.to_builtins(value)


def from_json(payload: bytes | str, kind: type[_Record]) -> _Record:
    """Return the *kind* that *payload* holds. Raises RecordError."""
    try:
        return msgspec.json.decode(payload, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise RecordError(str(error)) from error


def from_builtins(value: object, kind: type[_Record]) -> _Record:
    """Return the *kind* that plain data holds. Raises RecordError."""
    try:
        return msgspec.convert(value, type=kind)
    except msgspec.ValidationError as error:
        raise RecordError(str(error)) from error


def json_schema(kind: type) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a record type."""
    return msgspec.json.schema(kind)

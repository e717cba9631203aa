"""Records as JSON; the only place that knows the codec."""

from __future__ import annotations

import re
import threading
import zlib
from collections.abc import Sequence
from typing import Any, Final, Generic, TypeVar

import msgspec

from crawler.common.safe_paths import storable

_Record = TypeVar("_Record")

_FORM: Final = re.compile(r"Expected `str` matching regex .* - at (`[^`]*`)\Z", re.DOTALL)
_building = threading.Lock()


class RecordError(ValueError):
    """The JSON does not hold the record that was asked for."""


class RecordReader(Generic[_Record]):
    """Reads one kind of record. Made once, where its module is imported.

    The codec keeps what it knows of a type on the type itself, and has it there before it is
    complete: two threads that read their first records at once would end the process.
    """

    def __init__(self, kind: type[_Record]) -> None:
        self._kind = kind
        with _building:
            self._decoder = msgspec.json.Decoder(kind)

    def from_json(self, payload: bytes | str) -> _Record:
        """Return the record that *payload* holds. Raises RecordError."""
        try:
            return self._decoder.decode(payload)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise _refused(error) from error

    def from_builtins(self, value: object) -> _Record:
        """Return the record that plain data holds. Raises RecordError."""
        try:
            return msgspec.convert(value, type=self._kind)
        except msgspec.ValidationError as error:
            raise _refused(error) from error


PLAIN: Final = RecordReader(dict[str, Any])
"""Reads whatever object of JSON."""


def to_json(value: object) -> str:
    """Return *value*, a record or plain data, as one line of JSON."""
    return _encoded(value).decode()


def to_document(value: object) -> bytes:
    """Return *value* as a JSON document for people: UTF-8, two spaces, a line feed at the end."""
    return msgspec.json.format(_encoded(value), indent=2) + b"\n"


def _encoded(value: object) -> bytes:
    """Return *value* as JSON; of names of files what is no UTF-8 is percent-encoded."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(_all_storable(msgspec.to_builtins(value)))


def _all_storable(value: Any) -> Any:  # noqa: ANN401 - plain data has no narrower type
    match value:
        case str():
            return storable(value)
        case dict():
            return {_all_storable(key): _all_storable(each) for key, each in value.items()}
        case list() | tuple():
            return [_all_storable(each) for each in value]
        case _:
            return value


def to_builtins(value: object) -> Any:  # noqa: ANN401 - plain data has no narrower type
    """Return *value* as dictionaries, lists and scalars."""
    return msgspec.to_builtins(value)


def json_schema(kind: type) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a record type."""
    return msgspec.json.schema(kind)


def checksum(values: Sequence[str | int | float | bytes | None]) -> int:
    """Return the CRC-32 of *values* and their types as MessagePack has them; a boolean is 0 or 1.

    It differs wherever one bit of one value does. Raises UnicodeError for what is no text.

    >>> checksum(["1", None]) == checksum([1, None]), checksum([True]) == checksum([1])
    (False, True)
    """
    plain = [int(value) if isinstance(value, bool) else value for value in values]
    return zlib.crc32(msgspec.msgpack.encode(plain))


def _refused(error: Exception) -> RecordError:
    found = _FORM.match(str(error))
    return RecordError(f"the text at {found[1]} is of another form" if found else str(error))

"""The keys of a manifest, by its records: which must be there, and which may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, get_args, get_type_hints

from crawler.models import Manifest

OPTIONAL: Final[dict[str, frozenset[str]]] = {
    "Reference": frozenset({"alt", "referrer_policy"}),
    "Original": frozenset({"average_color"}),
}
"""By record: what is written only where it is known."""
NOT_WRITTEN: Final[dict[str, frozenset[str]]] = {"Reference": frozenset({"url", "skip"})}
"""By record: the entry has the URL, and a reason for not fetching becomes the entry's failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keys:
    required: frozenset[str]
    every: frozenset[str]
    inner: tuple[tuple[str, _Keys], ...]
    """Those that hold records, one or several."""


def wrong_keys(manifest: object) -> Iterator[str]:
    """Yield what is wrong with the keys of a manifest that is plain data."""
    return _wrong(manifest, _MANIFEST)


def _wrong(value: object, keys: _Keys) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _wrong(each, keys)
    elif isinstance(value, dict):
        present = value.keys()
        if present != keys.required:
            yield from (f"the key {key!r} is missing" for key in sorted(keys.required - present))
            yield from (f"the key {key!r} is unknown" for key in sorted(present - keys.every))
        for key, inner in keys.inner:
            if (held := value.get(key)) is not None:
                yield from _wrong(held, inner)


def _keys(record: type) -> _Keys:
    name, hints = record.__name__, get_type_hints(record)
    every = frozenset(field.name for field in fields(record)) - NOT_WRITTEN.get(name, frozenset())
    records = {key: inner for key in every for inner in _records(hints[key])}
    return _Keys(
        required=every - OPTIONAL.get(name, frozenset()),
        every=every,
        inner=tuple((key, _keys(inner)) for key, inner in records.items()),
    )


def _records(kind: Any) -> Iterator[type]:  # noqa: ANN401 - a type may be anything
    """Yield the records in a type: itself, or what it is one or several of."""
    if is_dataclass(kind) and isinstance(kind, type):
        yield kind
    for part in get_args(kind):
        yield from _records(part)


_MANIFEST: Final = _keys(Manifest)

"""A manifest as JSON and back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError

from crawler.errors import ManifestError
from crawler.grounds import layout, records
from crawler.manifests import from_document, manifest_schema, read_manifest, to_document
from crawler.manifests.codec import same_but_agent
from crawler.model import Manifest
from tests.conftest import check_schema
from tests.manifests.strategies import MANIFESTS

DATA = Path(__file__).parent.parent / "data" / "manifests"
COMPLETE = (DATA / "complete.json").read_bytes()
SHIPPED = Path(layout.__file__).parent.parent / "manifests" / "manifest-1.schema.json"


@given(MANIFESTS)
def test_round_trip(manifest: Manifest) -> None:
    """What is written is read again, is the same bytes each time, and is by the schema."""
    document = to_document(manifest)

    assert from_document(document) == manifest
    assert to_document(from_document(document)) == document
    assert json.loads(document)["schema"] == layout.SCHEMA
    check_schema(document)


@given(MANIFESTS, MANIFESTS)
def test_same_but_agent(one: Manifest, other: Manifest) -> None:
    """Who wrote a manifest is no difference; all else is."""
    assert same_but_agent(one, replace(one, agent="image-archiver 99"))
    assert same_but_agent(one, other) == (replace(one, agent=other.agent) == other)


def test_complete() -> None:
    """The document that has every key is written as it stands there: its keys, their order."""
    assert to_document(from_document(COMPLETE)) == COMPLETE
    check_schema(COMPLETE)


def test_shipped_schema() -> None:
    """The schema that ships with the package is that of the records, and is one."""
    assert SHIPPED.read_bytes() == records.to_document(manifest_schema())
    Draft202012Validator.check_schema(manifest_schema())


def test_older_original() -> None:
    """An original whose colour was never measured is read, and written as it was."""
    older = re.sub(rb',\n *"average_color": "#[0-9a-f]{6}"', b"", COMPLETE)

    assert older != COMPLETE
    assert to_document(from_document(older)) == older
    check_schema(older)


Path_ = tuple[str | int, ...]


def _nodes(value: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:  # noqa: ANN401
    yield path, value
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _nodes(inner, (*path, key))


OBJECTS = [path for path, value in _nodes(json.loads(COMPLETE)) if isinstance(value, dict)]
KEYS = [
    (*path, key)
    for path, value in _nodes(json.loads(COMPLETE))
    if isinstance(value, dict)
    for key in value
    if key not in {"alt", "referrer_policy", "average_color"}
]


def _changed(path: Path_, change: Callable[[Any], None]) -> bytes:
    document = json.loads(COMPLETE)
    value = document
    for key in path:
        value = value[key]
    change(value)
    return json.dumps(document).encode()


def _refused(document: bytes, message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        from_document(document)
    with pytest.raises(ValidationError):
        check_schema(document)


@pytest.mark.parametrize("path", OBJECTS, ids=str)
def test_unknown_key(path: Path_) -> None:
    """A key that this version does not know is refused wherever it stands."""
    _refused(_changed(path, lambda value: value.update(new=1)), "'new'")


@pytest.mark.parametrize("key", ["url", "skip"])
def test_key_that_is_not_written(key: str) -> None:
    """What a reference has in memory only is unknown in a file."""
    path = ("entries", 0, "references", 0)

    _refused(_changed(path, lambda value: value.update({key: None})), f"'{key}'")


@pytest.mark.parametrize("path", KEYS, ids=str)
def test_missing_key(path: Path_) -> None:
    """A key that is missing is damage."""
    _refused(_changed(path[:-1], lambda value: value.pop(path[-1])), "damaged|schema")


@pytest.mark.parametrize("path", KEYS, ids=str)
def test_wrong_type(path: Path_) -> None:
    """So is a value of another type."""
    _refused(
        _changed(path[:-1], lambda value: value.update({path[-1]: {"x": 1.5}})), "damaged|schema"
    )


@pytest.mark.parametrize("schema", ["image-archiver/manifest/2", "", None, 1, "other"])
def test_newer_schema(schema: object) -> None:
    """A schema that this version does not read is named in the refusal."""
    document = _changed((), lambda value: value.update(schema=schema))

    _refused(document, re.escape(f"the schema {schema!r}"))


DAMAGED = {
    "empty": b"",
    "half": COMPLETE[: len(COMPLETE) // 2],
    "twice": COMPLETE * 2,
    "a list": b"[]",
    "null": b"null",
    "not UTF-8": COMPLETE.replace(b"Crew", b"\xff\xfe"),
    "UTF-16": COMPLETE.decode().encode("utf-16"),
    "nested": b'{"schema": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "zeros": b"\0" * 100,
}


@pytest.mark.parametrize("document", DAMAGED.values(), ids=DAMAGED)
def test_damaged(document: bytes) -> None:
    """Damage is said as such."""
    with pytest.raises(ManifestError, match="damaged"):
        from_document(document)


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes(document: bytes) -> None:
    """No bytes raise anything else."""
    with pytest.raises(ManifestError):
        from_document(document)


@given(st.data())
def test_any_damage(data: st.DataObject) -> None:
    """A byte that was changed is noticed, or gives another manifest that can be written."""
    at = data.draw(st.integers(0, len(COMPLETE) - 1))
    damaged = COMPLETE[:at] + data.draw(st.binary(min_size=0, max_size=2)) + COMPLETE[at + 1 :]
    try:
        manifest = from_document(damaged)
    except ManifestError:
        return

    assert from_document(to_document(manifest)) == manifest


def test_read(tmp_path: Path) -> None:
    """Where there is no manifest, there is none; what cannot be read is named."""
    path = tmp_path / "a" / "manifest.json"
    nothing = read_manifest(path)
    path.mkdir(parents=True)

    assert nothing is None
    with pytest.raises(ManifestError, match=f"{path}: Is a directory"):
        read_manifest(path)
    assert read_manifest(DATA / "complete.json" / "below") is None
    assert read_manifest(DATA / "complete.json") == from_document(COMPLETE)

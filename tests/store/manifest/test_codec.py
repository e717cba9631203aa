"""A manifest as JSON and back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError

from crawler.common import archive_layout, json_codec
from crawler.common.media_types import EXTENSIONS
from crawler.errors import BY_CODE, ManifestError
from crawler.fields import Code, MediaType
from crawler.models import Manifest
from crawler.store.manifest import from_document, manifest_schema, read_manifest, to_document
from crawler.store.manifest.codec import same_but_agent
from tests.conftest import check_schema
from tests.store.manifest.strategies import MANIFESTS

DATA = Path(__file__).parents[2] / "data" / "manifests"
COMPLETE = (DATA / "complete.json").read_bytes()
SHIPPED = (
    Path(archive_layout.__file__).parent.parent / "store" / "manifest" / "manifest-1.schema.json"
)


@given(MANIFESTS)
def test_round_trip(manifest: Manifest) -> None:
    """What is written is read again, is the same bytes each time, and is by the schema."""
    document = to_document(manifest)

    assert from_document(document) == manifest
    assert to_document(from_document(document)) == document
    assert json.loads(document)["schema"] == archive_layout.SCHEMA
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
    assert SHIPPED.read_bytes() == json_codec.to_document(manifest_schema())
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


_VERSION = ("entries", 0)
_COPY = (*_VERSION, "derivatives", 0)
_PATHS = ("../x", "/x", "x\\y", "..", ".", "a/../b", "a//b", "a/", "", "a\nb", "a\0b", "x" * 10**6)
HOSTILE: list[tuple[Path_, tuple[object, ...]]] = [
    (("post", "id"), (*_PATHS[:11], "a:b", "con|", "x.md\n")),
    (("post", "url"), ("javascript:alert(1)", "/a", "https://", "https://a b/", "ftp://a.example/")),
    (("post", "date"), ("2021-02-29T00:00:00Z", "2021-12-01", "0000-01-01T00:00:00Z", "soon")),
    (("post", "article", "path"), (*_PATHS, "/a.md", "../../a.md", "..", "../.bashrc", "a.md")),
    (("post", "article", "digest"), ("sha256:0", f"sha512:{'0' * 64}", f"sha256:{'0' * 64}\n")),
    (("post", "article", "size"), (-1, 1.5, 2**53, "1")),
    (("summary", "archived"), (-1, 2**31)),
    ((*_VERSION, "state"), ("kept", "")),
    ((*_VERSION, "references", 0, "origin"), ("img", "IMG-SRC")),
    ((*_VERSION, "references", 0, "referrer_policy"), ("all", "no-referrer\r\nX: 1")),
    ((*_VERSION, "capture", "via"), ("ftp",)),
    ((*_VERSION, "capture", "date"), ("now", "2021-12-01T24:00:00Z")),
    ((*_VERSION, "capture", "status"), (0, 99, 1000)),
    ((*_VERSION, "capture", "redirects", 0, "url"), ("javascript:1", "//a.example/")),
    ((*_VERSION, "capture", "etag"), ('"a"\r\nCookie: b', "\0", "a\n")),
    ((*_VERSION, "capture", "referer"), ("https://a.example/\r\nX: 1",)),
    ((*_VERSION, "capture", "headers", 0), (["A:B", "c"], ["A\r\nB", "c"], ["", "c"], ["A", "\n"])),
    (
        (*_VERSION, "original", "path"),
        (*(f"images/{path}.png" for path in _PATHS if path), "x.png", "images/", "images/.png",
         "thumbnails/x.png", "converted/x.png", "images/x", "images/.bashrc.png", "images/x.png\n"),
    ),
    ((*_VERSION, "original", "media_type"), ("text/html", "image/x", "image/png; charset=a")),
    ((*_VERSION, "original", "width"), (0, -1, 2**53)),
    ((*_VERSION, "original", "frames"), (0, 2**31)),
    ((*_VERSION, "original", "perceptual_hash"), ("", "E3C1F0E3C1F0E3C1", "0" * 17)),
    ((*_VERSION, "original", "average_color"), ("red", "#fff", "#7a8b9c;background:url(x)")),
    (
        (*_COPY, "profile"),
        ("", "original", "thumbnail-", "thumbnail-0", "thumbnail-/../../../../home/u/",
         "thumbnail-" + "9" * 5000, "converted/../..", "thumbnail-320\n"),
    ),
    (
        (*_COPY, "path"),
        (*(f"thumbnails/{path}.jpg" for path in _PATHS if path), "images/x.320.jpg",
         "thumbnails/x.bashrc", "thumbnails/x", "../thumbnails/x.jpg", "/thumbnails/x.jpg"),
    ),
    (("entries", 1, "failure", "code"), ("unheard-of", "archive-locked")),
    (("entries", 1, "failure", "next_attempt"), ("later",)),
    (("entries", 1, "failure", "tried_referers"), (["a\r\nb"],)),
]  # fmt: skip
"""By key: what a stranger may put there, and no version of this program has."""


@pytest.mark.parametrize(
    ("path", "value"),
    [(path, value) for path, values in HOSTILE for value in values],
    ids=lambda each: ascii(each)[:60],
)
def test_hostile(path: Path_, value: object) -> None:
    """Each key holds what it can hold and nothing else; codec and schema say the same."""
    document = json.loads(COMPLETE)
    *above, key = path
    held = document
    for step in above:
        held = held[step]
    held[key] = value

    _refused(json.dumps(document).encode(), "damaged")


_TWO = json.loads(COMPLETE)["entries"][0]["derivatives"]
BROKEN: list[tuple[Path_, object, str]] = [
    ((*_VERSION, "original", "path"), "images/x.jpg", "is not called as image/png"),
    ((*_COPY, "path"), "thumbnails/x.320.png", "is not called as image/jpeg"),
    ((*_COPY, "path"), "converted/x.jpg", "is not where a thumbnail-320 is"),
    (("entries", 1, "url"), "https://static.example.org/x.png", "several entries"),
    ((*_VERSION, "capture", "url"), "file:///etc/passwd", "no URL of a server"),
    ((*_VERSION, "original"), None, "says otherwise"),
    ((*_VERSION, "capture"), None, "says otherwise"),
    ((*_VERSION, "state"), "suspect", "is suspect for no reason"),
    (("entries", 1, "derivatives"), _TWO, "copies of an image that it has not"),
]


@pytest.mark.parametrize(("path", "value", "words"), BROKEN, ids=str)
def test_what_contradicts_itself(path: Path_, value: object, words: str) -> None:
    """Fields that are right each for itself and not together are damage, too."""
    changed = _changed(path[:-1], lambda held: held.update({path[-1]: value}))
    with pytest.raises(ManifestError, match=words):
        from_document(changed)


def test_two_images_at_one_place() -> None:
    """No path stands for different bytes."""
    changed = _changed(_VERSION, lambda entry: entry["earlier"][0]["original"].update(
        path=entry["original"]["path"]
    ))  # fmt: skip
    with pytest.raises(ManifestError, match=r"two images are said to be at images/x\.png"):
        from_document(changed)


@given(st.dates(), st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32))
def test_days(day: date, year: int, month: int, number: int) -> None:
    """A date is by the schema if it is one of the calendar, and not otherwise."""
    pattern = re.compile(manifest_schema()["$defs"]["Capture"]["properties"]["date"]["pattern"])
    written = f"{year:04}-{month:02}-{number:02}T00:00:00Z"
    try:
        date(year, month, number)
    except ValueError:
        assert pattern.search(written) is None
    else:
        assert pattern.search(written) is not None
    assert pattern.search(f"{day.isoformat()}T23:59:59Z") is not None


def test_closed_lists() -> None:
    """What the schema lists is what the program has."""
    assert get_args(Code) == tuple(BY_CODE)
    assert get_args(MediaType) == tuple(EXTENSIONS)


def test_nothing_is_written_that_cannot_be_read() -> None:
    """A manifest that would be lost is refused where it is to be written."""
    manifest = from_document(COMPLETE)
    with pytest.raises(ManifestError, match=r"post\.url` is of another form"):
        to_document(replace(manifest, post=replace(manifest.post, url="about:blank")))


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

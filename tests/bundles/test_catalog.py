"""The index over all bundles."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from crawler.bundles.catalog import CaptureRow, Catalog, DocumentRow, PostRow
from crawler.bundles.tables import VERSIONS
from crawler.errors import StorageError
from crawler.grounds import records
from crawler.model import Failure, Summary
from tests.manifests.strategies import CAPTURE_ROWS, POST_ROWS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the catalog is."""
    return tmp_path / "catalog.sqlite"


@pytest.fixture
def catalog(path: Path) -> Iterator[Catalog]:
    """An open catalog."""
    opened = Catalog(path)
    yield opened
    opened.close()


FAILURE = Failure(code="gone", detail="HTTP 410", permanent=True)


def _capture(url: str) -> CaptureRow:
    return CaptureRow(
        url=url, bundle="posts/a.md", run="r", state="failed", version=None, failure=FAILURE
    )


@given(row=POST_ROWS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_post(row: PostRow, catalog: Catalog) -> None:
    """A post's row comes back as it went in; the last one stands."""
    catalog.put_post(row, folded=None)

    assert catalog.post(row.id) == row
    assert row in catalog.posts()


@given(row=CAPTURE_ROWS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_capture(row: CaptureRow, catalog: Catalog) -> None:
    """A capture comes back as it went in, and is found by the digest of its original."""
    catalog.put_capture(row)

    assert catalog.capture(row.url) == row
    if row.version is not None:
        twin = catalog.twin_of(row.version.original.digest)
        assert twin is not None
        assert twin.version is not None
        assert twin.version.original.digest == row.version.original.digest


def test_unknown(catalog: Catalog) -> None:
    """What is not there is None."""
    found = (catalog.post("a"), catalog.capture("a"), catalog.twin_of("a"), catalog.owner_of("a"))

    assert found == (None, None, None, None)
    assert [*catalog.posts(), *catalog.states()] == []


def _ids(path: Path) -> list[str]:
    """Return the posts that others see."""
    with closing(Catalog(path, read_only=True)) as other:
        return [row.id for row in other.posts()]


def _posts(first: int, end: int) -> list[PostRow]:
    nothing = Summary(references=0, entries=0, archived=0, suspect=0, failed=0, skipped=0, size=0)
    return [
        PostRow(
            id=f"{number:03}.md",
            path="/blog",
            document=None,
            size=1,
            mtime_ns=1,
            fingerprint="f",
            settled=True,
            due=None,
            bundle=None,
            digest="d",
            summary=nothing,
            failures={},
        )
        for number in range(first, end)
    ]


def _post(number: int) -> PostRow:
    return _posts(number, number + 1)[0]


def test_batches(path: Path) -> None:
    """Rows of posts reach the disk fifty at a time, and the rest when the catalog closes."""
    catalog = Catalog(path)
    for row in _posts(0, 49):
        catalog.put_post(row, folded=None)
    before = _ids(path)
    catalog.put_post(_post(49), folded=None)
    after = _ids(path)
    catalog.put_post(_post(50), folded=None)
    catalog.close()

    assert before == []
    assert after == [row.id for row in _posts(0, 50)]
    assert len(_ids(path)) == 51


def test_capture_is_written_at_once(catalog: Catalog, path: Path) -> None:
    """A capture is on the disk at once, with what waited before it."""
    catalog.put_post(_post(0), folded=None)
    catalog.put_capture(_capture("https://example.org/x.png"))

    assert _ids(path) == ["000.md"]
    with closing(Catalog(path, read_only=True)) as other:
        assert list(other.states()) == [("https://example.org/x.png", "failed")]


def test_reads_see_writes(catalog: Catalog) -> None:
    """Whoever writes sees it before it is on the disk."""
    catalog.put_post(_post(0), folded="posts/000.md")

    assert catalog.post("000.md") is not None
    assert catalog.owner_of("posts/000.md") == "000.md"


def test_many_posts_are_read_while_others_are_written(catalog: Catalog) -> None:
    """Iterating over the posts is no obstacle to writing."""
    for row in _posts(0, 120):
        catalog.put_post(row, folded=None)
    seen = 0
    for row in catalog.posts():
        catalog.put_post(row, folded=None)
        seen += 1

    assert seen == 120


def test_read_only(catalog: Catalog, path: Path) -> None:
    """A reader changes nothing, and makes none where there is none."""
    catalog.commit()
    with closing(Catalog(path, read_only=True)) as reader, pytest.raises(StorageError):
        reader.put_post(_post(0), folded=None)
    with pytest.raises(StorageError, match="cannot read"):
        Catalog(path.with_name("missing"), read_only=True)

    assert not path.with_name("missing").exists()


@pytest.mark.parametrize("name", ["a?mode=rw&x=1", "a%20b#c", "空间站"])
def test_odd_path(name: str, tmp_path: Path) -> None:
    """The path is a path, whatever it has in common with a URI."""
    path = tmp_path / name / "catalog.sqlite"
    path.parent.mkdir()
    Catalog(path).close()
    Catalog(path, read_only=True).close()

    assert path.exists()


@pytest.mark.parametrize("read_only", [True, False])
def test_newer(read_only: bool, path: Path) -> None:
    """A catalog of a newer version is left alone."""
    Catalog(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(StorageError, match="newer version"):
        Catalog(path, read_only=read_only)

    assert path.read_bytes() == before
    assert not list(path.parent.glob("damaged-*"))


@pytest.mark.parametrize(
    "content", [b"not a database at all" * 99, b"SQLite format 3\0" + b"x" * 99]
)
def test_damaged(content: bytes, path: Path) -> None:
    """What is no catalog is kept under another name; a reader leaves it where it is."""
    path.write_bytes(content)
    with pytest.raises(StorageError, match="move it away"):
        Catalog(path, read_only=True)
    Catalog(path).close()
    (kept,) = path.parent.glob("damaged-*")

    assert kept.read_bytes() == content
    assert _ids(path) == []


def test_empty_file(path: Path) -> None:
    """An empty file becomes a catalog."""
    path.touch()
    Catalog(path).close()

    assert _ids(path) == []


def test_damaged_inside(path: Path) -> None:
    """Damage that shows only when a row is read is said in words, with what to do."""
    catalog = Catalog(path)
    for row in _posts(0, 200):
        catalog.put_post(row, folded=None)
    catalog.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with closing(Catalog(path)) as damaged, pytest.raises(StorageError, match="move it away"):
        damaged.post("000.md")


def test_document(path: Path) -> None:
    """A document is found again with its validators, and with the posts that it held."""
    row = DocumentRow(
        url="https://blog.example/feed",
        etag='"1"',
        last_modified=None,
        announced="2026-11-22",
        fingerprint="f",
        content="c",
    )
    with closing(Catalog(path)) as catalog:
        catalog.put_document(row)
        for number in range(3):
            document = row.url if number else None
            catalog.put_post(replace(_post(number), document=document), folded=None)

    with closing(Catalog(path)) as catalog:
        assert catalog.document(row.url) == row
        assert catalog.document("https://blog.example/") is None
        assert [post.id for post in catalog.posts_of(row.url)] == ["001.md", "002.md"]


def _make_first_version(path: Path) -> None:
    """Write a catalog as the first version of the tables had it, with one post."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(VERSIONS[0] + "PRAGMA user_version = 1;")
        summary = records.to_json(_post(0).summary)
        connection.execute(
            "INSERT INTO posts (id, path, size, mtime_ns, fingerprint, settled, bundle, folded,"
            " digest, summary, failures) VALUES ('a.md', '/a.md', 1, 1, 'f', 1, NULL, NULL, 'd', ?,"
            " '{}')",
            (summary,),
        )
        connection.commit()


def test_older_catalog_is_brought_up_to_date(path: Path) -> None:
    """A catalog of an earlier version keeps its rows and gets the tables that it lacks."""
    _make_first_version(path)
    with closing(Catalog(path)) as catalog:
        (post,) = catalog.posts()

        assert (post.id, post.document) == ("a.md", None)
        assert list(catalog.posts_of("https://blog.example/feed")) == []


def test_older_catalog_can_be_read(path: Path) -> None:
    """Who only reads sees an earlier version's rows, and leaves the file as it is."""
    _make_first_version(path)
    before = path.read_bytes()

    assert _ids(path) == ["a.md"]
    assert path.read_bytes() == before

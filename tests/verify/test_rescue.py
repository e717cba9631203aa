"""Whatever the catalog holds, it is checked, mended and made anew; what nothing mends is said."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.common import archive_layout, json_codec
from crawler.common.digests import digest
from crawler.localize.localizing import Localizing, localize
from crawler.store.catalog import Catalog
from crawler.store.catalog.migrations import COLUMNS, KEYS
from crawler.store.manifest import from_document
from crawler.verify import Depth, verify
from crawler.verify.rebuild_catalog import rebuild_catalog
from crawler.verify.repair import Lost, Repaired, Restore, repair
from tests.conftest import Workshop, image, put_manifest, snapshot
from tests.site import Site
from tests.verify.damage import FIRST, SECOND, copy, fill, flip

Harm = Callable[[sqlite3.Connection], object]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Two posts in the archive and one in place, with a host and its robots.txt."""
    made = Workshop(tmp_path_factory.mktemp("template"))
    made.blog.mkdir()
    with Site() as site:
        fill(made, site)
        notes = made.folder / "notes"
        notes.mkdir()
        (notes / "own.md").write_text(image(site.url("/ok/own.png")))
        made.run(notes, ARCHIVE_IN_PLACE=True)
    return made


@pytest.fixture
def workshop(template: Workshop, tmp_path: Path) -> Workshop:
    """A copy of it, to be damaged."""
    copy(template.folder, tmp_path / "copy")
    return Workshop(tmp_path / "copy")


def _repair(archive: Path) -> Repaired:
    def nowhere(_lost: Sequence[Lost], _restore: Restore) -> Mapping[str, str]:
        raise AssertionError("nothing is to be asked for")

    return repair(
        archive,
        fetch=nowhere,
        began=datetime(2026, 11, 25, 2, 0, tzinfo=UTC),
        depth=Depth(),
        watch=lambda _stage, _done, _total: None,
    )


def _harm(archive: Path, harm: Harm) -> None:
    with closing(sqlite3.connect(archive / archive_layout.CATALOG)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        harm(connection)
        connection.commit()


def _update(table: str, column: str, value: object, *, is_sealed: bool) -> Harm:
    """Return what writes *value* into all rows of a table; with a checksum that fits, if asked."""

    def harm(connection: sqlite3.Connection) -> None:
        rows = connection.execute(f"SELECT {', '.join(KEYS[table])} FROM {table}").fetchall()  # noqa: S608 - names of ours
        assert rows
        row_is = " AND ".join(f"{name} = ?" for name in KEYS[table])
        for row in rows[:1]:
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE {row_is}", (value, *row))  # noqa: S608 - as above
        if is_sealed:
            names = COLUMNS[table]
            for values in connection.execute(f"SELECT {', '.join(names)} FROM {table}").fetchall():  # noqa: S608 - as above
                key = [values[names.index(name)] for name in KEYS[table]]
                statement = f"UPDATE {table} SET checksum = ? WHERE {row_is}"  # noqa: S608 - as above
                connection.execute(statement, (json_codec.checksum(values), *key))

    return harm


_HUGE = "x" * 1_000_000
_HARM: dict[str, Harm] = {
    **{
        f"{table}.{column}, {what}{', with its checksum' * sealed}": _update(
            table, column, value, is_sealed=sealed
        )
        for table, column in (
            ("posts", "summary"),
            ("posts", "failures"),
            ("posts", "settled"),
            ("posts", "mtime_ns"),
            ("captures", "version"),
            ("freshness", "failure"),
            ("attempts", "trace"),
            ("robots", "status"),
            ("holders", "wanted"),
            ("digests", "confirmed"),
        )
        for what, value in (
            ("half a record", '{"references":'),
            ("bytes", b"\xff\0"),
            ("1 MB", _HUGE),
        )
        for sealed in (False, True)
    },
    "text that is none": lambda c: c.execute("UPDATE posts SET bundle = CAST(X'ff' AS TEXT)"),
    "an id that is none": lambda c: c.execute(
        "UPDATE captures SET url = CAST(X'ff' || rowid AS TEXT)"
    ),
    "no rows": lambda c: c.execute("DELETE FROM captures"),
    "no table": lambda c: c.execute("DROP TABLE holders"),
    "no column": lambda c: c.executescript(
        "DROP INDEX captures_places; ALTER TABLE captures DROP COLUMN path"
    ),
    "no index": lambda c: c.execute("DROP INDEX posts_folded"),
    "a view in its place": lambda c: c.executescript(
        "DROP TABLE hosts; CREATE VIEW hosts AS SELECT 1 AS host, 2 AS liked"
    ),
    "a table that runs in circles": lambda c: c.executescript(
        "DROP TABLE hosts; CREATE VIEW hosts AS WITH RECURSIVE n (host) AS (SELECT 1 UNION ALL"
        " SELECT host + 1 FROM n LIMIT 100000) SELECT host, host AS liked, 1 AS checksum FROM n"
    ),
    "version 0": lambda c: c.execute("PRAGMA user_version = 0"),
    "version 3": lambda c: c.execute("PRAGMA user_version = 3"),
    "version 99": lambda c: c.execute("PRAGMA user_version = 99"),
    "a statement that is none": lambda c: c.executescript(
        "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = CAST(X'ff' AS TEXT) || sql"
        " WHERE name = 'posts'"
    ),
}


@pytest.mark.parametrize("name", _HARM)
def test_catalog(name: str, workshop: Workshop) -> None:
    """The catalog is found damaged, and is made anew in either way; nothing raises."""
    before = snapshot(workshop.archive / archive_layout.POSTS)
    _harm(workshop.archive, _HARM[name])
    again = workshop.folder / "again"
    copy(workshop.archive, again)
    found = verify(workshop.archive)
    repaired = _repair(workshop.archive)
    rebuild_catalog(again, given=[str(workshop.folder / "notes")])

    assert {each.kind for each in found.findings} == {"catalog-differs"}
    assert repaired.is_sound
    for archive in (workshop.archive, again):
        checked = verify(archive)
        assert (checked.findings, checked.unfinished, checked.checked.alone) == ((), (), 0)
        assert checked.checked.bundles == 3
    assert snapshot(workshop.archive / archive_layout.POSTS) == before


def test_catalog_of_noise(workshop: Workshop) -> None:
    """Pages of noise anywhere in it end neither a check nor a repair, and touch no bundle."""
    before = snapshot(workshop.archive / archive_layout.POSTS)
    path = workshop.archive / archive_layout.CATALOG
    content = path.read_bytes()
    chance = random.Random("noise")  # noqa: S311 - repeated on purpose
    for _ in range(8):
        page = 4096 * chance.randrange(len(content) // 4096)
        path.write_bytes(content[:page] + chance.randbytes(4096) + content[page + 4096 :])
        found = verify(workshop.archive)
        _repair(workshop.archive)
        kinds = {each.kind for each in verify(workshop.archive).findings}

        assert {each.kind for each in found.findings} == {"catalog-differs"}
        assert not kinds
        assert snapshot(workshop.archive / archive_layout.POSTS) == before


def test_bundles_that_nobody_knows(workshop: Workshop) -> None:
    """Where nothing tells any more where bundles in place are, that is said, with what to type."""
    (workshop.archive / archive_layout.CATALOG).write_bytes(b"no database " * 4096)
    repaired = _repair(workshop.archive)

    assert repaired.is_sound
    assert repaired.rebuilt is not None
    assert "verify --rebuild-catalog FOLDER" in repaired.rebuilt.problems[0]


def test_digests_that_nobody_has(site: Site, tmp_path: Path) -> None:
    """What the catalog has no digest of is judged alone, until a run has passed over it."""
    workshop = Workshop(tmp_path)
    workshop.blog.mkdir()
    fill(workshop, site)
    list(localize(workshop.archive, ["a.md"], Localizing(to="in-place")))
    workshop.run()
    before = snapshot(workshop.archive / archive_layout.POSTS)
    _harm(workshop.archive, lambda connection: connection.execute("DELETE FROM digests"))
    alone = workshop.command("verify", "--archive", workshop.archive)
    run = workshop.run()
    known = workshop.command("verify", "--archive", workshop.archive)

    assert (alone.returncode, known.returncode) == (0, 0)
    assert "Judged alone: 3 manifests and journals." in alone.stdout
    assert "udged alone" not in known.stdout
    assert run.stats.unchanged_posts == 2
    assert snapshot(workshop.archive / archive_layout.POSTS) == before


def test_row_alone_is_lost(workshop: Workshop) -> None:
    """Where one row is damaged, the others stay: those too that no manifest tells."""
    with closing(Catalog(workshop.archive / archive_layout.CATALOG, read_only=True)) as catalog:
        posts = list(catalog.posts())
        traces = {url: catalog.trace(url) for url, _ in catalog.states()}
    _harm(workshop.archive, _update("attempts", "trace", "[", is_sealed=False))
    repaired = _repair(workshop.archive)
    with closing(Catalog(workshop.archive / archive_layout.CATALOG, read_only=True)) as catalog:
        kept = {url: catalog.trace(url) for url in traces}
        after = list(catalog.posts())

    assert [each.finding.path for each in repaired.repairs] == [archive_layout.CATALOG]
    assert "rows of attempts" in repaired.repairs[0].finding.detail
    assert after == posts
    assert sum(kept[url] != trace for url, trace in traces.items()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals are told as on Unix")
def test_command_line(workshop: Workshop) -> None:
    """A person reads what is wrong and how it is mended; no traceback, and never exit code 70."""
    _harm(workshop.archive, _update("captures", "version", "{", is_sealed=False))
    flip(f"{FIRST}/{archive_layout.MANIFEST}")(workshop.archive)
    flip(f"{SECOND}/{archive_layout.MANIFEST}")(workshop.archive)
    found = workshop.command("verify", "--archive", workshop.archive)
    mended = workshop.command("verify", "--repair", "--archive", workshop.archive)
    after = workshop.command("verify", "--archive", workshop.archive, "--json")

    assert (found.returncode, mended.returncode, after.returncode) == (5, 0, 0)
    assert "manifest-invalid (2)" in found.stdout
    assert "rows of captures are not as they were written" in " ".join(found.stdout.split())
    assert "one bit was turned over, and is turned back" in " ".join(mended.stdout.split())
    assert "Traceback" not in found.stderr + mended.stderr + after.stderr
    assert json.loads(after.stdout)["alone"] == 0


def test_manifest_is_never_the_future(workshop: Workshop) -> None:
    """A bit in the key, in the value or in the schema's own name is damage, and is mended."""
    path = workshop.archive / FIRST / archive_layout.MANIFEST
    content = path.read_bytes()
    for before, after in (
        (b'"alt"', b'"alu"'),
        (b'"title": null', b'"title"; null'),
        (b"image-archiver/manifest/1", b"image-archiver/manifest/3"),
        (b"image-archiver/manifest/1", b"imagd-archiver/manifest/1"),
    ):
        assert before in content
        path.write_bytes(content.replace(before, after, 1))
        found = verify(workshop.archive)
        repaired = _repair(workshop.archive)

        assert [(each.kind, each.path) for each in found.findings] == [
            ("manifest-invalid", f"{FIRST}/{archive_layout.MANIFEST}")
        ]
        assert repaired.is_sound
        assert path.read_bytes() == content
        shutil.rmtree(workshop.archive / archive_layout.SET_ASIDE)


def test_another_manifest(site: Site, tmp_path: Path) -> None:
    """One that holds together and is another is not gone on with; a person says what is right."""
    workshop = Workshop(tmp_path)
    workshop.blog.mkdir()
    fill(workshop, site)
    path = workshop.archive / FIRST / archive_layout.MANIFEST
    written = path.read_bytes()
    other = written.replace(b'"title": null', b'"title": "An edited one"')
    path.write_bytes(other)
    workshop.write("a.md", image(site.url("/ok/new.png")))
    before = len(site.requests)
    run = workshop.run()
    asked = len(site.requests) - before
    repaired = _repair(workshop.archive)
    (left,) = repaired.repairs
    kept = path.read_bytes()
    command = left.how.rpartition("image-archiver ")[2].split()
    taken = workshop.command(*command, "--archive", workshop.archive)
    again = workshop.run()

    assert [problem.source for problem in run.problems] == ["a.md"]
    assert "not what was written" in run.problems[0].message
    assert asked == 0
    assert kept == other
    assert (left.done, command) == (False, ["verify", "--rebuild-catalog", "a.md"])
    assert taken.returncode == 0, taken.stdout
    assert again.problems == []
    assert from_document(path.read_bytes()).post.title is None
    assert verify(workshop.archive).is_sound


def test_rebuilding_is_no_way_around(workshop: Workshop) -> None:
    """A catalog that is made anew still knows what a manifest was, and says that it is another."""
    flip(f"{FIRST}/{archive_layout.MANIFEST}")(workshop.archive)
    rebuilt = rebuild_catalog(workshop.archive)
    found = verify(workshop.archive)

    assert [problem.partition(":")[0] for problem in rebuilt.problems] == [
        f"{FIRST}/{archive_layout.MANIFEST}"
    ]
    assert [each.path for each in found.findings] == [f"{FIRST}/{archive_layout.MANIFEST}"]
    assert _repair(workshop.archive).is_sound
    assert verify(workshop.archive).is_sound


def test_damaged_row_of_a_bundle_in_place(workshop: Workshop) -> None:
    """Where the row is lost that says where a bundle in place is, its digest still does."""
    _harm(
        workshop.archive,
        lambda connection: connection.execute("UPDATE posts SET path = 'x' WHERE folded IS NULL"),
    )
    repaired = _repair(workshop.archive)

    assert repaired.is_sound
    assert verify(workshop.archive).checked.bundles == 3


@pytest.mark.parametrize("to", ["copy", "in-place"])
def test_journal(to: str, workshop: Workshop) -> None:
    """A bit in a journal is found and turned back, not written over; one that is gone is missed."""
    asked = Localizing(to="copy") if to == "copy" else Localizing(to="in-place")
    list(localize(workshop.archive, ["a.md"], asked))
    path = workshop.archive / FIRST / archive_layout.JOURNAL
    content = path.read_bytes()
    flip(f"{FIRST}/{archive_layout.JOURNAL}")(workshop.archive)
    (refused,) = localize(workshop.archive, ["a.md"], asked)
    found = verify(workshop.archive)
    repaired = _repair(workshop.archive)
    mended = path.read_bytes()
    path.unlink()
    gone = verify(workshop.archive)

    assert refused.problem
    assert [(each.kind, each.path) for each in found.findings] == [
        ("altered", f"{FIRST}/{archive_layout.JOURNAL}")
    ]
    assert repaired.is_sound
    assert mended == content
    assert [(each.kind, each.path) for each in gone.findings] == [
        ("missing", f"{FIRST}/{archive_layout.JOURNAL}")
    ]
    assert "backup" in _repair(workshop.archive).repairs[0].how


def test_interrupted_writing(workshop: Workshop) -> None:
    """Between the two that it may be, a manifest is either; a third is damaged."""
    path = workshop.archive / FIRST / archive_layout.MANIFEST
    former = path.read_bytes()
    new = former.replace(b'"title": null', b'"title": "A new one"')
    with closing(Catalog(workshop.archive / archive_layout.CATALOG)) as catalog:
        catalog.intend_digest(FIRST, archive_layout.MANIFEST, digest(new))
    before = verify(workshop.archive)
    path.write_bytes(new)
    after = verify(workshop.archive)
    path.write_bytes(former.replace(b'"title": null', b'"title": "A third"'))
    third = verify(workshop.archive)
    put_manifest(workshop.archive, FIRST, new)
    path.write_bytes(former)
    late = verify(workshop.archive)

    assert before.is_sound
    assert after.is_sound
    assert [each.kind for each in third.findings] == ["manifest-invalid"]
    assert [each.kind for each in late.findings] == ["manifest-invalid"]


def test_nothing_is_written(workshop: Workshop) -> None:
    """A check of a damaged catalog writes nothing."""
    _harm(workshop.archive, _update("captures", "version", "{", is_sealed=False))
    before = snapshot(workshop.archive)
    found = verify(workshop.archive)

    assert [each.path for each in found.findings] == [archive_layout.CATALOG]
    assert snapshot(workshop.archive) == before

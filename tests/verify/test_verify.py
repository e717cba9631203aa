"""What verify finds on real archives with real damage, and what it does not count as damage."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from crawler.common import archive_layout
from crawler.common.digests import digest
from crawler.common.files import TEMPORARY_SUFFIX
from crawler.errors import ArchiveLockedError, UsageError
from crawler.store.archive import Archive, bundle_at
from crawler.store.localization_journal import InPlace, Journal, write_journal
from crawler.store.manifest import from_document, to_document
from crawler.verify import Depth, Finding, sample_of, verify
from tests.conftest import Workshop, image, put_manifest, snapshot
from tests.site import Site, picture
from tests.verify.damage import (
    FIRST,
    SECOND,
    Damage,
    copy,
    cut,
    delete,
    fill,
    flip,
    put,
    replace_by_folder,
    swap,
)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive that is made once."""
    made = Workshop(tmp_path_factory.mktemp("template"))
    made.blog.mkdir()
    with Site() as site:
        fill(made, site)
    return made.archive


@pytest.fixture
def archive(template: Path, tmp_path: Path) -> Path:
    """A sound archive, to be damaged."""
    copy(template, tmp_path / "archive")
    return tmp_path / "archive"


def _told(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    return [(each.kind, each.path) for each in findings]


def test_sound(archive: Path) -> None:
    """Of an archive as the run left it nothing is found, and all of it is read, unchanged."""
    before = snapshot(archive)
    found = verify(archive, depth=Depth(decoding=True))
    checked = found.checked
    kept = (path for path in archive.glob("posts/**/*") if path.is_file())
    named = [path for path in kept if path.name != archive_layout.PAGE]

    assert found.is_sound
    assert not found.unfinished
    assert (checked.bundles, checked.files, checked.hashed) == (2, len(named) - 2, checked.files)
    assert checked.size == sum(p.stat().st_size for p in named if p.name != archive_layout.MANIFEST)
    assert checked.decoded == 6
    assert snapshot(archive) == before


def test_links_are_read_once(archive: Path) -> None:
    """What two bundles have as one file is read once and judged in both."""
    checked = verify(archive).checked
    shared = sum(
        (archive / FIRST / name).stat().st_size
        for name in ("images/shared.png", "converted/shared.jpg", "thumbnails/shared.320.jpg")
    )
    flip(f"{FIRST}/images/shared.png")(archive)
    found = verify(archive)

    assert checked.hashed_size == checked.size - shared
    assert _told(found.findings) == [
        ("altered", f"{FIRST}/images/shared.png"),
        ("altered", f"{SECOND}/images/shared.png"),
    ]


_DAMAGE: dict[str, tuple[Damage, list[tuple[str, str]]]] = {
    "bit flipped in an original": (
        flip(f"{FIRST}/images/one.png"),
        [("altered", f"{FIRST}/images/one.png")],
    ),
    "bit flipped in a converted copy": (
        flip(f"{FIRST}/converted/one.jpg"),
        [("altered", f"{FIRST}/converted/one.jpg")],
    ),
    "bit flipped in a thumbnail": (
        flip(f"{SECOND}/thumbnails/two.320.jpg"),
        [("altered", f"{SECOND}/thumbnails/two.320.jpg")],
    ),
    "bit flipped in an article": (
        flip(f"{FIRST}/article.md"),
        [("altered", f"{FIRST}/article.md")],
    ),
    "cut original": (
        cut(f"{SECOND}/images/two.jpg"),
        [("altered", f"{SECOND}/images/two.jpg")],
    ),
    "deleted original": (
        delete(f"{FIRST}/images/one.png"),
        [("missing", f"{FIRST}/images/one.png")],
    ),
    "deleted article": (
        delete(f"{FIRST}/article.md"),
        [("missing", f"{FIRST}/article.md")],
    ),
    "a folder where an original was": (
        replace_by_folder(f"{FIRST}/images/one.png"),
        [("altered", f"{FIRST}/images/one.png")],
    ),
    "swapped originals": (
        swap(f"{FIRST}/images/one.png", f"{FIRST}/images/here.gif"),
        [
            ("altered", f"{FIRST}/images/one.png"),
            ("altered", f"{FIRST}/images/here.gif"),
        ],
    ),
    "deleted manifest": (
        delete(f"{FIRST}/manifest.json"),
        [("missing", f"{FIRST}/manifest.json")],
    ),
    "deleted bundle": (
        lambda archive: shutil.rmtree(archive / FIRST),
        [("missing", f"{FIRST}/manifest.json")],
    ),
    "cut manifest": (
        cut(f"{FIRST}/manifest.json"),
        [("manifest-invalid", f"{FIRST}/manifest.json")],
    ),
    "empty manifest": (
        put(f"{FIRST}/manifest.json", b""),
        [("manifest-invalid", f"{FIRST}/manifest.json")],
    ),
    "deleted catalog": (
        delete("catalog.sqlite"),
        [("catalog-differs", "catalog.sqlite")],
    ),
    "catalog that is none": (
        put("catalog.sqlite", b"no database, of any version, at all" * 200),
        [("catalog-differs", "catalog.sqlite")],
    ),
    "foreign file in a bundle": (
        put(f"{FIRST}/images/mine.png"),
        [("unexpected", f"{FIRST}/images/mine.png")],
    ),
    "foreign folder in a bundle": (
        put(f"{FIRST}/mine/too.txt"),
        [("unexpected", f"{FIRST}/mine")],
    ),
    "foreign file below posts": (
        put("posts/deep/mine.txt"),
        [("unexpected", "posts/deep/mine.txt")],
    ),
    "bundle of another archive": (
        lambda archive: shutil.copytree(archive / FIRST, archive / "posts/copied/a.md"),
        [("catalog-differs", "posts/copied/a.md")],
    ),
}


@pytest.mark.parametrize("name", _DAMAGE)
def test_damage(name: str, archive: Path) -> None:
    """Every kind of damage is told once, at its place, and nothing else is."""
    damage, expected = _DAMAGE[name]
    damage(archive)

    assert _told(verify(archive).findings) == expected


def test_all_is_told_at_once(archive: Path) -> None:
    """Several findings are all in one answer, those of the cheap checks first."""
    flip(f"{FIRST}/images/one.png")(archive)
    put(f"{SECOND}/mine.txt")(archive)
    delete(f"{SECOND}/images/two.jpg")(archive)

    assert _told(verify(archive).findings) == [
        ("missing", f"{SECOND}/images/two.jpg"),
        ("unexpected", f"{SECOND}/mine.txt"),
        ("altered", f"{FIRST}/images/one.png"),
    ]


def test_swapped_files_know_each_other(site: Site, workshop: Workshop) -> None:
    """Of two files that were mixed up, each is said to have the bytes of the other."""
    for name in ("x.png", "y.png"):
        # Of one size, so that only their bytes tell.
        site.serve(f"/{name}", picture(f"/{name}").ljust(20_000, b"\0"))
    workshop.write("c.md", image(site.url("/x.png")) + image(site.url("/y.png")))
    workshop.run(workshop.blog / "c.md")
    swap("posts/c.md/images/x.png", "posts/c.md/images/y.png")(workshop.archive)
    found = {each.path: each.detail for each in verify(workshop.archive, given=["c.md"]).findings}

    assert found == {
        "posts/c.md/images/x.png": "has the bytes of posts/c.md/images/y.png",
        "posts/c.md/images/y.png": "has the bytes of posts/c.md/images/x.png",
    }


@pytest.mark.parametrize(
    "path",
    [
        "index.html",
        f"{FIRST}/index.html",
        f"{FIRST}/article.local.md",
        f"{FIRST}/images/.0123456789abcdef{TEMPORARY_SUFFIX}",
        f"{FIRST}/.DS_Store",
        "posts/Thumbs.db",
        "notes.txt",
        "runs/mine.json",
        "set-aside/2026-11-25T020000Z/posts/a.md/images/one.png",
    ],
)
def test_expected(path: str, archive: Path) -> None:
    """Pages, localized articles, half-written files and what lies beside the bundles are well."""
    put(path)(archive)

    assert verify(archive).is_sound


def test_former_versions(site: Site, workshop: Workshop) -> None:
    """A former article and a former image belong to the bundle, and are read too."""
    fill(workshop, site)
    workshop.write("a.md", "changed\n" + image(site.url("/ok/one.png")))
    workshop.run()
    sound = verify(workshop.archive)
    (earlier,) = (workshop.archive / FIRST / "earlier").iterdir()
    flip(f"{FIRST}/earlier/{earlier.name}")(workshop.archive)

    assert sound.is_sound
    assert _told(verify(workshop.archive).findings) == [
        ("altered", f"{FIRST}/earlier/{earlier.name}")
    ]


def test_in_place(site: Site, workshop: Workshop) -> None:
    """In place the catalog says where bundles are; all but our files there is their owner's."""
    workshop.write("a.md", image(site.url("/ok/one.png")))
    workshop.write("b/index.md", image(site.url("/ok/two.png")))
    workshop.run(ARCHIVE_IN_PLACE=True)
    workshop.write("a/mine.txt", "mine")
    workshop.write("b/images/mine.png", "mine")
    workshop.write("a.md", "changed since\n")
    sound = verify(workshop.archive)
    flip("a/images/one.png")(workshop.blog)
    (workshop.blog / "b/images/two.png").unlink()

    assert sound.is_sound
    assert sound.checked.bundles == 2
    assert _told(verify(workshop.archive).findings) == [
        ("missing", "../blog/b/images/two.png"),
        ("altered", "../blog/a/images/one.png"),
    ]


def test_fast(archive: Path) -> None:
    """With sizes alone nothing is read: what is cut is found, what is flipped is not."""
    flip(f"{FIRST}/images/one.png")(archive)
    cut(f"{SECOND}/images/two.jpg")(archive)
    found = verify(archive, depth=Depth(hashing=False))

    assert _told(found.findings) == [("altered", f"{SECOND}/images/two.jpg")]
    assert found.checked.hashed == 0


def test_sample_covers_all(archive: Path) -> None:
    """The samples of as many days as it takes read every file, and no file twice."""
    days = [date(2026, 11, 25) + timedelta(days=number) for number in range(4)]
    read = [
        verify(archive, depth=Depth(sample=sample_of("25%", day))).checked.hashed for day in days
    ]
    flip(f"{FIRST}/images/one.png")(archive)
    found = [verify(archive, depth=Depth(sample=sample_of("25%", day))).findings for day in days]

    assert sum(read) == verify(archive).checked.files
    assert sum(map(len, found)) == 1


@pytest.mark.parametrize("text", ["", "5", "0%", "101%", "-1%", "five%", "1/0%"])
def test_no_sample(text: str) -> None:
    """What is no percentage is refused."""
    with pytest.raises(UsageError):
        sample_of(text, date(2026, 11, 25))


def test_since(archive: Path) -> None:
    """Only images that were archived since the date are read."""
    flip(f"{FIRST}/images/one.png")(archive)
    today = datetime.now(UTC).date()
    new = verify(archive, depth=Depth(since=today - timedelta(days=1)))
    old = verify(archive, depth=Depth(since=today + timedelta(days=1)))

    assert _told(new.findings) == [("altered", f"{FIRST}/images/one.png")]
    assert old.is_sound
    assert old.checked.hashed == 2  # the articles have no date


def test_undecodable(archive: Path) -> None:
    """What the digest cannot tell the decoder does: half a picture that was recorded as whole."""
    path = archive / FIRST / "images/one.png"
    half = path.read_bytes()[: path.stat().st_size // 2]
    document = (archive / FIRST / archive_layout.MANIFEST).read_bytes()
    size = path.stat().st_size
    lying = document.replace(digest(path.read_bytes()).encode(), digest(half).encode())
    lying = lying.replace(f'"size": {size}'.encode(), f'"size": {len(half)}'.encode())
    manifest = from_document(lying)
    total = manifest.summary.size - size + len(half)
    lying = lying.replace(f'"size": {manifest.summary.size}'.encode(), f'"size": {total}'.encode())
    (archive / FIRST / archive_layout.MANIFEST).write_bytes(lying)
    path.write_bytes(half)
    given = [str(archive / FIRST)]
    blind = verify(archive.parent, given=given)
    found = verify(archive.parent, given=given, depth=Depth(decoding=True))

    assert blind.is_sound
    assert _told(found.findings) == [("undecodable", f"archive/{FIRST}/images/one.png")]


def test_contradictions(archive: Path) -> None:
    """A manifest that can be read and holds no truth is told of, whatever its fault is."""
    path = archive / FIRST / archive_layout.MANIFEST
    document = path.read_bytes()
    wrong = {
        b'"archived": 4': (b'"archived": 5', "summary"),
        b'"images/one.png"': (b'"../b.md/images/one.png"', "original.path` is of another form"),
        b'"thumbnails/one.320.jpg"': (b'"converted/one.320.jpg"', "not where a thumbnail-320 is"),
        b'"converted/one.jpg"': (b'"converted/one.png"', "not called as image/jpeg is"),
        b'"failure": null': (b'"failure": null, "new": 1', "the key 'new' is unknown"),
    }
    for before, (after, words) in wrong.items():
        assert before in document
        put_manifest(archive, FIRST, document.replace(before, after, 1))
        (found,) = verify(archive).findings

        assert (found.kind, words in found.detail) == ("manifest-invalid", True), found.detail


def test_newer_manifest(archive: Path) -> None:
    """A manifest of a newer version is said to be one."""
    path = archive / FIRST / archive_layout.MANIFEST
    path.write_bytes(path.read_bytes().replace(b"manifest/1", b"manifest/2"))
    (found,) = verify(archive).findings

    assert found.kind == "manifest-invalid"
    assert "image-archiver/manifest/2" in found.detail


def test_given(archive: Path, tmp_path: Path) -> None:
    """Posts, bundles, and folders of bundles can be checked alone, also outside of any archive."""
    flip(f"{FIRST}/images/one.png")(archive)
    copy = tmp_path / "elsewhere"
    shutil.copytree(archive / "posts", copy)
    second = verify(archive, given=["deep/b.md"])
    first = verify(archive, given=[str(archive / FIRST)])
    copied = verify(tmp_path / "no-archive", given=[str(copy)])
    beside = verify(archive, given=[str(copy)])

    assert second.is_sound
    assert second.checked.bundles == 1
    assert _told(first.findings) == [("altered", f"{FIRST}/images/one.png")]
    assert _told(copied.findings) == [("altered", "../elsewhere/a.md/images/one.png")]
    assert _told(beside.findings) == _told(copied.findings)  # the catalog need not have it
    with pytest.raises(UsageError, match=r"knows no post no-such-post\.md, and no folder"):
        verify(archive, given=["no-such-post.md"])


def test_damaged_journal(archive: Path) -> None:
    """The only record of the URLs of an article that was localised is missed when it is damaged."""
    path = archive / FIRST / archive_layout.JOURNAL
    write_journal(bundle_at(archive, FIRST), Journal(in_place=InPlace(
        original=digest(b"0"), localized=digest(b"1"), encoding="utf-8", changes=()
    )))  # fmt: skip
    sound = verify(archive)
    path.write_bytes(path.read_bytes()[:20])
    (found,) = verify(archive).findings

    assert sound.is_sound
    assert (found.kind, found.path) == ("altered", f"{FIRST}/{archive_layout.JOURNAL}")
    assert found.detail.startswith("it is damaged")


@pytest.mark.parametrize("table", ["posts", "captures", "posts_folded"])
def test_damaged_catalog(archive: Path, table: str) -> None:
    """Damage in any part of the catalog is a finding, and ends no check."""
    flip(f"{FIRST}/images/one.png")(archive)
    path = archive / archive_layout.CATALOG
    with closing(sqlite3.connect(path)) as catalog:
        catalog.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        statement = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        (page,) = catalog.execute(statement, (table,)).fetchone()
        (size,) = catalog.execute("PRAGMA page_size").fetchone()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = b"\xff" * size
    path.write_bytes(content)
    found = _told(verify(archive).findings)

    assert found == [
        ("catalog-differs", archive_layout.CATALOG), ("altered", f"{FIRST}/images/one.png")
    ]  # fmt: skip


def test_nothing_to_check(workshop: Workshop) -> None:
    """A folder that is no archive is refused."""
    with pytest.raises(UsageError, match="not an archive"):
        verify(workshop.blog)


def test_held(archive: Path) -> None:
    """While a run holds the archive, nothing is checked."""
    held = Archive(archive)
    try:
        with pytest.raises(ArchiveLockedError):
            verify(archive)
    finally:
        held.close()


def test_killed_before_the_manifest(site: Site, workshop: Workshop) -> None:
    """An article and images that are newer than their manifest are unfinished, not foreign."""
    workshop.write("a.md", image(site.url("/ok/one.png")))
    workshop.run()
    manifest = (workshop.archive / FIRST / archive_layout.MANIFEST).read_bytes()
    workshop.write("a.md", image(site.url("/ok/one.png")) + image(site.url("/ok/new.png")))
    workshop.run()
    put_manifest(workshop.archive, FIRST, manifest)
    found = verify(workshop.archive)
    names = ("article.md", "converted/new.jpg", "images/new.png", "thumbnails/new.320.jpg")

    assert [each.path for each in found.unfinished] == [f"{FIRST}/{name}" for name in names]
    assert _told(found.findings) == [("catalog-differs", FIRST)]


def test_killed_before_the_first_manifest(archive: Path) -> None:
    """A bundle that never had a manifest is unfinished."""
    shutil.copytree(archive / FIRST, archive / "posts/new.md")
    delete("posts/new.md/manifest.json")(archive)
    found = verify(archive)

    assert found.is_sound
    assert [each.path for each in found.unfinished] == ["posts/new.md"]


def test_catalog_behind(archive: Path) -> None:
    """Where the catalog counts otherwise or misses an image, it is told of the bundle."""
    path = archive / FIRST / archive_layout.MANIFEST
    manifest = from_document(path.read_bytes())
    put_manifest(archive, FIRST, to_document(manifest).replace(b"/ok/one.png", b"/ok/uno.png"))
    (found,) = verify(archive).findings

    assert (found.kind, found.path) == ("catalog-differs", FIRST)
    assert "/ok/uno.png" in found.detail

"""Every format: nothing of a part, nothing of the machine, and what each holds."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import zipfile
from datetime import date
from pathlib import Path

import pytest

from crawler.common import archive_layout
from crawler.errors import UsageError
from crawler.export import FORMATS, Account, Selection, Terms
from crawler.export.exporting import export
from crawler.store.manifest import from_document
from tests.conftest import Workshop, snapshot
from tests.export.judges import judge
from tests.site import picture

FILES = sorted(name for name, kind in FORMATS.items() if kind.file)
FOLDERS = sorted(name for name, kind in FORMATS.items() if kind.folder)
_CHECK = ("sha256sum", "--check", "--strict", "--quiet")
POST = "2021/空间站 & more.md"


def exported(archive: Path, name: str, destination: Path, **selected: object) -> Account:
    """Export and return the account."""
    account = Account()
    terms = Terms(selection=Selection(**selected))  # type: ignore[arg-type]  # as a test gives them
    export(archive, name, destination, terms, account)
    return account


def contents(path: Path) -> object:
    """Return the bytes of a file, or of every file of a folder."""
    return path.read_bytes() if path.is_file() else files_of(path)


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file of a folder but the offline pages, which are made again."""
    found = {name: content for name, (_, content) in snapshot(folder).items()}
    return {
        name: content for name, content in found.items() if Path(name).name != archive_layout.PAGE
    }


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_same_bytes(archive: Path, tmp_path: Path, name: str) -> None:
    """Two exports are alike to the byte, also of a copy of the archive with other dates."""
    copy = tmp_path / "elsewhere" / "copy"
    shutil.copytree(archive, copy, copy_function=shutil.copyfile)
    for path in copy.rglob("*"):
        if path.suffix != ".sqlite":
            os.utime(path, (1_000_000_000, 1_000_000_000))
    for root, destination in ((archive, "1"), (archive, "2"), (copy, "3")):
        exported(root, name, tmp_path / destination)
    one, two, three = (contents(tmp_path / number) for number in "123")

    assert one == two
    assert one == three


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_empty_archive(workshop: Workshop, tmp_path: Path, name: str) -> None:
    """An archive without a bundle is exported as nothing, and nothing is missing."""
    workshop.write("a.md", "no image\n")
    workshop.run()
    account = exported(workshop.archive, name, tmp_path / "out")

    assert (tmp_path / "out").exists()
    assert (account.posts, account.gaps) == (0, [])


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_nothing_is_half_written(archive: Path, tmp_path: Path, name: str) -> None:
    """Where an export breaks off, nothing stands under its name, nor beside it."""
    copy = tmp_path / "copy"
    shutil.copytree(archive, copy)
    last = max(copy.glob("posts/**/manifest.json"))

    class Stopping(Account):
        """Is interrupted at the last bundle."""

        @property
        def posts(self) -> int:
            return 0

        @posts.setter
        def posts(self, _: int) -> None:
            if not last.exists():
                raise KeyboardInterrupt
            last.rename(last.with_name("aside"))

    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(KeyboardInterrupt):
        export(copy, name, tmp_path / "out", Terms(), Stopping())

    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_nothing_is_overwritten(archive: Path, tmp_path: Path, name: str) -> None:
    """What stands at the destination stays, unless it is a file that may be replaced."""
    path = tmp_path / "out"
    if FORMATS[name].folder:
        path.mkdir()
        (path / "mine").write_text("mine")
    else:
        path.write_text("mine")
    before = contents(path)
    with pytest.raises(UsageError, match="exists"):
        exported(archive, name, path)

    assert contents(path) == before


@pytest.mark.parametrize("name", FILES)
def test_overwriting(archive: Path, tmp_path: Path, name: str) -> None:
    """A file that may be replaced is."""
    (tmp_path / "out").write_text("mine")
    export(archive, name, tmp_path / "out", Terms(overwrite=True), Account())

    assert (tmp_path / "out").read_bytes() != b"mine"


@pytest.mark.parametrize("inner", ["posts/out", "catalog.sqlite", "runs/out", "index.html"])
def test_destination_in_the_archive(archive: Path, tmp_path: Path, inner: str) -> None:
    """Nothing is written among the bundles, where it looks like damage, nor over the catalog."""
    exported(archive, "csv", tmp_path / "out")  # whoever reads last takes SQLite's log away
    before = sorted(archive.rglob("*")), (archive / "catalog.sqlite").read_bytes()
    with pytest.raises(UsageError, match="belongs to the archive itself"):
        export(archive, "csv", archive / inner, Terms(overwrite=True), Account())

    assert (sorted(archive.rglob("*")), (archive / "catalog.sqlite").read_bytes()) == before


@pytest.mark.parametrize("name", ["jsonl", "zip"])
def test_one_post(archive: Path, tmp_path: Path, name: str) -> None:
    """One post is exported alone; one that is not there is named with what is like it."""
    account = exported(archive, name, tmp_path / "out", posts=frozenset({POST}))

    assert account.posts == 1
    with pytest.raises(UsageError, match=r"no post agian\.md; did you mean .*\n  again\.md"):
        exported(archive, name, tmp_path / "no", posts=frozenset({"agian.md"}))
    with pytest.raises(UsageError, match="no image was found in the post none"):
        exported(archive, name, tmp_path / "no", posts=frozenset({"none.md"}))


def test_selection_by_state_and_date(archive: Path, tmp_path: Path) -> None:
    """Rows are the entries that were asked for; a bundle comes whole if one of its entries was."""
    rows = exported(archive, "jsonl", tmp_path / "rows", states=frozenset({"failed"}))
    failed = [json.loads(line) for line in (tmp_path / "rows").read_text().splitlines()]
    exported(archive, "zip", tmp_path / "zip", states=frozenset({"failed"}))
    later = exported(archive, "jsonl", tmp_path / "later", since=date(2222, 1, 1))
    with zipfile.ZipFile(tmp_path / "zip") as archive_file:
        names = archive_file.namelist()

    assert rows.entries == len(failed) == 1
    assert failed[0]["failure"]["code"] == "gone"
    assert {name.split("/images/")[0] for name in names if "/images/" in name} == {
        failed[0]["bundle"]
    }
    assert f"posts/{POST}/images/ok.png" in names
    assert (later.posts, later.entries) == (0, 0)


def test_without_a_catalog(archive: Path, tmp_path: Path) -> None:
    """The manifests are enough: an archive whose catalog is lost gives the same."""
    copy = tmp_path / "copy"
    shutil.copytree(archive, copy, ignore=shutil.ignore_patterns(f"{archive_layout.CATALOG}*"))
    exported(archive, "tar", tmp_path / "1")
    exported(copy, "tar", tmp_path / "2")

    assert contents(tmp_path / "1") == contents(tmp_path / "2")


def test_no_archive(tmp_path: Path) -> None:
    """A folder that is no archive is refused, and nothing is written."""
    with pytest.raises(UsageError, match="is not an archive"):
        exported(tmp_path, "zip", tmp_path / "out")

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"csv", "jsonl", "sha256sums"}))
def test_damage_is_not_exported(archive: Path, tmp_path: Path, name: str) -> None:
    """What is altered, missing or unreadable is left out and told; all else is there."""
    copy = tmp_path / "copy"
    shutil.copytree(archive, copy, copy_function=shutil.copyfile)
    bundle = copy / "posts" / POST
    (bundle / "images" / "ok.png").write_bytes(b"not what was archived")
    (bundle / "thumbnails" / "ok.320.jpg").unlink()
    (copy / "posts" / "again.md" / "manifest.json").write_text("{}")
    account = exported(copy, name, tmp_path / "out")

    assert sorted((gap.kind, gap.path) for gap in account.gaps) == [
        ("altered", f"posts/{POST}/images/ok.png"),
        ("manifest-invalid", "posts/again.md/manifest.json"),
        ("missing", f"posts/{POST}/thumbnails/ok.320.jpg"),
    ]
    assert account.files > 0


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_manifest_that_leads_out(archive: Path, tmp_path: Path, name: str) -> None:
    """Nothing is read or written where a manifest leads out of its bundle."""
    bundle = tmp_path / "copy" / "posts" / "again.md"
    shutil.copytree(archive / "posts" / "again.md", bundle)
    (bundle / "images" / "ok.png").rename(tmp_path / "copy" / "ok.png")
    manifest = bundle / "manifest.json"
    document = manifest.read_bytes()
    manifest.write_bytes(document.replace(b'"images/ok.png"', b'"../../ok.png"'))
    account = exported(tmp_path / "copy", name, tmp_path / "deep" / "out")

    assert [(gap.kind, gap.path) for gap in account.gaps] == [
        ("manifest-invalid", "posts/again.md/manifest.json")
    ]
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["out"]


def test_linked_folder(archive: Path, tmp_path: Path) -> None:
    """Bundles of a folder that was moved to another disk and linked are exported, too."""
    copy = tmp_path / "copy"
    shutil.copytree(archive, copy)
    (copy / "posts" / "2021").rename(tmp_path / "moved")
    (copy / "posts" / "2021").symlink_to(tmp_path / "moved")
    account = exported(copy, "zip", tmp_path / "out")

    assert (account.posts, account.gaps) == (3, [])


def test_bundle_that_is_gone(archive: Path, tmp_path: Path) -> None:
    """A bundle that the catalog knows, and that is not there, is missing."""
    copy = tmp_path / "copy"
    shutil.copytree(archive, copy)
    shutil.rmtree(copy / "posts" / "again.md")
    account = exported(copy, "zip", tmp_path / "out")

    assert [(gap.kind, gap.path) for gap in account.gaps] == [
        ("missing", "posts/again.md/manifest.json")
    ]


@pytest.mark.parametrize("name", ["zip", "tar"])
def test_packed(archive: Path, tmp_path: Path, name: str) -> None:
    """A zip and a tar hold every file that the manifests name, byte for byte."""
    exported(archive, name, tmp_path / "out")
    command = {"zip": ["unzip", "-tq"], "tar": ["tar", "-tf"]}[name]
    shutil.unpack_archive(tmp_path / "out", tmp_path / "unpacked", name)

    assert judge(*command, tmp_path / "out") == 0
    assert contents(tmp_path / "unpacked" / "posts") == contents(archive / "posts")


def test_rows(archive: Path, tmp_path: Path) -> None:
    """CSV and JSON Lines have a row for each entry; its file is where the row says."""
    exported(archive, "csv", tmp_path / "csv")
    exported(archive, "jsonl", tmp_path / "jsonl")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "csv").read_bytes().decode())))
    lines = [json.loads(line) for line in (tmp_path / "jsonl").read_text().split("\n")[:-1]]
    manifests = [
        from_document(path.read_bytes()) for path in sorted(archive.rglob("manifest.json"))
    ]

    assert sorted((row["post"], row["url"]) for row in rows) == sorted(
        (manifest.post.id, entry.url) for manifest in manifests for entry in manifest.entries
    )
    assert [row["url"] for row in rows] == [line["url"] for line in lines]
    for row, line in zip(rows, lines, strict=True):
        path = archive / line["bundle"] / line["original"]["path"] if line["original"] else None
        assert (archive / row["path"] if row["path"] else None) == path
        assert path is None or path.stat().st_size == int(row["size"])


def test_no_formulas(workshop: Workshop, tmp_path: Path) -> None:
    """In a CSV no text of others is a formula; as JSON it is what it was."""
    workshop.write("=1.md", "---\ntitle: '=2'\nauthor: '@3'\n---\n![-4](+5.png)")
    workshop.run()
    exported(workshop.archive, "csv", tmp_path / "csv")
    exported(workshop.archive, "jsonl", tmp_path / "jsonl")
    failed = workshop.command("status", "--failed", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO((tmp_path / "csv").read_text()))
    line = json.loads((tmp_path / "jsonl").read_text())

    assert [row[name] for name in ("post", "title", "author", "alt", "url")] == [
        "'=1.md", "'=2", "'@3", "'-4", "'+5.png",
    ]  # fmt: skip
    assert failed.stdout.splitlines()[1].startswith("'=1.md,'+5.png,")
    assert (line["post"]["title"], line["url"]) == ("=2", "+5.png")


def test_sha256sums(archive: Path, tmp_path: Path) -> None:
    """``sha256sum -c`` passes in the archive's folder, and fails where a byte was altered."""
    exported(archive, "sha256sums", tmp_path / "sums")
    copy = tmp_path / "copy"
    shutil.copytree(archive, copy, copy_function=shutil.copyfile)
    (copy / "posts" / POST / "images" / "ok.png").write_bytes(b"x")

    assert len((tmp_path / "sums").read_text().splitlines()) == len(files_of(archive / "posts"))
    assert judge(*_CHECK, tmp_path / "sums", cwd=archive) == 0
    assert judge(*_CHECK, tmp_path / "sums", cwd=copy) == 1


def test_sha256sums_of_strange_names(workshop: Workshop, tmp_path: Path) -> None:
    """Names with line feeds and backslashes are escaped as sha256sum has it; in place they may."""
    folder = workshop.blog / "a\\b\nc"
    folder.mkdir()
    (folder / "local.png").write_bytes(picture("/local.png", size=(9, 9)))
    workshop.write("a\\b\nc/index.md", "![](local.png)")
    workshop.run(ARCHIVE_IN_PLACE=True)
    account = exported(workshop.archive, "sha256sums", tmp_path / "sums")

    assert (account.posts, account.gaps) == (1, [])
    assert judge(*_CHECK, tmp_path / "sums", cwd=workshop.archive) == 0


def test_in_place(archive: Path, workshop: Workshop, tmp_path: Path) -> None:
    """Rows and sums tell of bundles beside their articles; formats of bundles say they have not."""
    shutil.copy(archive.parent / "blog" / "local.png", workshop.blog)
    workshop.write("a.md", "![](local.png)")
    workshop.run(ARCHIVE_IN_PLACE=True)
    rows = exported(workshop.archive, "csv", tmp_path / "rows")
    sums = exported(workshop.archive, "sha256sums", tmp_path / "sums")
    packed = exported(workshop.archive, "zip", tmp_path / "zip")

    assert (rows.entries, rows.gaps, sums.gaps) == (1, [], [])
    assert judge(*_CHECK, tmp_path / "sums", cwd=workshop.archive) == 0
    assert packed.posts == 0
    assert [(gap.kind, gap.path) for gap in packed.gaps] == [("in-place", "../blog/a")]

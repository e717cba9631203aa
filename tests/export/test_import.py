"""What was exported comes back: whole, once, and only into its place."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings

from crawler.common import archive_layout
from crawler.errors import UsageError
from crawler.export.bagit import DATA
from crawler.export.importing import Imported, Progress, import_bundles
from crawler.models import Manifest
from crawler.store.archive import Archive
from crawler.store.manifest import from_document, to_document
from crawler.verify import verify
from tests.conftest import Workshop, image, snapshot
from tests.export.archives import archives, lay_out
from tests.export.test_formats import POST, contents, exported, files_of
from tests.export.test_unpacking import tarred, zipped
from tests.site import Site, picture

BUNDLES = ("bagit", "tar", "zip")


def imported(root: Path, source: Path) -> Imported:
    """Import and return what was done."""
    return import_bundles(root, source, Progress())


def rows(root: Path) -> list[tuple[object, ...]]:
    """Return what the catalog has of the posts in bundles, and of the images on the network."""
    archive = Archive(root)
    try:
        posts = [
            (row.id, row.bundle, row.summary, row.failures, row.due)
            for row in archive.catalog.posts()
            if row.bundle
        ]
        return [*posts, *sorted(archive.catalog.states())]
    finally:
        archive.close()


@pytest.mark.parametrize("name", BUNDLES)
def test_there_and_back(archive: Path, tmp_path: Path, name: str) -> None:
    """Exported and imported, an archive is the same: its files, its catalog, and verify agree."""
    exported(archive, name, tmp_path / "out")
    before = contents(tmp_path / "out")
    done = imported(tmp_path / "back", tmp_path / "out")

    assert (len(done.taken), done.present, done.findings) == (3, (), ())
    assert contents(tmp_path / "back" / "posts") == contents(archive / "posts")
    assert verify(tmp_path / "back").findings == ()
    assert rows(tmp_path / "back") == [
        row for row in rows(archive) if not str(row[0]).startswith("data:")
    ]
    assert contents(tmp_path / "out") == before
    assert sorted(path.name for path in (tmp_path / "back").iterdir()) == [
        ".lock", "catalog.sqlite", "posts",
    ]  # fmt: skip


def test_next_run_asks_for_nothing(site: Site, workshop: Workshop, tmp_path: Path) -> None:
    """After an import, a run over the same sources asks for no image and writes no manifest."""
    workshop.write("a.md", image(site.url("/ok.png")) + image(site.url("/ok/2.jpg")))
    workshop.write("b.md", image(site.url("/ok.png")))
    workshop.run()
    exported(workshop.archive, "zip", tmp_path / "out.zip")
    shutil.rmtree(workshop.archive)
    imported(workshop.archive, tmp_path / "out.zip")
    before = files_of(workshop.archive / "posts")
    run = workshop.run()

    assert (site.hits("/ok.png"), site.hits("/ok/2.jpg")) == (1, 1)
    assert run.stats.states["archived"] == 3
    assert files_of(workshop.archive / "posts") == before


def test_shared_originals(archive: Path, tmp_path: Path) -> None:
    """The same original in two bundles is one file again."""
    exported(archive, "tar", tmp_path / "out")
    imported(tmp_path / "back", tmp_path / "out")
    posts = tmp_path / "back" / "posts"

    assert (posts / POST / "images" / "ok.png").samefile(posts / "again.md" / "images" / "ok.png")


def test_post_that_had_no_image(archive: Path, workshop: Workshop, tmp_path: Path) -> None:
    """A post of which the archive knows only that it named no image gets its bundle."""
    workshop.write("again.md", "no image\n")
    workshop.run()
    exported(archive, "zip", tmp_path / "out", posts=frozenset({"again.md"}))
    done = imported(workshop.archive, tmp_path / "out")

    assert done.taken == ("posts/again.md",)
    assert verify(workshop.archive).findings == ()


@pytest.mark.parametrize("name", BUNDLES)
def test_again(archive: Path, tmp_path: Path, name: str) -> None:
    """What the archive has already is passed over, and what a killed import left is completed."""
    exported(archive, name, tmp_path / "out")
    imported(tmp_path / "back", tmp_path / "out")
    shutil.rmtree(tmp_path / "back" / "posts" / "again.md")
    for path in (tmp_path / "back").glob("catalog*"):
        path.unlink()
    (tmp_path / "back" / ".import-x.image-archiver-part").mkdir()
    done = imported(tmp_path / "back", tmp_path / "out")

    assert done.taken == ("posts/again.md",)
    assert len(done.present) == 2
    assert contents(tmp_path / "back" / "posts") == contents(archive / "posts")
    assert verify(tmp_path / "back").findings == ()
    assert not (tmp_path / "back" / ".import-x.image-archiver-part").exists()


def test_nothing_is_overwritten(archive: Path, tmp_path: Path) -> None:
    """A post that the archive has otherwise stops the import before anything is taken."""
    exported(archive, "zip", tmp_path / "out")
    back = tmp_path / "back"
    imported(back, tmp_path / "out")
    path = back / "posts" / "again.md" / "manifest.json"
    manifest = from_document(path.read_bytes())
    path.write_bytes(to_document(manifest).replace(b"local.png", b"other.png"))
    shutil.rmtree(back / "posts" / POST)
    before = snapshot(back / "posts")
    with pytest.raises(UsageError, match="nothing is ever overwritten:\n  the archive has"):
        imported(back, tmp_path / "out")

    assert snapshot(back / "posts") == before


def test_what_was_lost(archive: Path, tmp_path: Path) -> None:
    """A bundle that is gone and a file that is missing come back; the catalog fits them."""
    exported(archive, "zip", tmp_path / "out")
    before = contents(archive / "posts")
    shutil.rmtree(archive / "posts" / POST)
    (archive / "posts" / "again.md" / "images" / "ok.png").unlink()
    (archive / "posts" / "again.md" / "article.md").write_text("mine")
    done = imported(archive, tmp_path / "out")
    kept = (archive / "posts" / "again.md" / "article.md").read_text()
    (archive / "posts" / "again.md" / "article.md").unlink()
    last = imported(archive, tmp_path / "out")

    assert (done.taken, done.completed) == (
        (f"posts/{POST}",), ("posts/again.md/images/ok.png",)
    )  # fmt: skip
    assert (last.taken, last.completed) == ((), ("posts/again.md/article.md",))
    assert kept == "mine"
    assert contents(archive / "posts") == before
    assert verify(archive).findings == ()


def test_older_bundle(site: Site, workshop: Workshop, tmp_path: Path) -> None:
    """Where a bundle comes back from before its article changed, the next run reads the article."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    exported(workshop.archive, "zip", tmp_path / "out")
    workshop.write("a.md", image(site.url("/ok/2.png")))
    workshop.run()
    shutil.rmtree(workshop.bundle("a.md"))
    imported(workshop.archive, tmp_path / "out")
    workshop.run()

    assert workshop.manifest("a.md").entries[0].url == site.url("/ok/2.png")
    assert verify(workshop.archive).findings == ()


def test_something_in_the_way(archive: Path, tmp_path: Path) -> None:
    """Files in the place of a bundle stay, and so does a bundle around it."""
    exported(archive, "zip", tmp_path / "out")
    for number, inner in enumerate(("again.md/mine.txt", "again.md")):
        path = tmp_path / str(number) / "posts" / inner
        path.parent.mkdir(parents=True)
        path.write_text("mine")
        with pytest.raises(UsageError, match=r"posts/again.md: the archive has something there"):
            imported(tmp_path / str(number), tmp_path / "out")

        assert path.read_text() == "mine"


@pytest.mark.parametrize("name", BUNDLES)
def test_damage(archive: Path, tmp_path: Path, name: str) -> None:
    """Where anything in the source is altered or missing, it is named and nothing is taken."""
    exported(archive, name, tmp_path / "out")
    folder = tmp_path / "out"
    if name != "bagit":
        folder = tmp_path / "unpacked"
        shutil.unpack_archive(tmp_path / "out", folder, name)
    base = folder / DATA if name == "bagit" else folder
    bundle = base / "posts" / "again.md"
    (bundle / "images" / "ok.png").write_bytes(picture("/other.png"))
    (bundle / "article.md").unlink()
    done = imported(tmp_path / "back", folder)

    found = {(finding.kind, finding.path.removeprefix("data/")) for finding in done.findings}
    altered = {("altered", "posts/again.md/images/ok.png")}
    # The library reads no file of a bag that is not complete.
    assert found - altered == {("missing", "posts/again.md/article.md")}
    assert found >= altered or name == "bagit"
    assert not (tmp_path / "back" / "posts").exists()


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (
            b'"path": "images/ok.png"',
            b'"path": "../../ok.png"',
            "original.path` is of another form",
        ),
        (b'"path": "article.md"', b'"path": "../article.md"', "a bundle in place"),
        (b'"id": "again.md"', b'"id": "other.md"', "which is elsewhere"),
        (b'"state": "archived"', b'"state": "unheard"', "damaged"),
        (b"manifest/1", b"manifest/9", "reads"),
    ],
)
def test_wrong_manifest(
    archive: Path, tmp_path: Path, before: bytes, after: bytes, words: str
) -> None:
    """A manifest that cannot be what it says stops the import; nothing is read that it leads to."""
    folder = tmp_path / "folder" / "posts" / "again.md"
    shutil.copytree(archive / "posts" / "again.md", folder)
    document = (folder / "manifest.json").read_bytes()
    assert before in document
    (folder / "manifest.json").write_bytes(document.replace(before, after))
    done = imported(tmp_path / "back", tmp_path / "folder")

    assert {finding.kind for finding in done.findings} == {"manifest-invalid"}
    assert any(words in finding.detail for finding in done.findings)
    assert not (tmp_path / "back" / "posts").exists()


def _bag_within(archive: Path, folder: Path) -> Path:
    exported(archive, "bagit", folder / "bag")
    return Path(shutil.make_archive(str(folder / "bag"), "gztar", folder, "bag"))


def _archive_by_hand(archive: Path, folder: Path) -> Path:
    copy = folder / "by-hand" / "my archive"
    shutil.copytree(archive, copy)
    (copy / ".DS_Store").write_text("")
    (copy / "posts" / "again.md" / "notes.txt").write_text("of the owner")
    return Path(shutil.make_archive(str(folder / "by-hand"), "zip", folder / "by-hand"))


def _archive_itself(archive: Path, folder: Path) -> Path:
    return Path(shutil.copytree(archive, folder / "copy"))


@pytest.mark.parametrize("make", [_bag_within, _archive_by_hand, _archive_itself])
def test_other_sources(make: object, archive: Path, tmp_path: Path) -> None:
    """A bag in a tar, an archive that was packed by hand, and one that was copied are read, too."""
    assert callable(make)
    done = imported(tmp_path / "back", make(archive, tmp_path))

    assert (len(done.taken), done.findings) == (3, ())
    assert verify(tmp_path / "back").findings == ()


def test_one_bundle(archive: Path, tmp_path: Path) -> None:
    """One bundle that was zipped alone comes to where its post belongs."""
    zipped_alone = shutil.make_archive(
        str(tmp_path / "bundle"), "zip", archive / "posts" / Path(POST).parent, Path(POST).name
    )
    done = imported(tmp_path / "back", Path(zipped_alone))

    assert done.taken == (f"posts/{POST}",)
    assert verify(tmp_path / "back").findings == ()


def test_bundle_that_leads_out(archive: Path, tmp_path: Path) -> None:
    """A bundle whose post is called as a path out of the archive is refused."""
    folder = tmp_path / "folder"
    shutil.copytree(archive / "posts" / "again.md", folder)
    document = (folder / "manifest.json").read_bytes()
    (folder / "manifest.json").write_bytes(
        document.replace(b'"id": "again.md"', b'"id": "../../out.md"')
    )
    with pytest.raises(UsageError, match=r"post\.id` is of another form"):
        imported(tmp_path / "back", folder)

    assert not (tmp_path / "out.md").exists()


def test_bag_that_leads_out(archive: Path, tmp_path: Path) -> None:
    """A bag whose names mean something else than they say is refused."""
    exported(archive, "bagit", tmp_path / "bag", posts=frozenset({"again.md"}))
    posts = tmp_path / "bag" / "data" / "posts"
    (posts / "again.md").rename(posts / "=2E=2E")
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        path = tmp_path / "bag" / name
        path.write_text(path.read_text().replace("posts/again.md", "posts/=2E=2E"))
    (tmp_path / "bag" / "tagmanifest-sha256.txt").unlink()
    with pytest.raises(UsageError, match="has a name that no path is called"):
        imported(tmp_path / "back", tmp_path / "bag")


@pytest.mark.parametrize("inner", ["article.md", "manifest.json", "images/ok.png"])
def test_links(archive: Path, tmp_path: Path, inner: str) -> None:
    """A link in a folder is not followed: what it leads to may be anybody's."""
    bundle = tmp_path / "folder" / "posts" / "again.md"
    shutil.copytree(archive / "posts" / "again.md", bundle)
    (bundle / inner).rename(tmp_path / "elsewhere")
    (bundle / inner).symlink_to(tmp_path / "elsewhere")
    done = imported(tmp_path / "back", tmp_path / "folder")

    assert len(done.findings) == 1
    assert not (tmp_path / "back" / "posts").exists()


def test_nothing_of_an_export(tmp_path: Path) -> None:
    """What holds no bundle is refused, whatever it is."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x.txt").write_text("x")
    sources = [
        tmp_path / "folder",
        zipped(tmp_path / "x.zip", ("x.txt", b"x")),
        tarred(tmp_path / "x.tar", ("x.txt", b"x")),
        tmp_path / "none",
    ]
    for source in sources:
        with pytest.raises(UsageError):
            imported(tmp_path / "back", source)


def test_empty(workshop: Workshop, tmp_path: Path) -> None:
    """An export of nothing is imported as nothing."""
    workshop.write("a.md", "no image\n")
    workshop.run()
    for name in BUNDLES:
        exported(workshop.archive, name, tmp_path / name)

        assert imported(tmp_path / "back", tmp_path / name) == Imported()
    assert zipfile.is_zipfile(tmp_path / "zip")
    assert tarfile.is_tarfile(tmp_path / "tar")
    assert (tmp_path / "back" / archive_layout.CATALOG).is_file()


_WORKER = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("name", BUNDLES)
@_WORKER
@given(posts=archives())
def test_any_archive(name: str, posts: list[tuple[str, Manifest]]) -> None:
    """Whatever an archive holds: exported and imported, every manifest is the same to the byte.

    And `verify` finds nothing.
    """
    with TemporaryDirectory() as folder:
        root = Path(folder)
        lay_out(root / "archive", posts)
        account = exported(root / "archive", name, root / "out")
        done = imported(root / "back", root / "out")

        assert (account.gaps, done.findings) == ([], ())
        assert len(done.taken) == account.posts == len(posts)
        assert verify(root / "back").findings == ()
        if posts:
            assert contents(root / "back" / "posts") == contents(root / "archive" / "posts")

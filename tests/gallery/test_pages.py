"""The files of the pages: which are written, when, and where."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from crawler.common import archive_layout
from crawler.errors import UsageError
from crawler.gallery.viewing import view
from crawler.sources import discover
from crawler.store.archive import Archive
from tests.conftest import Workshop, image, snapshot
from tests.gallery.conftest import pages
from tests.site import picture

_LEDGER = "gallery/pages.sqlite"


@pytest.fixture(name="blog")
def _blog(workshop: Workshop) -> Workshop:
    """Three posts of two months with pictures of their own, archived."""
    for number, month in enumerate(("2021-11", "2021-12", "2021-12")):
        workshop.write(f"{number}.png", picture(f"{number}.png"))
        head = f"---\ntitle: Post {number}\ndate: {month}-0{number + 1}\n---\n"
        workshop.write(f"post-{number}.md", head + image(f"{number}.png") + image("gone.png"))
    workshop.run()
    return workshop


def _derived(archive: Path) -> dict[str, tuple[int, bytes]]:
    return {
        name: content
        for name, content in snapshot(archive).items()
        if name.endswith((".html", ".js", ".css")) and "article." not in name
    }


def _changed(before: dict[str, tuple[int, bytes]], after: dict[str, tuple[int, bytes]]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def test_unchanged(blog: Workshop) -> None:
    """What is up to date is left untouched, by a run and by the verb."""
    before = snapshot(blog.archive)
    blog.run()
    report = view(blog.archive)

    assert (report.posts, report.written, report.complete) == (3, 0, True)
    assert _derived(blog.archive) == {
        n: c for n, c in before.items() if n in _derived(blog.archive)
    }


def test_one_changed_post(blog: Workshop) -> None:
    """One changed post touches its page and the data of its month."""
    before = _derived(blog.archive)
    path = blog.blog / "post-1.md"
    blog.write("post-1.md", path.read_text().replace("Post 1", "Another title"))
    blog.run()

    assert _changed(before, _derived(blog.archive)) == {
        "posts/post-1.md/index.html",
        *(f"gallery/data/{kind}-2021-12-0.js" for kind in ("posts", "images", "missing")),
    }


def test_another_month(blog: Workshop) -> None:
    """A post that moves to another month leaves no data behind."""
    path = blog.blog / "post-0.md"
    blog.write("post-0.md", path.read_text().replace("2021-11", "2020-05"))
    blog.run()
    data = {path.name for path in (blog.archive / "gallery/data").iterdir()}

    assert {name for name in data if "2021-11" in name} == set()
    assert {"posts-2020-05-0.js", "posts-2021-12-0.js"} <= data


def test_made_again_alike(blog: Workshop) -> None:
    """Pages that were removed, all or some, come again byte for byte."""
    before = {name: content for name, (_, content) in _derived(blog.archive).items()}
    shutil.rmtree(blog.archive / "gallery")
    for path in blog.archive.rglob(archive_layout.PAGE):
        path.unlink()
    view(blog.archive)
    all_again = {name: content for name, (_, content) in _derived(blog.archive).items()}
    (blog.bundle("post-1.md") / archive_layout.PAGE).unlink()
    (blog.bundle("post-2.md") / archive_layout.PAGE).write_bytes(b"")
    (blog.archive / _LEDGER).write_bytes(b"damaged" * 2000)
    view(blog.archive)

    assert all_again == before
    assert {n: content for n, (_, content) in _derived(blog.archive).items()} == before


def test_removed_bundle(blog: Workshop) -> None:
    """A post whose bundle is gone is gone from the gallery too."""
    shutil.rmtree(blog.bundle("post-0.md"))
    report = view(blog.archive)

    assert report.posts == 2
    assert not list((blog.archive / "gallery/data").glob("*-2021-11-*"))


def test_index_of_somebody_else(blog: Workshop) -> None:
    """An index.html that is not ours stays, and the page stands in the gallery."""
    theirs = blog.bundle("post-1.md") / archive_layout.PAGE
    theirs.write_text("<p>mine</p>")
    view(blog.archive)
    page = blog.archive / "gallery/posts/post-1.md/index.html"

    assert theirs.read_text() == "<p>mine</p>"
    assert 'src="../../../posts/post-1.md/images/1.png"' in page.read_text()


def test_in_place(workshop: Workshop) -> None:
    """In place no page stands among the author's files; it is in the archive, with their images."""
    workshop.write("a/x.png", picture("x.png"))
    workshop.write("a/index.md", image("x.png"))
    workshop.run(ARCHIVE_IN_PLACE=True)
    page = workshop.archive / "gallery/posts/a/index.md/index.html"

    assert not list(workshop.blog.rglob("*.html"))
    assert 'src="../../../../../blog/a/images/x.png"' in page.read_text()
    assert [article.source for article in discover(workshop.blog)] == ["a/index.md"]


def test_no_pages(workshop: Workshop) -> None:
    """Where pages are not wanted, none are written."""
    workshop.write("x.png", picture("x.png"))
    workshop.write("a.md", image("x.png"))
    result = workshop.command("archive", "blog", "--no-pages")

    assert result.returncode == 0
    assert pages(workshop.archive) == []


def test_verb(blog: Workshop) -> None:
    """The verb says what it wrote, as a document too; where no archive is, exit 2."""
    result = blog.command("view", "--json")
    nowhere = blog.command("view", "--archive", "nowhere")

    assert json.loads(result.stdout) == {
        "index": str(blog.archive / archive_layout.PAGE),
        "posts": 3,
        "written": 0,
    }
    assert nowhere.returncode == 2
    assert not (blog.folder / "nowhere").exists()


def test_held_archive(blog: Workshop) -> None:
    """While a run holds the archive, nobody else writes its pages: exit 6."""
    held = Archive(blog.archive)
    try:
        result = blog.command("view")
    finally:
        held.close()

    assert result.returncode == 6


def test_page_is_no_source(blog: Workshop) -> None:
    """A page of ours is no article."""
    with pytest.raises(UsageError, match="offline page"):
        discover(blog.bundle("post-1.md") / archive_layout.PAGE)


def test_what_is_not_known_to_be_whole(blog: Workshop) -> None:
    """The pages say what the archive does not know, as status does, and name no folder for it."""
    for number in range(3):
        blog.write(f"post-{number}.md", image(f"{number}.png"))
    blog.run()
    page = blog.archive / "gallery/missing.html"
    whole = page.read_text()
    blog.write("post-0.md", "---\ntitle: [\n---\nwords\n")
    blog.run(ARCHIVE_MAX_RUN_BYTES=1, ARCHIVE_MIN_FREE=2**60)
    stopped = page.read_text()
    blog.run()
    doubtful = page.read_text()
    rows = (blog.archive / "gallery/data/missing-undated-0.js").read_text()

    assert '"whole":true' in whole
    assert "Whether blog holds more is not known" in stopped
    assert str(blog.folder) not in stopped
    assert "1 post may name images that were not found." in doubtful
    assert "Whether blog" not in doubtful
    assert '"whole":false' in stopped
    assert '"whole":false' in doubtful
    assert "broken YAML front matter" in rows
    assert (
        "may name pictures that were not found"
        in (blog.bundle("post-0.md") / archive_layout.PAGE).read_text()
    )

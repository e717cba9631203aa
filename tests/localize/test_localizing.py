"""Articles are led to the archived images, in a copy or in place, and given back."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from crawler.common import archive_layout
from crawler.common.digests import digest
from crawler.common.files import replace_durably
from crawler.errors import ArchiveLockedError, UsageError
from crawler.localize.localizing import Localized, Localizing, localize
from crawler.localize.restoring import restore
from crawler.store.archive import Archive
from crawler.store.bundle import Bundle
from crawler.store.localization_journal import Change, InPlace, Journal, read_journal, write_journal
from crawler.verify.rebuild_catalog import rebuild_catalog
from tests.conftest import Workshop, image, snapshot
from tests.site import Site, picture

IN_PLACE = Localizing(to="in-place")
COPY = Localizing(to="copy")


def _localize(workshop: Workshop, asked: Localizing, *posts: str) -> dict[str, Localized]:
    return {one.post: one for one in localize(workshop.archive, posts, asked)}


def _restore(workshop: Workshop, *posts: str, forget: bool = False) -> dict[str, str]:
    return {one.post: one.outcome for one in restore(workshop.archive, posts, forget=forget)}


def test_copy(site: Site, workshop: Workshop) -> None:
    """The copy has relative links to the bundle's images; the article and its copy stay."""
    text = f"{image(site.url('/ok.png'))}\r\n`{site.url('/ok.png')}`\r\n"
    path = workshop.write("2021/a.md", text)
    workshop.run()
    done = _localize(workshop, COPY)
    bundle = workshop.bundle("2021/a.md")

    assert (bundle / "article.local.md").read_bytes() == text.replace(
        f"({site.url('/ok.png')})", "(images/ok.png)"
    ).encode()
    assert path.read_bytes() == (bundle / "article.md").read_bytes() == text.encode()
    assert done["2021/a.md"].written
    assert not _localize(workshop, COPY)["2021/a.md"].written


def test_copy_of_a_page(site: Site, workshop: Workshop) -> None:
    """A page from the network gets a copy, and nothing in place."""
    source = f"<article><p>text</p><img src='{site.url('/ok.png')}'></article>"
    url = site.serve("/page", source, media_type="text/html")
    workshop.run(url)
    (done,) = _localize(workshop, COPY).values()
    (refused,) = _localize(workshop, IN_PLACE).values()

    assert done.article is not None
    assert Path(done.article).read_text() == source.replace(site.url("/ok.png"), "images/ok.png")
    assert Path(done.article).name == "article.local.html"
    assert refused.elsewhere


def test_only_what_is_archived(site: Site, workshop: Workshop) -> None:
    """What failed, is suspect or skipped stays remote, in a srcset as well."""
    names = ("/ok.png", "/gone.png", "/pixel.png", "/ok/small.png", "/ok/large.png")
    ok, gone, pixel, small, large = (site.url(name) for name in names)
    site.serve("/pixel.png", b"no image")
    text = f"{image(ok)}{image(gone)}{image(pixel)}<img srcset='{small} 1x, {large} 2x'>"
    path = workshop.write("a.md", text)
    workshop.run()
    done = _localize(workshop, IN_PLACE)["a.md"]
    prefix = "../archive/posts/a.md/images"

    assert path.read_text() == text.replace(ok, f"{prefix}/ok.png").replace(
        large, f"{prefix}/large.png"
    )
    assert done.remote == 3
    assert not done.left


@pytest.mark.parametrize("in_place", [False, True])
def test_next_run(in_place: bool, site: Site, workshop: Workshop) -> None:
    """A run after it asks for nothing and changes nothing, also where the article is read anew."""
    path = workshop.write("a.md", image(site.url("/ok.png")) + image(site.url("/ok/2.png")))
    workshop.run(ARCHIVE_IN_PLACE=in_place)
    _localize(workshop, IN_PLACE)
    bundle = path.with_suffix("") if in_place else workshop.bundle("a.md")
    before, requests = snapshot(bundle), len(site.requests)
    passed = workshop.run(ARCHIVE_IN_PLACE=in_place)
    path.touch()
    read = workshop.run(ARCHIVE_IN_PLACE=in_place)
    (workshop.archive / "catalog.sqlite").unlink()
    anew = workshop.run(ARCHIVE_IN_PLACE=in_place)

    assert snapshot(bundle) == before
    assert len(site.requests) == requests
    assert [run.stats.unchanged_posts for run in (passed, read)] == [1, 1]
    assert all(run.stats.states["archived"] == 2 for run in (passed, read, anew))


def test_restore(site: Site, workshop: Workshop) -> None:
    """The article comes back byte for byte, with its rights, and the next run passes over it."""
    content = b"\xef\xbb\xbf" + image(site.url("/ok.png")).encode() + b"\xff  \r\n \r\n"
    path = workshop.write("a.md", content)
    path.chmod(0o640)
    workshop.run()
    _localize(workshop, IN_PLACE)
    changed = path.read_bytes()
    outcome = _restore(workshop)

    assert changed == content.replace(
        site.url("/ok.png").encode(), b"../archive/posts/a.md/images/ok.png"
    )
    assert outcome == {"a.md": "restored"}
    assert path.read_bytes() == content
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert not (workshop.bundle("a.md") / "localized.json").exists()
    assert _restore(workshop) == {}
    assert workshop.run().stats.unchanged_posts == 1


def test_changed_since(site: Site, workshop: Workshop) -> None:
    """An article that changed since is refused; localised again, it comes back with the change."""
    path = workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    _localize(workshop, IN_PLACE)
    path.write_text(f"{path.read_text()}more {image(site.url('/ok/2.png'))}")
    mine = path.read_text()

    assert _restore(workshop) == {"a.md": "refused"}
    assert path.read_text() == mine
    run = workshop.run()
    urls = [site.url("/ok.png"), site.url("/ok/2.png")]
    assert run.stats.states["archived"] == run.stats.entries == 2
    assert [entry.url for entry in workshop.manifest("a.md").entries] == urls
    assert all(entry.references for entry in workshop.manifest("a.md").entries)
    assert site.hits("/ok.png") == 1
    _localize(workshop, IN_PLACE)
    assert site.url("") not in path.read_text()
    assert _restore(workshop) == {"a.md": "restored"}
    assert path.read_text() == f"{image(urls[0])}more {image(urls[1])}"


def test_forget(site: Site, workshop: Workshop) -> None:
    """What changed since can be left as it is; then it is its author's own."""
    path = workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    _localize(workshop, IN_PLACE)
    path.write_text("all new")

    assert _restore(workshop, forget=True) == {"a.md": "forgotten"}
    assert path.read_text() == "all new"
    assert _restore(workshop) == {}


@pytest.mark.parametrize(
    ("configuration", "article", "link"),
    [
        (None, "posts/a.md", "a/images/ok.png"),
        (("_config.yml", "post_asset_folder: true\n"), "source/_posts/a.md", "images/ok.png"),
        (("_config.yml", "post_asset_folder: false\n"), "source/_posts/a.md", "a/images/ok.png"),
        (("hugo.toml", ""), "content/posts/a.md", "images/ok.png"),
        (("hugo.toml", ""), "content/posts/a/index.md", "images/ok.png"),
        (None, "posts/a/index.md", "images/ok.png"),
    ],
)
def test_engines(
    configuration: tuple[str, str] | None,
    article: str,
    link: str,
    site: Site,
    workshop: Workshop,
) -> None:
    """In place, links are right for Hexo's asset folders, Hugo's bundles, and plain files."""
    if configuration is not None:
        workshop.write(*configuration)
    path = workshop.write(article, image(site.url("/ok.png")))
    workshop.run(ARCHIVE_IN_PLACE=True)
    _localize(workshop, IN_PLACE)

    assert path.read_text() == image(link)
    assert workshop.run(ARCHIVE_IN_PLACE=True).stats.states["archived"] == 1
    assert site.hits("/ok.png") == 1


def test_copy_in_place(site: Site, workshop: Workshop) -> None:
    """A copy in a bundle beside the article is no article, and no file of the author is lost."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run(ARCHIVE_IN_PLACE=True)
    own = workshop.write("a/article.local.md", "the author's own")
    refused = _localize(workshop, COPY)["a.md"]
    kept = own.read_text()
    own.unlink()
    _localize(workshop, COPY)

    assert kept == "the author's own"
    assert refused.problem is not None
    assert own.read_text() == image("images/ok.png")
    assert workshop.run(ARCHIVE_IN_PLACE=True).stats.posts == 1


def test_link_prefix(site: Site, workshop: Workshop) -> None:
    """With a prefix, links lead to where the archive is served."""
    path = workshop.write("it's (1).md", image(site.url("/ok.png")))
    workshop.run()
    _localize(workshop, Localizing(to="in-place", prefix="/archive"))

    assert path.read_text() == image("/archive/posts/it%27s%20%281%29.md/images/ok.png")
    with pytest.raises(UsageError, match="--link-prefix"):
        _localize(workshop, Localizing(to="in-place", prefix="a b"))


def test_converted(site: Site, workshop: Workshop) -> None:
    """The converted copy is led to on request, where there is one."""
    path = workshop.write("a.md", image(site.url("/ok.png")) + image(site.url("/ok/2.jpg")))
    workshop.run()
    _localize(workshop, Localizing(to="in-place", use="converted"))

    assert path.read_text() == image("../archive/posts/a.md/converted/ok.jpg") + image(
        "../archive/posts/a.md/images/2.jpg"
    )


def test_own_images_stay(workshop: Workshop) -> None:
    """In place, an image beside the article stays the one; a copy is led to the bundle's."""
    workshop.write("mine.png", picture("/mine.png"))
    path = workshop.write("a.md", image("mine.png"))
    workshop.run()
    in_place, copy = _localize(workshop, IN_PLACE)["a.md"], _localize(workshop, COPY)["a.md"]

    assert not in_place.written
    assert path.read_text() == image("mine.png")
    assert copy.article is not None
    assert Path(copy.article).read_text() == image("images/mine.png")


def test_lost_image(site: Site, workshop: Workshop) -> None:
    """A reference whose file is missing is left alone, with the reason."""
    path = workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    (workshop.bundle("a.md") / "images" / "ok.png").unlink()
    (left,) = _localize(workshop, IN_PLACE)["a.md"].left

    assert "images/ok.png is missing" in left.reason
    assert path.read_text() == image(site.url("/ok.png"))


def test_linked_article(site: Site, workshop: Workshop) -> None:
    """Where the article is a link to a file, the file is written and the link stays."""
    file = workshop.folder / "blog" / "texts" / "a.txt"
    file.parent.mkdir()
    file.write_text(image(site.url("/ok.png")))
    link = workshop.blog / "a.md"
    link.symlink_to(file)
    workshop.run()
    _localize(workshop, IN_PLACE)

    assert link.is_symlink()
    assert file.read_text() == image("../archive/posts/a.md/images/ok.png")


def test_dry_run(site: Site, workshop: Workshop) -> None:
    """A dry run shows each change and writes nothing, though another run holds the archive."""
    workshop.write("a.md", f"---\ncover: {site.url('/ok.png')}\n---\n{image(site.url('/ok.png'))}")
    workshop.run()
    archive = Archive(workshop.archive)
    before = snapshot(workshop.blog), snapshot(workshop.bundle("a.md"))
    try:
        shown = workshop.command("localize", "--to", "in-place", "--dry-run")
        with pytest.raises(ArchiveLockedError):
            _localize(workshop, IN_PLACE)
        after = snapshot(workshop.blog), snapshot(workshop.bundle("a.md"))
    finally:
        archive.close()

    assert shown.returncode == 0
    assert "  line 4\n" in shown.stdout
    assert (
        f"    - {site.url('/ok.png')}\n    + ../archive/posts/a.md/images/ok.png\n" in shown.stdout
    )
    assert after == before


def test_command(site: Site, workshop: Workshop) -> None:
    """The command line tells what was written and what was left, and exits by it."""
    workshop.write("b/a.md", image(site.url("/ok.png")))
    workshop.write("c.md", f"<{site.url('/ok.png')}>")
    workshop.run()
    part = workshop.command("localize", "b", "--to", "in-place", "--json")
    rest = workshop.command("localize", "--to", "in-place")
    wrong = workshop.command("localize", "no-such-post", "--to", "copy")
    nowhere = workshop.command("localize", "--to", "copy", "--archive", "nowhere")
    back = workshop.command("restore", "blog/b", "--json")
    document = json.loads(part.stdout)

    assert part.returncode == 0
    assert document["written"] == document["links"] == 1
    assert document["posts"][0]["links"][0]["after"] == "../../archive/posts/b/a.md/images/ok.png"
    assert rest.returncode == 1
    assert "stays as it is" in rest.stdout
    assert (wrong.returncode, nowhere.returncode) == (2, 2)
    assert "no post no-such-post" in wrong.stderr
    assert json.loads(back.stdout)["posts"][0]["outcome"] == "restored"


def test_damaged_journal(site: Site, workshop: Workshop) -> None:
    """A journal that cannot be read is no reason to take the article for a new one."""
    path = workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    _localize(workshop, IN_PLACE)
    manifest = workshop.manifest("a.md")
    (workshop.bundle("a.md") / "localized.json").write_text("{")
    path.touch()
    run = workshop.run()

    assert "localized.json: it is damaged" in run.problems[0].message
    assert workshop.manifest("a.md") == manifest
    assert _restore(workshop) == {"a.md": "refused"}


@pytest.mark.parametrize("written", [False, True])
def test_killed_between(written: bool, site: Site, workshop: Workshop) -> None:
    """Killed after the journal, before or after the article: run or restore, all is as it was."""
    path = workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    original = path.read_bytes()
    _localize(workshop, IN_PLACE)
    if not written:
        path.write_bytes(original)
    before = snapshot(workshop.bundle("a.md"))
    workshop.run()

    assert snapshot(workshop.bundle("a.md")) == before
    assert site.hits("/ok.png") == 1
    assert _restore(workshop) == {"a.md": "restored" if written else "as-it-was"}
    assert path.read_bytes() == original


def test_catalog_made_anew(site: Site, workshop: Workshop) -> None:
    """Without the article's place, restore says what to do; the next run knows it again."""
    path = workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    _localize(workshop, IN_PLACE)
    (workshop.archive / archive_layout.CATALOG).unlink()
    rebuild_catalog(workshop.archive)
    (refused,) = restore(workshop.archive, ())
    (left,) = _localize(workshop, IN_PLACE).values()
    workshop.run()

    assert refused.reason is not None
    assert "archive its source again" in refused.reason
    assert left.problem == refused.reason
    assert not left.elsewhere
    assert _restore(workshop) == {"a.md": "restored"}
    assert path.read_text() == image(site.url("/ok.png"))


def test_journal(tmp_path: Path) -> None:
    """A journal reads as it was written, and one that says nothing is not there."""
    change = Change(offset=1, before="é", after="x")
    done = InPlace(
        original=digest(b"0"), localized=digest(b"1"), encoding="utf-8", changes=(change,)
    )
    journal = Journal(in_place=done)
    bundle = Bundle(folder=tmp_path, base=tmp_path, article="", in_place=False)
    write_journal(bundle, journal)
    read = read_journal(tmp_path)
    write_journal(bundle, Journal())

    assert read == journal
    assert read_journal(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_replaced_durably(tmp_path: Path) -> None:
    """A file that is replaced leaves no other beside it."""
    path = tmp_path / "a.md"
    path.write_bytes(b"old")
    replace_durably(path, b"new")

    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]

"""The main job over real parts: a blog on disk, a site on the loopback address, an archive."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from crawler.archiving.run import Ending
from crawler.common.digests import digest_of_file
from crawler.errors import ArchiveLockedError
from crawler.store.archive import Archive
from tests.conftest import Workshop, archived, image, snapshot
from tests.site import Site, picture


def test_repeated_reference(site: Site, workshop: Workshop) -> None:
    """An image that a post names twice is downloaded once and listed with both references."""
    url = site.url("/ok.png")
    workshop.write("a.md", image(url, "a") + image(url, "b"))
    workshop.run()

    assert site.hits("/ok.png") == 1
    assert [r.alt for r in workshop.entry("a.md").references] == ["a", "b"]


def test_original_is_kept_exactly(site: Site, workshop: Workshop) -> None:
    """The original has the very bytes of the answer, and its facts are those of the picture."""
    workshop.write("a.md", image(site.url("/ok.jpg")))
    workshop.run()
    original = workshop.entry("a.md").original

    assert original is not None
    path = workshop.bundle("a.md") / original.path
    assert path.read_bytes() == picture("/ok.jpg")
    assert (original.path, original.media_type) == ("images/ok.jpg", "image/jpeg")
    assert digest_of_file(path) == original.digest
    assert (original.width, original.height, original.frames) == (480, 320, 1)


def test_derivatives(site: Site, workshop: Workshop) -> None:
    """An opaque PNG gets a JPEG copy and a thumbnail of 320 pixels on its longest edge."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    copy, thumbnail = workshop.entry("a.md").derivatives

    assert (copy.profile, copy.path) == ("converted", "converted/ok.jpg")
    assert (thumbnail.profile, thumbnail.path) == ("thumbnail-320", "thumbnails/ok.320.jpg")
    assert (thumbnail.width, thumbnail.height) == (320, 213)
    for made in (copy, thumbnail):
        assert digest_of_file(workshop.bundle("a.md") / made.path) == made.digest


def test_article_is_copied(workshop: Workshop, site: Site) -> None:
    """The bundle holds the article byte for byte, whatever its encoding."""
    content = b"\xef\xbb\xbf---\r\ntitle: x\r\n---\r\n\xff " + image(site.url("/ok.png")).encode()
    workshop.write("a.md", content)
    workshop.run()

    assert (workshop.bundle("a.md") / "article.md").read_bytes() == content
    assert archived(workshop.manifest("a.md")) == [site.url("/ok.png")]


def test_unchanged_run_touches_nothing(site: Site, workshop: Workshop) -> None:
    """A second run asks for no image and leaves every file of the bundles as it was."""
    workshop.write("a.md", image(site.url("/ok/1.png")) + image(site.url("/ok/2.webp")))
    workshop.write("b/c.html", f'<img src="{site.url("/ok/3.gif")}">')
    workshop.run()
    before, asked = snapshot(workshop.archive / "posts"), len(site.requests)
    second = workshop.run()

    assert len(site.requests) == asked
    assert snapshot(workshop.archive / "posts") == before
    assert second.stats.unchanged_posts == second.stats.posts == 2


def test_unchanged_article_is_not_read(site: Site, workshop: Workshop) -> None:
    """An article of the same size and mtime is passed over unread."""
    path = workshop.write("a.md", image(site.url("/ok/1.png")))
    workshop.run()
    status = path.stat()
    path.write_text(image(site.url("/ok/2.png")))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    workshop.run()

    assert site.hits("/ok/2.png") == 0


def test_lost_catalog(site: Site, workshop: Workshop) -> None:
    """Without its catalog an archive is what it was: manifests say what is settled."""
    workshop.write("a.md", image(site.url("/ok/1.png")))
    workshop.run()
    before = snapshot(workshop.archive / "posts")
    for path in workshop.archive.glob("catalog.sqlite*"):
        path.unlink()
    workshop.run()

    assert site.hits("/ok/1.png") == 1
    assert snapshot(workshop.archive / "posts") == before


def test_damaged_catalog_is_set_aside(site: Site, workshop: Workshop) -> None:
    """A catalog that SQLite cannot read is kept under another name and made anew."""
    workshop.write("a.md", image(site.url("/ok/1.png")))
    workshop.run()
    (workshop.archive / "catalog.sqlite").write_bytes(b"not a database at all" * 99)
    run = workshop.run()

    assert run.ending is Ending.FINISHED
    assert site.hits("/ok/1.png") == 1
    assert list(workshop.archive.glob("damaged-*-catalog.sqlite"))


def test_changed_post_fetches_only_what_is_new(site: Site, workshop: Workshop) -> None:
    """A changed post fetches the image that it names anew; the old article stays."""
    old, new = image(site.url("/ok/1.png")), image(site.url("/ok/2.png"))
    workshop.write("a.md", old)
    workshop.run()
    workshop.write("a.md", new + old)
    workshop.run()
    manifest = workshop.manifest("a.md")

    assert (site.hits("/ok/1.png"), site.hits("/ok/2.png")) == (1, 1)
    assert archived(manifest) == [site.url("/ok/2.png"), site.url("/ok/1.png")]
    (former,) = (workshop.bundle("a.md") / "earlier").iterdir()
    assert former.read_text() == old


def test_image_no_longer_named_is_kept(site: Site, workshop: Workshop) -> None:
    """What a post named once stays in its bundle and its manifest."""
    workshop.write("a.md", image(site.url("/ok/1.png")) + image(site.url("/gone.png")))
    workshop.run()
    workshop.write("a.md", "no images any more")
    workshop.run()
    entry = workshop.entry("a.md")

    assert (entry.state, entry.references) == ("archived", ())
    assert (workshop.bundle("a.md") / "images" / "1.png").exists()


def test_missing_file_comes_back(site: Site, workshop: Workshop) -> None:
    """An original that was deleted by hand is fetched again, under the same name."""
    workshop.write("a.md", image(site.url("/ok/1.png")))
    workshop.run()
    before = workshop.entry("a.md")
    (workshop.bundle("a.md") / "images" / "1.png").unlink()
    workshop.write("a.md", image(site.url("/ok/1.png")) + "changed")
    workshop.run()

    assert site.hits("/ok/1.png") == 2
    assert workshop.entry("a.md").original == before.original
    assert (workshop.bundle("a.md") / "images" / "1.png").exists()


def test_deleted_bundle_comes_back(site: Site, workshop: Workshop) -> None:
    """A bundle that was deleted is made again though the article did not change."""
    workshop.write("a.md", image(site.url("/ok/1.png")))
    workshop.run()
    bundle = workshop.bundle("a.md")
    bundle.rename(workshop.folder / "elsewhere")
    workshop.run()

    assert (bundle / "images" / "1.png").exists()


def test_same_image_in_two_posts(site: Site, workshop: Workshop) -> None:
    """One URL in two posts of one run is fetched once, and is one file on disk."""
    for name in ("a.md", "b.md"):
        workshop.write(name, image(site.url("/ok.png")))
    workshop.run()
    paths = [workshop.bundle(name) / "images" / "ok.png" for name in ("a.md", "b.md")]

    assert site.hits("/ok.png") == 1
    assert paths[0].samefile(paths[1])
    assert workshop.entry("a.md").original == workshop.entry("b.md").original


def test_known_image_in_a_later_post(site: Site, workshop: Workshop) -> None:
    """A post that names an image which another bundle has needs no request."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    workshop.write("b.md", image(site.url("/ok.png")))
    workshop.run()

    assert site.hits("/ok.png") == 1
    assert workshop.entry("b.md").derivatives == workshop.entry("a.md").derivatives


def test_same_bytes_under_two_urls(site: Site, workshop: Workshop) -> None:
    """The same bytes from two URLs are two entries and one file on disk."""
    body = picture("/twin.png")
    one = site.serve("/one/x.png", body, media_type="image/png")
    other = site.serve("/other/x.png", body, media_type="image/png")
    workshop.write("a.md", image(one))
    workshop.write("b.md", image(other))
    workshop.run()
    paths = [workshop.bundle(name) / "images" / "x.png" for name in ("a.md", "b.md")]

    assert paths[0].samefile(paths[1])


def test_equal_names_in_one_bundle(site: Site, workshop: Workshop) -> None:
    """A second image of the same name gets a part of its digest, in the order of the references."""
    urls = [site.url(f"/ok/{folder}/x.png") for folder in "abc"]
    workshop.write("a.md", "".join(map(image, urls)))
    workshop.run()
    originals = [entry.original for entry in workshop.manifest("a.md").entries]

    assert all(originals)
    names = [o.path for o in originals if o]
    marks = [o.digest[7:15] for o in originals if o]
    assert names == ["images/x.png", f"images/x-{marks[1]}.png", f"images/x-{marks[2]}.png"]


def test_permanent_failure_is_not_asked_again(site: Site, workshop: Workshop) -> None:
    """What is gone for good is asked for once; what may pass is asked for again in its time."""
    workshop.write("a.md", image(site.url("/gone.png")) + image(site.url("/server-error.png")))
    workshop.run()
    workshop.let_pass(timedelta(hours=2))
    workshop.run()
    _, transient = workshop.manifest("a.md").entries

    assert site.hits("/gone.png") == 1
    assert site.hits("/server-error.png") == 6
    assert transient.failure is not None
    assert (transient.failure.runs, transient.failure.attempts) == (2, 3)


def test_post_without_images(workshop: Workshop) -> None:
    """A post without references gets no bundle; the catalog remembers it."""
    workshop.write("a.md", "nothing here")
    workshop.run()
    second = workshop.run()

    assert not (workshop.archive / "posts").exists()
    assert second.stats.unchanged_posts == 1


def test_in_place(site: Site, workshop: Workshop) -> None:
    """In place, the bundle stands beside the article and copies none."""
    workshop.write("name.md", image(site.url("/ok/1.png")))
    workshop.write("page/index.md", image(site.url("/ok/2.png")))
    workshop.write("both.md", image(site.url("/ok/3.png")))
    workshop.write("both/index.md", image(site.url("/ok/4.png")))
    workshop.run(ARCHIVE_IN_PLACE=True)
    second = workshop.run(ARCHIVE_IN_PLACE=True)
    places = sorted(str(p.relative_to(workshop.blog)) for p in workshop.blog.rglob("manifest.json"))

    assert places == [
        "both.archive/manifest.json",
        "both/manifest.json",
        "name/manifest.json",
        "page/manifest.json",
    ]
    assert not list(workshop.blog.rglob("article.md"))
    assert (second.stats.posts, second.stats.unchanged_posts) == (4, 4)


def test_ids_that_differ_in_case(site: Site, workshop: Workshop) -> None:
    """Ids that some file systems take for one have bundles apart on all of them."""
    workshop.write("Post.md", image(site.url("/ok/1.png")))
    workshop.write("post.md", image(site.url("/ok/2.png")))
    workshop.run()
    folders = {path.parent.name.casefold() for path in workshop.archive.rglob("manifest.json")}

    assert len(folders) == 2


def test_two_sources_with_one_id(site: Site, workshop: Workshop) -> None:
    """The second source that claims an id is a problem of that post; nothing is overwritten."""
    first, second = workshop.folder / "first", workshop.folder / "second"
    for number, folder in enumerate((first, second)):
        folder.mkdir()
        (folder / "a.md").write_text(image(site.url(f"/ok/{number}.png")))
    run = workshop.run(first, second)

    assert archived(workshop.manifest("a.md")) == [site.url("/ok/0.png")]
    assert [problem.source for problem in run.problems] == ["a.md"]
    assert "--name" in run.problems[0].message

    named = workshop.run(second, ARCHIVE_NAME="second")
    assert named.problems == []
    assert archived(workshop.manifest("second/a.md")) == [site.url("/ok/1.png")]


def test_moved_source(site: Site, workshop: Workshop) -> None:
    """A blog that was moved to another folder is the same blog."""
    workshop.write("a.md", image(site.url("/ok/1.png")))
    workshop.run()
    moved = workshop.blog.rename(workshop.folder / "moved")
    (moved / "a.md").write_text(image(site.url("/ok/1.png")) + "changed")
    run = workshop.run(moved)

    assert run.problems == []
    assert site.hits("/ok/1.png") == 1


def test_archive_inside_the_source(site: Site, workshop: Workshop) -> None:
    """Discovery passes over archives, so articles in bundles are not archived again."""
    workshop.write("a.md", image(site.url("/ok/1.png")))
    inside = str(workshop.blog / "archive")
    workshop.run(ARCHIVE=inside)
    second = workshop.run(ARCHIVE=inside)

    assert second.stats.posts == 1


def test_one_run_at_a_time(site: Site, workshop: Workshop) -> None:
    """While a run holds the archive, another cannot begin."""
    workshop.write("a.md", image(site.url("/ok/1.png")))
    held = Archive(workshop.archive)
    try:
        with pytest.raises(ArchiveLockedError):
            workshop.run()
    finally:
        held.close()


def test_newer_manifest_is_not_rewritten(site: Site, workshop: Workshop) -> None:
    """A manifest of a newer schema is left as it is, and the post is a problem."""
    workshop.write("a.md", image(site.url("/ok/1.png")))
    workshop.run()
    path = workshop.bundle("a.md") / "manifest.json"
    newer = path.read_bytes().replace(b"manifest/1", b"manifest/2")
    path.write_bytes(newer)
    workshop.write("a.md", "changed")
    run = workshop.run_unchecked()

    assert path.read_bytes() == newer
    assert "manifest/2" in run.problems[0].message


def test_run_report(site: Site, workshop: Workshop) -> None:
    """Every run leaves a report with its counts, its failures and what to do about them."""
    workshop.write("a.md", image(site.url("/ok/1.png")) + image(site.url("/gone.png")))
    workshop.run()
    (path,) = (workshop.archive / "runs").glob("*.json")
    text = path.read_text()

    assert '"archived": 1' in text
    assert '"code": "gone"' in text
    assert '"advice"' in text

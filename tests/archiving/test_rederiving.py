"""Other profiles for images that are here: made from the originals, without the network."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.common import archive_layout
from crawler.common.digests import digest_of_file
from crawler.models import Derivative
from crawler.store.archive import Archive
from tests.conftest import Workshop, image, snapshot
from tests.imaging.pictures import animate, frames, see_through
from tests.imaging.pictures import save as encoded
from tests.site import Site


def derivatives(workshop: Workshop, post_id: str = "a.md") -> list[tuple[str, str]]:
    """Return profile and file of each, all of them as the manifest says."""
    made = workshop.entry(post_id).derivatives
    for each in made:
        assert is_here(workshop.bundle(post_id), each)
    return [(each.profile, Path(each.path).name) for each in made]


def is_here(bundle: Path, made: Derivative) -> bool:
    path = bundle / made.path
    return (path.stat().st_size, digest_of_file(path)) == (made.size, made.digest)


def test_new_profiles(site: Site, workshop: Workshop) -> None:
    """What is missing is made, what is there is not touched, and what is older stays listed."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    before, asked = snapshot(workshop.bundle("a.md")), len(site.requests)
    workshop.run(ARCHIVE_REDERIVE=True, ARCHIVE_THUMBNAILS="320,160", ARCHIVE_CONVERT="webp")

    assert derivatives(workshop) == [
        ("converted", "ok.webp"),
        ("thumbnail-320", "ok.320.jpg"),
        ("thumbnail-160", "ok.160.jpg"),
        ("converted", "ok.jpg"),
    ]
    after = snapshot(workshop.bundle("a.md"))
    for name in before.keys() - {archive_layout.MANIFEST, archive_layout.PAGE}:
        assert after[name] == before[name]
    assert len(site.requests) == asked


@pytest.mark.parametrize("name", ["/ok.png", "/alpha.png", "/ok.jpg"])
def test_unchanged(site: Site, workshop: Workshop, name: str) -> None:
    """A second time writes nothing, and asks for nothing."""
    site.serve("/alpha.png", encoded(see_through((400, 300)), "PNG"), media_type="image/png")
    workshop.write("a.md", image(site.url(name)))
    workshop.run()
    options = {"ARCHIVE_REDERIVE": True, "ARCHIVE_THUMBNAILS": "160"}
    workshop.run(**options)
    before, hits = snapshot(workshop.archive / "posts"), site.hits(name)

    run = workshop.run(**options)

    assert snapshot(workshop.archive / "posts") == before
    assert (run.stats.posts, run.stats.unchanged_posts) == (1, 1)
    assert site.hits(name) == hits == 1


def test_back_again(site: Site, workshop: Workshop) -> None:
    """What was made once is found again: it comes first in the list, and is not made anew."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    before = snapshot(workshop.bundle("a.md") / "converted")
    workshop.run(ARCHIVE_REDERIVE=True, ARCHIVE_CONVERT="png", ARCHIVE_THUMBNAILS="none")
    workshop.run(ARCHIVE_REDERIVE=True, ARCHIVE_CONVERT="webp", ARCHIVE_THUMBNAILS="none")
    workshop.run(ARCHIVE_REDERIVE=True)

    assert [name for _, name in derivatives(workshop)] == ["ok.jpg", "ok.320.jpg", "ok.webp"]
    assert before.items() <= snapshot(workshop.bundle("a.md") / "converted").items()


def test_not_asked_for(site: Site, workshop: Workshop) -> None:
    """Without being asked, a run makes nothing of what is here."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    workshop.run(ARCHIVE_THUMBNAILS="160")

    assert ("thumbnail-160", "ok.160.jpg") not in derivatives(workshop)


def test_changed_article(site: Site, workshop: Workshop) -> None:
    """In an article that changed, the images that it had are looked at as well."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    workshop.write("a.md", "More. " + image(site.url("/ok.png")))
    workshop.run(ARCHIVE_REDERIVE=True, ARCHIVE_THUMBNAILS="160")

    assert ("thumbnail-160", "ok.160.jpg") in derivatives(workshop)
    assert site.hits("/ok.png") == 1


def test_animated(site: Site, workshop: Workshop) -> None:
    """A thumbnail that is to move takes its place before the still one."""
    site.serve("/a.gif", animate("GIF", frames(3, (400, 300))), media_type="image/gif")
    workshop.write("a.md", image(site.url("/a.gif")))
    workshop.run()
    workshop.run(ARCHIVE_REDERIVE=True, ARCHIVE_ANIMATED_THUMBNAILS=True)

    assert [made.frames for made in workshop.entry("a.md").derivatives] == [3, 1]
    assert derivatives(workshop) == [
        ("thumbnail-320", "a.320.webp"),
        ("thumbnail-320", "a.320.jpg"),
    ]


def test_catalog(site: Site, workshop: Workshop) -> None:
    """Another post that names the image later gets the new ones too."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    workshop.run(ARCHIVE_REDERIVE=True, ARCHIVE_THUMBNAILS="160")
    workshop.write("b.md", image(site.url("/ok.png")))
    workshop.run()

    assert derivatives(workshop, "b.md") == derivatives(workshop)
    assert site.hits("/ok.png") == 1


def test_damaged_original(site: Site, workshop: Workshop) -> None:
    """Of bytes that are no longer the original nothing is made; the others go on."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.write("b.md", image(site.url("/ok.jpg")))
    workshop.run()
    path = workshop.bundle("a.md") / "images" / "ok.png"
    path.write_bytes(bytes(path.stat().st_size))
    before = workshop.entry("a.md")
    workshop.run(ARCHIVE_REDERIVE=True, ARCHIVE_THUMBNAILS="160")

    assert workshop.entry("a.md") == before
    assert ("thumbnail-160", "ok.160.jpg") in derivatives(workshop, "b.md")


def test_lost_original(site: Site, workshop: Workshop) -> None:
    """An original that is gone is fetched again, as in every run that reads its post."""
    workshop.write("a.md", image(site.url("/ok.jpg")))
    workshop.run()
    (workshop.bundle("a.md") / "images" / "ok.jpg").unlink()
    workshop.run(ARCHIVE_REDERIVE=True, ARCHIVE_THUMBNAILS="none")
    workshop.write("a.md", "More. " + image(site.url("/ok.jpg")))
    workshop.run(ARCHIVE_REDERIVE=True, ARCHIVE_THUMBNAILS="none")

    assert (workshop.bundle("a.md") / "images" / "ok.jpg").exists()


def test_in_place(site: Site, workshop: Workshop) -> None:
    """Bundles beside their articles are looked at as well."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run(ARCHIVE_IN_PLACE=True)
    workshop.run(ARCHIVE_IN_PLACE=True, ARCHIVE_REDERIVE=True, ARCHIVE_THUMBNAILS="160")

    assert (workshop.blog / "a" / "thumbnails" / "ok.160.jpg").exists()
    archive = Archive(workshop.archive)
    row = archive.catalog.post("a.md")
    archive.close()
    assert row is not None
    assert row.settled

"""Pictures that a server shows in the place of those that were asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.errors import UsageError
from crawler.models import Entry
from crawler.store.archive import Archive
from crawler.store.catalog import Catalog, StandInRow
from tests.conftest import LOOPBACK, Workshop, image, snapshot
from tests.site import Site, picture, png

LOGO = picture("logo.png")
MANY = f"{LOOPBACK} answers with the same bytes at 5 or more paths"


def _serve(site: Site, *paths: str, body: bytes = LOGO) -> list[str]:
    return [site.serve(path, body, media_type="image/png") for path in paths]


def _suspects(workshop: Workshop, post_id: str) -> list[str]:
    entries = workshop.manifest(post_id).entries
    return [entry.url for entry in entries if entry.state == "suspect"]


def _reason(entry: Entry) -> tuple[str, str, bool]:
    assert entry.failure is not None
    return entry.failure.code, entry.failure.detail, entry.failure.permanent


@pytest.mark.parametrize(
    ("size", "words"),
    [((1, 1), "1 x 1 pixel"), ((2, 2), "2 x 2 pixels"), ((30, 20), "one colour only")],
)
def test_nothing_to_see(size: tuple[int, int], words: str, site: Site, workshop: Workshop) -> None:
    """A picture of a few pixels, or of one colour, is kept and suspect, with what was seen."""
    body = png(bytes(3 * size[0] * size[1]), size)
    workshop.write("a.md", image(*_serve(site, "/a.png", body=body)))
    run = workshop.run()
    entry = workshop.entry("a.md")

    assert entry.state == "suspect"
    assert _reason(entry) == ("placeholder", words, True)
    assert entry.original is not None
    assert (workshop.bundle("a.md") / entry.original.path).read_bytes() == body
    assert entry.capture is not None
    assert (run.stats.states["suspect"], run.stats.failures) == (1, {"placeholder": 1})


def test_suspect_is_settled(site: Site, workshop: Workshop) -> None:
    """What is suspect is not asked for again, also when its article changes."""
    (url,) = _serve(site, "/a.png", body=png(bytes(3), (1, 1)))
    workshop.write("a.md", image(url))
    workshop.run()
    before = workshop.entry("a.md")
    workshop.write("a.md", image(url) + "changed")
    workshop.run()
    third = workshop.run()

    assert site.hits("/a.png") == 1
    assert workshop.entry("a.md") == before
    assert third.stats.unchanged_posts == 1
    assert third.stats.states["suspect"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>",
        "<svg xmlns='http://www.w3.org/2000/svg'><rect width='9' height='9'/></svg>",
    ],
)
def test_vector_images_are_not_judged(text: str, site: Site, workshop: Workshop) -> None:
    """A vector image is as large as one likes, whatever size it gives."""
    workshop.write("a.md", image(site.serve("/a.svg", text, media_type="image/svg+xml")))
    workshop.run()

    assert workshop.entry("a.md").state == "archived"


def test_own_pictures_are_not_judged(workshop: Workshop) -> None:
    """What the author put beside the articles, or into them, is no stand-in for anything."""
    pixel = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
    for number in range(6):
        workshop.write(f"{number}/x.png", LOGO)
        workshop.write(f"{number}/dot.png", png(bytes(3), (1, 1)))
        workshop.write(f"{number}/a.md", image("x.png") + image("dot.png") + image(pixel))
    run = workshop.run()

    assert run.stats.states["archived"] == run.stats.entries == 18


def test_many_paths(site: Site, workshop: Workshop) -> None:
    """The same bytes at five paths of a host are suspect wherever they came, in each manifest."""
    urls = _serve(site, *(f"/{number}/a.png" for number in range(5)))
    good = site.url("/ok.png")
    workshop.write("a.md", image(urls[0]) + image(good) + image(urls[1]))
    workshop.write("b.md", "".join(map(image, urls[2:])))
    run = workshop.run()
    entries = [*workshop.manifest("a.md").entries, *workshop.manifest("b.md").entries]

    assert _suspects(workshop, "a.md") == urls[:2]
    assert _suspects(workshop, "b.md") == urls[2:]
    assert {_reason(e) for e in entries if e.url != good} == {("placeholder", MANY, True)}
    assert workshop.manifest("a.md").summary.suspect == 2
    assert (run.stats.states["archived"], run.stats.states["suspect"]) == (1, 5)
    assert run.stats.failures == {"placeholder": 5}


def test_many_paths_across_runs(site: Site, workshop: Workshop) -> None:
    """The count is that of the archive; other entries of the manifests stay to the byte."""
    urls = _serve(site, *(f"/{number}/a.png" for number in range(5)))
    workshop.write("a.md", image(site.url("/ok.png")) + "".join(map(image, urls[:4])))
    first = workshop.run()
    before = workshop.manifest("a.md")
    workshop.write("b.md", image(urls[4]))
    second = workshop.run()
    after = workshop.manifest("a.md")
    kept = snapshot(workshop.archive / "posts")
    third = workshop.run()

    assert first.stats.states["suspect"] == 0
    assert (before.entries[0], before.post) == (after.entries[0], after.post)
    assert [entry.state for entry in after.entries[1:]] == ["suspect"] * 4
    assert [entry.original for entry in before.entries] == [e.original for e in after.entries]
    assert second.stats.states["suspect"] == third.stats.states["suspect"] == 5
    assert second.stats.states["archived"] == third.stats.states["archived"] == 1
    assert third.stats.unchanged_posts == 2
    assert snapshot(workshop.archive / "posts") == kept
    assert all(site.hits(f"/{number}/a.png") == 1 for number in range(5))


def test_posts_that_share_a_picture(site: Site, workshop: Workshop) -> None:
    """Every manifest that has the image learns of it, not only that which fetched it."""
    urls = _serve(site, *(f"/{number}/a.png" for number in range(5)))
    workshop.write("a.md", image(urls[0]))
    workshop.run()
    workshop.write("b.md", image(urls[0]))
    workshop.run()
    workshop.write("c.md", "".join(map(image, urls[1:])))
    workshop.run()

    assert _suspects(workshop, "a.md") == _suspects(workshop, "b.md") == urls[:1]


def test_what_is_one_path(site: Site, workshop: Workshop) -> None:
    """One logo named by many, four paths, and many queries of one path are no sign."""
    urls = _serve(site, *(f"/{number}/a.png" for number in range(3)))
    queries = [site.url(f"/logo.png?v={number}") for number in range(6)]
    site.serve("/logo.png", LOGO, media_type="image/png")
    for query in queries:
        site.serve(f"/logo.png?{query.partition('?')[2]}", LOGO, media_type="image/png")
    for name in "abcdef":
        workshop.write(f"{name}.md", "".join(map(image, [*urls, *queries])))
    run = workshop.run()

    assert run.stats.states["archived"] == run.stats.entries == 54


def test_each_host_counts_for_itself(site: Site, workshop: Workshop) -> None:
    """The same file on many hosts is a file that many like."""
    with Site() as other:
        workshop.write(
            "a.md",
            "".join(image(url) for url in _serve(site, *(f"/{n}/a.png" for n in range(3))))
            + "".join(
                image(other.url(f"/{n}/a.png", host="localhost"))
                for n in range(3)
                if other.serve(f"/{n}/a.png", LOGO, media_type="image/png")
            ),
        )
        run = workshop.run()

    assert run.stats.states["archived"] == 6


def test_sweep_of_a_killed_run(site: Site, workshop: Workshop) -> None:
    """What a killed run did not come to is made up by the next, before its first post."""
    urls = _serve(site, *(f"/{number}/a.png" for number in range(4)))
    workshop.write("a.md", "".join(map(image, urls)))
    workshop.run()
    digest = workshop.manifest("a.md").entries[0].original
    assert digest is not None
    archive = Archive(workshop.archive)
    archive.catalog.put_stand_in(StandInRow(digest=digest.digest, host=LOOPBACK), swept=False)
    archive.close()
    run = workshop.run()

    assert _suspects(workshop, "a.md") == urls
    assert (run.stats.states["suspect"], run.stats.states["archived"]) == (4, 0)
    assert run.stats.unchanged_posts == 1


def test_sweep_after_a_limit(site: Site, workshop: Workshop) -> None:
    """A run that is stopped by a limit sweeps all the same."""
    urls = _serve(site, *(f"/{number}/a.png" for number in range(5)))
    workshop.write("a.md", "".join(map(image, urls[:4])))
    workshop.run()
    workshop.write("b.md", image(urls[4]))
    workshop.write("c.md", image(site.url("/ok.png")))
    workshop.run(ARCHIVE_MAX_RUN_BYTES=1, CONCURRENT_REQUESTS=1, ARCHIVE_POSTS_IN_HAND=1)

    assert _suspects(workshop, "a.md") == urls[:4]


def test_cleared(site: Site, workshop: Workshop) -> None:
    """A picture that a person cleared becomes archived without a request, for good."""
    urls = _serve(site, *(f"/{number}/a.png" for number in range(6)))
    workshop.write("a.md", "".join(map(image, urls[:5])))
    workshop.run()
    original = workshop.manifest("a.md").entries[0].original
    assert original is not None
    second = workshop.run(ARCHIVE_NOT_PLACEHOLDERS=original.digest[:20])
    workshop.write("b.md", image(urls[5]))
    third = workshop.run()

    assert _suspects(workshop, "a.md") == _suspects(workshop, "b.md") == []
    assert all(entry.failure is None for entry in workshop.manifest("a.md").entries)
    assert (second.stats.states["archived"], second.stats.unchanged_posts) == (5, 1)
    assert second.fetcher is not None
    assert second.fetcher.requests == 0
    assert (third.stats.states["archived"], third.stats.failures) == (6, {})


@pytest.mark.parametrize("given", ["sha256:123", "no-digest", "sha256:" + "0" * 16, "0" * 65])
def test_cleared_by_a_wrong_digest(given: str, site: Site, workshop: Workshop) -> None:
    """What is no digest, or begins none of the archive's, is wrong usage; the archive is free."""
    workshop.write("a.md", image(site.url("/ok.png")))
    with pytest.raises(UsageError, match="ARCHIVE_NOT_PLACEHOLDERS"):
        workshop.run(ARCHIVE_NOT_PLACEHOLDERS=given)

    assert workshop.run().stats.states["archived"] == 1


def test_pixel_that_a_person_wants(site: Site, workshop: Workshop) -> None:
    """A digest in full may be cleared before its picture is there."""
    first, second = _serve(site, "/a.png", "/b.png", body=png(bytes(3), (1, 1)))
    workshop.write("a.md", image(first))
    workshop.run()
    original = workshop.entry("a.md").original
    assert original is not None
    workshop.archive.rename(workshop.folder / "other")
    workshop.write("a.md", image(second))
    workshop.run(ARCHIVE_NOT_PLACEHOLDERS=f"sha256:{'0' * 64}, {original.digest}")

    assert workshop.entry("a.md").state == "archived"


def test_lost_catalog_keeps_suspicions(site: Site, workshop: Workshop) -> None:
    """Manifests say what is suspect; a catalog that was lost learns it from them."""
    urls = _serve(site, *(f"/{number}/a.png" for number in range(5)))
    workshop.write("a.md", "".join(map(image, urls)))
    workshop.run()
    before = snapshot(workshop.archive / "posts")
    for path in workshop.archive.glob("catalog.sqlite*"):
        path.unlink()
    run = workshop.run()
    catalog = Catalog(workshop.archive / "catalog.sqlite", read_only=True)
    states = dict(catalog.states())
    catalog.close()

    assert snapshot(workshop.archive / "posts") == before
    assert run.stats.states["suspect"] == 5
    assert states == dict.fromkeys(urls, "suspect")


def test_time_lifts_no_suspicion(site: Site, workshop: Workshop) -> None:
    """However long ago, a suspect picture is not asked for by itself."""
    workshop.write("a.md", image(*_serve(site, "/a.png", body=png(bytes(3), (1, 1)))))
    workshop.run()
    workshop.let_pass(timedelta(days=400))
    workshop.run()

    assert site.hits("/a.png") == 1

"""Failures that a person wants to be tried again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.errors import UsageError
from crawler.models import Entry
from crawler.store.catalog import Catalog
from crawler.store.manifest import from_document
from tests.conftest import Workshop, archived, image, snapshot
from tests.site import Site, picture, png


def _by_path(workshop: Workshop, post_id: str) -> dict[str, Entry]:
    entries = workshop.manifest(post_id).entries
    return {f"/{entry.url.rpartition('/')[2]}": entry for entry in entries}


def test_permanent_failure(site: Site, workshop: Workshop) -> None:
    """What is gone for good is asked for again when a person wants it; no source is needed."""
    url = site.serve("/a.png", "", status=410)
    path = workshop.write("a.md", image(site.url("/ok.png")) + image(url))
    workshop.run()
    before = workshop.manifest("a.md")
    site.serve("/a.png")
    path.unlink()
    run = workshop.retry()
    after = workshop.manifest("a.md")

    assert archived(after) == [site.url("/ok.png"), url]
    assert (after.post, after.entries[0]) == (before.post, before.entries[0])
    assert (site.hits("/ok.png"), site.hits("/a.png")) == (1, 2)
    assert (run.stats.posts, run.stats.states["archived"], run.stats.failures) == (1, 2, {})


def test_only_what_matches(site: Site, workshop: Workshop) -> None:
    """What failed otherwise, or elsewhere, stays as it is, and its posts are not touched."""
    for name, path in {"a.md": "/gone.png", "b.md": "/not-found.png"}.items():
        workshop.write(name, image(site.url(path)) + image(site.url("/server-error.png")))
    workshop.run()
    before = {name: _by_path(workshop, name) for name in ("a.md", "b.md")}
    untouched = snapshot(workshop.bundle("b.md"))
    run = workshop.retry("gone")
    after = _by_path(workshop, "a.md")

    assert (site.hits("/gone.png"), site.hits("/not-found.png")) == (2, 1)
    assert after["/server-error.png"] == before["a.md"]["/server-error.png"]
    assert after["/gone.png"].failure is not None
    assert after["/gone.png"].failure.runs == 2
    assert snapshot(workshop.bundle("b.md")) == untouched
    assert (run.stats.posts, run.stats.failures) == (1, {"gone": 1, "server-error": 1})


@pytest.mark.parametrize(
    ("host", "runs"),
    [("cdn.invalid", [2, 1]), ("invalid", [2, 2]), ("CDN.Invalid.", [2, 1])],
)
def test_host(host: str, runs: list[int], workshop: Workshop) -> None:
    """A host is meant with its subdomains, and nothing that merely ends alike."""
    workshop.write("a.md", image("http://a.cdn.invalid/a.png") + image("http://xcdn.invalid/a.png"))
    workshop.run()
    workshop.retry(hosts=(host,))
    failures = [entry.failure for entry in workshop.manifest("a.md").entries]

    assert [failure.runs for failure in failures if failure] == runs


@pytest.mark.parametrize("host", ["localhost", "27.0.0.1", "0.1"])
def test_unknown_host(host: str, site: Site, workshop: Workshop) -> None:
    """A host at which the archive has no image is refused, and nobody is asked."""
    workshop.write("a.md", image(site.url("/gone.png")))
    workshop.run()
    with pytest.raises(UsageError, match="knows no host"):
        workshop.retry(hosts=(host,))

    assert site.hits("/gone.png") == 1


def test_before_its_time(site: Site, workshop: Workshop) -> None:
    """What is not due yet is asked for all the same, and the next wait is the longer one."""
    workshop.write("a.md", image(site.url("/server-error.png")))
    workshop.run()
    workshop.retry("server-error", ARCHIVE_ATTEMPTS=1)
    entry = workshop.entry("a.md")
    third = workshop.run()

    assert site.hits("/server-error.png") == 4
    assert entry.failure is not None
    assert (entry.failure.runs, entry.failure.next_attempt is None) == (2, False)
    assert third.stats.unchanged_posts == 1


def test_suspect(site: Site, workshop: Workshop) -> None:
    """A suspect picture is replaced by what comes now; the former one stays in earlier."""
    url = site.serve("/a.png", png(bytes(3), (1, 1)), media_type="image/png")
    workshop.write("a.md", image(url))
    workshop.run()
    before = workshop.entry("a.md")
    workshop.retry("placeholder")
    same = workshop.entry("a.md")
    site.serve("/a.png", picture("/a.png"))
    workshop.retry("placeholder")
    after = workshop.entry("a.md")

    assert site.hits("/a.png") == 3
    assert (before.state, same.state, after.state) == ("suspect", "suspect", "archived")
    assert same.original == before.original
    assert [version.original for version in after.earlier] == [before.original]
    assert after.failure is None


def test_suspect_that_is_gone(site: Site, workshop: Workshop) -> None:
    """What is suspect and here is better than nothing: it stays when nothing comes any more."""
    url = site.serve("/a.png", png(bytes(3), (1, 1)), media_type="image/png")
    workshop.write("a.md", image(url))
    workshop.run()
    before = workshop.entry("a.md")
    site.serve("/a.png", "", status=404)
    workshop.retry()
    catalog = Catalog(workshop.archive / "catalog.sqlite", read_only=True)
    row = catalog.capture(url)
    catalog.close()

    assert site.hits("/a.png") == 2
    assert workshop.entry("a.md") == before
    assert row is not None
    assert (row.state, row.failure) == ("suspect", before.failure)


def test_one_image_of_many_posts(site: Site, workshop: Workshop) -> None:
    """An image that several posts name is asked for once, for all of them."""
    url = site.serve("/a.png", "", status=410)
    for name in ("a.md", "b.md", "c.md"):
        workshop.write(name, image(url))
    workshop.run()
    site.serve("/a.png")
    workshop.retry()

    assert site.hits("/a.png") == 2
    assert [workshop.entry(name).state for name in ("a.md", "b.md", "c.md")] == ["archived"] * 3


def test_host_that_is_left_alone(site: Site, workshop: Workshop) -> None:
    """What is not asked for after all, since its host fails, stays as it was."""
    urls = [site.serve(f"/{number}.png", "", status=410) for number in range(9)]
    workshop.write("a.md", "".join(map(image, urls)))
    workshop.run()
    before = workshop.manifest("a.md").entries
    for number in range(9):
        site.serve(f"/{number}.png", "", status=500)
    workshop.retry(CONCURRENT_REQUESTS_PER_DOMAIN=1, ARCHIVE_ATTEMPTS=1)
    after = workshop.manifest("a.md").entries

    assert [site.hits(f"/{number}.png") for number in range(9)] == [2] * 6 + [1] * 3
    assert [e.failure.code for e in after[:6] if e.failure] == ["server-error"] * 6
    assert after[6:] == before[6:]


@pytest.mark.parametrize("in_place", [False, True])
def test_local(in_place: bool, workshop: Workshop) -> None:
    """A local image is looked for where the article is; an edited article is none of retry's."""
    path = workshop.write("posts/a.md", image("../img/x.png") + image("missing.png"))
    workshop.run(ARCHIVE_IN_PLACE=in_place)
    (place,) = workshop.folder.rglob("manifest.json")
    before = from_document(place.read_bytes())
    workshop.write("img/x.png", picture("/x.png"))
    path.write_text("edited, and not archived yet")
    workshop.retry("not-found", ARCHIVE_IN_PLACE=in_place)
    after = from_document(place.read_bytes())

    assert after.post == before.post
    assert [entry.state for entry in after.entries] == ["archived", "failed"]
    assert after.entries[1] == before.entries[1]
    assert (place.parent / "images" / "x.png").exists()


def test_next_run_knows_nothing_of_it(site: Site, workshop: Workshop) -> None:
    """A retry looks at no article: the next run passes over those that did not change."""
    workshop.write("a.md", image(site.serve("/a.png", "", status=410)))
    workshop.run()
    site.serve("/a.png")
    workshop.retry(ROBOTSTXT_OBEY=False)
    before = snapshot(workshop.archive / "posts")
    run = workshop.run()

    assert run.stats.unchanged_posts == 1
    assert run.stats.states["archived"] == 1
    assert snapshot(workshop.archive / "posts") == before


def test_data_urls_are_left(workshop: Workshop) -> None:
    """What stands in the article is what it is: there is nobody to ask again."""
    workshop.write("a.md", image("data:image/png;base64,AAAA"))
    workshop.run()
    before = workshop.entry("a.md")
    run = workshop.retry()

    assert run.stats.posts == 0
    assert workshop.entry("a.md") == replace(before)


def test_nothing_to_retry(site: Site, workshop: Workshop) -> None:
    """Where nothing failed so, nothing is touched."""
    workshop.write("a.md", image(site.url("/gone.png")))
    workshop.run()
    run = workshop.retry("forbidden")

    assert (run.stats.posts, site.hits("/gone.png")) == (0, 1)


def test_wrong_usage(site: Site, workshop: Workshop) -> None:
    """A code that is none, and a folder that is no archive, begin nothing and make nothing."""
    with pytest.raises(UsageError, match="is not an archive"):
        workshop.retry()
    assert not workshop.archive.exists()
    workshop.write("a.md", image(site.url("/gone.png")))
    workshop.run()
    with pytest.raises(UsageError, match="not-found gone forbidden".replace(" ", ", ")):
        workshop.retry("404")

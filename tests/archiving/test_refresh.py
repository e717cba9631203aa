"""Refreshing: what changed is added, what is gone stays, and what is as it was costs nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from crawler.archiving.run import Run
from crawler.common.digests import digest_of_file
from crawler.errors import UsageError
from crawler.models import Version
from crawler.store.archive import Archive
from crawler.store.catalog import FreshnessRow
from tests.conftest import Workshop, image, put_manifest, snapshot
from tests.imaging.pictures import save
from tests.site import Answer, Exchange, Proxy, Site, picture

ALL: dict[str, object] = {"ARCHIVE_REFRESH": "0"}
_DISALLOWED = "User-agent: *\nDisallow: /"


def counts(run: Run) -> dict[str, int]:
    """Return what came of the images that were asked for again."""
    return {what: count for what, count in run.stats.refreshed.items() if count}


def freshness(workshop: Workshop, url: str) -> FreshnessRow:
    """Return when a server was last heard of an image."""
    archive = Archive(workshop.archive)
    row = archive.catalog.freshness(url)
    archive.close()
    assert row is not None
    return row


def files_are_whole(bundle: Path, *versions: Version) -> bool:
    """Return whether all files of all versions are what the manifest says."""
    files = {file for version in versions for file in names(version)}
    return all(digest_of_file(bundle / path) == value for path, value in files)


def names(version: Version) -> list[tuple[str, str]]:
    """Return path and digest of each file of a version."""
    original = version.original
    return [(original.path, original.digest)] + [(d.path, d.digest) for d in version.derivatives]


def conditions(site: Site, path: str) -> list[tuple[str | None, str | None]]:
    """Return what each request for *path* asked to be compared."""
    return [
        (request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since"))
        for request in site.requests
        if request.path == path
    ]


def test_unchanged(site: Site, workshop: Workshop) -> None:
    """Validators are sent, a 304 writes nothing in the bundle, and the post counts as before."""
    url = site.url("/ok.png")
    workshop.write("a.md", image(url))
    workshop.run()
    before, capture = snapshot(workshop.archive / "posts"), workshop.entry("a.md").capture
    run = workshop.run(**ALL)

    assert capture is not None
    assert conditions(site, "/ok.png") == [(None, None), (capture.etag, capture.last_modified)]
    assert snapshot(workshop.archive / "posts") == before
    assert (run.stats.unchanged_posts, counts(run)) == (1, {"unchanged": 1})


def test_confirmed_lately(site: Site, workshop: Workshop) -> None:
    """What was fetched, or confirmed, within the age is not asked for; its post is not read."""
    url = site.url("/ok.png")
    workshop.write("a.md", image(url))
    workshop.run()
    early = workshop.run(ARCHIVE_REFRESH="30d")
    workshop.let_pass(timedelta(days=31))
    due = workshop.run(ARCHIVE_REFRESH="30d")
    again = workshop.run(ARCHIVE_REFRESH="30d")
    plain = workshop.run()

    assert [counts(run) for run in (early, due, again, plain)] == [{}, {"unchanged": 1}, {}, {}]
    assert site.hits("/ok.png") == 2


def test_changed(site: Site, workshop: Workshop) -> None:
    """Other bytes are a new version beside the former one, whose files stay as they were."""
    url = site.serve("/x.png", picture("one"))
    workshop.write("a.md", image(url))
    workshop.run()
    first, before = workshop.entry("a.md"), snapshot(workshop.bundle("a.md") / "images")
    site.serve("/x.png", picture("two"))
    run = workshop.run(**ALL)
    entry = workshop.entry("a.md")

    assert counts(run) == {"changed": 1}
    assert entry.state == "archived"
    assert [version.original for version in entry.earlier] == [first.original]
    assert entry.capture is not None
    assert entry.original is not None
    current = Version(capture=entry.capture, original=entry.original, derivatives=entry.derivatives)
    assert files_are_whole(workshop.bundle("a.md"), current, *entry.earlier)
    paths = [path for version in (current, *entry.earlier) for path, _ in names(version)]
    assert len(paths) == len(set(paths))
    assert before.items() <= snapshot(workshop.bundle("a.md") / "images").items()


def test_many_versions(site: Site, workshop: Workshop) -> None:
    """The newest comes first; names do not grow; a picture that returns is one file on disk."""
    url = site.serve("/x.png", picture("0"))
    workshop.write("a.md", image(url))
    workshop.run()
    for seed in ("1", "2", "0"):
        site.serve("/x.png", picture(seed))
        workshop.run(**ALL)
    entry = workshop.entry("a.md")

    assert entry.original is not None
    assert entry.original.path == entry.earlier[-1].original.path == "images/x.png"
    assert [len(version.original.path) for version in entry.earlier] == [21, 21, 12]
    assert len(list((workshop.bundle("a.md") / "images").iterdir())) == 3
    assert entry.earlier[-1].original.digest == entry.original.digest


def test_same_bytes_without_validators(site: Site, workshop: Workshop) -> None:
    """Where a server knows no conditions, the same bytes write nothing either."""
    url = site.on("/x.png", lambda _exchange: Answer(body=picture("x"), status=203))
    workshop.write("a.md", image(url))
    workshop.run()
    before = snapshot(workshop.archive / "posts")
    run = workshop.run(**ALL)

    assert conditions(site, "/x.png") == [(None, None)] * 2
    assert snapshot(workshop.archive / "posts") == before
    assert counts(run) == {"unchanged": 1}


def test_new_validators(site: Site, workshop: Workshop) -> None:
    """A validator that comes with the same bytes is sent from then on, and kept in the catalog."""

    def route(exchange: Exchange) -> Answer:
        tag = f'"{exchange.number}"'
        return Answer(body=picture("x"), status=203, headers={"ETag": tag})

    workshop.write("a.md", image(site.on("/x.png", route)))
    workshop.run()
    before = snapshot(workshop.archive / "posts")
    workshop.run(**ALL)
    workshop.run(**ALL)

    assert [etag for etag, _ in conditions(site, "/x.png")] == [None, '"1"', '"2"']
    assert snapshot(workshop.archive / "posts") == before


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(status=404, body=b"no"), "not-found"),
        (Answer(status=410, body=b"no"), "gone"),
        (Answer(status=403, body=b"no"), "forbidden"),
        (Answer(body=b"<!doctype html><p>Not here", media_type="text/html"), "not-an-image"),
        (Answer(body=picture("x")[:-40] + b"x" * 40), "undecodable"),
        (Answer(body=save(Image.new("RGB", (1, 1)), "PNG")), "placeholder"),
        (Answer(body=save(Image.new("RGB", (300, 200)), "PNG")), "placeholder"),
    ],
    ids=["404", "410", "403", "a page", "broken", "a pixel", "blank"],
)  # fmt: skip
def test_gone(site: Site, workshop: Workshop, answer: Answer, code: str) -> None:
    """What is gone, or a fake now, stays archived with its files, and the failure says so once."""
    url = site.serve("/x.png", picture("one"))
    workshop.write("a.md", image(url))
    workshop.run()
    first, files = workshop.entry("a.md"), snapshot(workshop.bundle("a.md") / "images")
    site.on("/x.png", lambda _exchange: answer)
    run = workshop.run(**ALL)
    entry, written = workshop.entry("a.md"), snapshot(workshop.archive / "posts")
    again = workshop.run(**ALL)

    assert counts(run) == counts(again) == {"gone": 1}
    assert (entry.state, entry.original, entry.earlier) == ("archived", first.original, ())
    assert entry.failure is not None
    assert (entry.failure.code, entry.failure.permanent) == (code, True)
    assert entry.failure.next_attempt is None
    assert snapshot(workshop.bundle("a.md") / "images") == files
    assert run.stats.states["archived"] == 1
    assert not run.stats.failures
    assert snapshot(workshop.archive / "posts") == written


def test_back_again(site: Site, workshop: Workshop) -> None:
    """An image that was gone and is there again is as it was before."""
    url = site.serve("/x.png", picture("one"))
    workshop.write("a.md", image(url))
    workshop.run()
    before = snapshot(workshop.bundle("a.md"))["manifest.json"][1]
    site.on("/x.png", lambda _exchange: Answer(status=404, body=b"no"))
    workshop.run(**ALL)
    site.serve("/x.png", picture("one"))
    workshop.run(**ALL)

    assert snapshot(workshop.bundle("a.md"))["manifest.json"][1] == before


def test_gone_is_not_retried(site: Site, workshop: Workshop) -> None:
    """`retry` is for what is not archived: what is merely gone elsewhere is left alone."""
    url = site.serve("/x.png", picture("one"))
    workshop.write("a.md", image(url) + image(site.url("/not-found.png")))
    workshop.run()
    site.on("/x.png", lambda _exchange: Answer(status=404, body=b"no"))
    workshop.run(**ALL)
    before, hits = workshop.manifest("a.md").entries[0], site.hits("/x.png")
    workshop.retry(ARCHIVE_REFRESH="0")

    assert workshop.manifest("a.md").entries[0] == before
    assert (site.hits("/x.png"), site.hits("/not-found.png")) == (hits, 2)


def test_passing_trouble(site: Site, workshop: Workshop) -> None:
    """An error that may pass changes nothing; it is noted, and the next try waits its time."""
    url = site.serve("/x.png", picture("one"))
    workshop.write("a.md", image(url))
    workshop.run()
    before = snapshot(workshop.archive / "posts")
    site.on("/x.png", lambda _exchange: Answer(status=503, body=b"no"))
    run = workshop.run(**ALL)
    hits = site.hits("/x.png")
    again = workshop.run(**ALL)
    noted, after = freshness(workshop, url), snapshot(workshop.archive / "posts")
    workshop.let_pass(timedelta(hours=2))
    third = workshop.run(**ALL)

    assert [counts(each) for each in (run, again, third)] == [
        {"unanswered": 1},
        {},
        {"unanswered": 1},
    ]
    assert site.hits("/x.png") > hits
    assert noted.failure is not None
    assert (noted.failure.code, noted.failure.runs) == ("server-error", 1)
    assert after == before
    assert workshop.entry("a.md").failure is None
    assert run.stats.states["archived"] == 1


@pytest.mark.parametrize(
    "options",
    [{"DOWNLOAD_MAXSIZE": 100}, {"ARCHIVE_MAX_PIXELS": 10}, {"robots": _DISALLOWED}],
    ids=["too large", "too many pixels", "robots.txt"],
)  # fmt: skip
def test_own_limits(site: Site, workshop: Workshop, options: dict[str, object]) -> None:
    """What an option of the run forbids says nothing of the server's image: all stays as it is."""
    url = site.serve("/x.png", picture("one"))
    workshop.write("a.md", image(url))
    workshop.run()
    before = snapshot(workshop.archive / "posts")
    site.serve("/x.png", picture("two"))
    site.robots = str(options.pop("robots", site.robots))
    workshop.let_pass(timedelta(days=2))
    run = workshop.run(**ALL, **options)

    assert counts(run) == {"unanswered": 1}
    assert snapshot(workshop.archive / "posts")["a.md/images/x.png"] == before["a.md/images/x.png"]
    assert workshop.entry("a.md").failure is None


def test_several_bundles(site: Site, workshop: Workshop) -> None:
    """An image of several posts is asked for once, and all of them get what came of it."""
    url = site.serve("/x.png", picture("one"))
    for name in ("a.md", "b.md", "c.md"):
        workshop.write(name, image(url))
    workshop.run()
    site.serve("/x.png", picture("two"))
    run = workshop.run(**ALL)
    entries = [workshop.entry(name) for name in ("a.md", "b.md", "c.md")]

    assert (site.hits("/x.png"), counts(run)) == (2, {"changed": 1})
    assert len({entry.original and entry.original.digest for entry in entries}) == 1
    assert [len(entry.earlier) for entry in entries] == [1, 1, 1]
    for name, entry in zip(("a.md", "b.md", "c.md"), entries, strict=True):
        assert files_are_whole(workshop.bundle(name), *entry.earlier)
    inodes = {
        (workshop.bundle(name) / entry.original.path).stat().st_ino
        for name, entry in zip(("a.md", "b.md", "c.md"), entries, strict=True)
        if entry.original
    }
    assert len(inodes) == 1


@pytest.mark.parametrize("gone", [False, True])
def test_other_source(site: Site, workshop: Workshop, *, gone: bool) -> None:
    """A bundle whose source was not among those of the run follows when it is; nobody is asked."""
    url = site.serve("/x.png", picture("one"))
    one, other = workshop.write("one/a.md", image(url)), workshop.write("two/b.md", image(url))
    workshop.run(one.parent, other.parent)
    site.on("/x.png", lambda _: Answer(body=picture("two"), status=404 if gone else 200))
    workshop.run(one.parent, ARCHIVE_REFRESH="0")
    hits = site.hits("/x.png")
    workshop.run(other.parent)

    assert site.hits("/x.png") == hits
    expected, entry = workshop.entry("a.md"), workshop.entry("b.md")
    assert (entry.state, entry.failure) == (expected.state, expected.failure)
    assert len(entry.earlier) == len(expected.earlier) == (0 if gone else 1)


def test_killed_before_the_manifest(site: Site, workshop: Workshop) -> None:
    """What the catalog knows and the manifest does not yet is brought there by the next run."""
    url = site.serve("/x.png", picture("one"))
    workshop.write("a.md", image(url))
    workshop.run()
    manifest = workshop.bundle("a.md") / "manifest.json"
    before = manifest.read_bytes()
    site.serve("/x.png", picture("two"))
    workshop.run(**ALL)
    after = manifest.read_bytes()
    put_manifest(workshop.archive, "posts/a.md", before)
    archive = Archive(workshop.archive)
    row = archive.catalog.capture(url)
    assert row is not None
    archive.catalog.put_capture(row, is_news=True)
    archive.close()
    hits = site.hits("/x.png")
    workshop.run()

    assert manifest.read_bytes() == after
    assert site.hits("/x.png") == hits


def test_lost_catalog(site: Site, workshop: Workshop) -> None:
    """Without the catalog the dates of the captures tell what is due."""
    url = site.serve("/x.png", picture("one"))
    workshop.write("a.md", image(url))
    workshop.run()
    for path in workshop.archive.glob("catalog.sqlite*"):
        path.unlink()
    site.serve("/x.png", picture("two"))
    run = workshop.run(**ALL)

    assert counts(run) == {"changed": 1}
    assert len(workshop.entry("a.md").earlier) == 1


def test_suspect(site: Site, workshop: Workshop) -> None:
    """What looked like a stand-in is asked for again too, and gives way to the true picture."""
    url = site.serve("/x.png", save(Image.new("RGB", (1, 1)), "PNG"))
    workshop.write("a.md", image(url))
    workshop.run()
    same = workshop.run(**ALL)
    still = workshop.entry("a.md")
    site.on("/x.png", lambda _exchange: Answer(status=404, body=b"no"))
    gone = workshop.run(**ALL)
    kept = workshop.entry("a.md")
    site.serve("/x.png", picture("true"))
    true = workshop.run(**ALL)
    entry = workshop.entry("a.md")

    assert [counts(run) for run in (same, gone, true)] == [
        {"unchanged": 1},
        {"gone": 1},
        {"changed": 1},
    ]
    assert still.state == "suspect"
    assert kept == still
    assert (entry.state, entry.failure, len(entry.earlier)) == ("archived", None, 1)


def test_stand_in_all_at_once(site: Site, workshop: Workshop) -> None:
    """A host that shows one picture in the place of all is found out, whatever comes first."""
    paths = [f"/{number}/x.png" for number in range(5)]
    for path in paths:
        site.serve(path, picture(path))
    workshop.write("a.md", "".join(image(site.url(path)) for path in paths))
    workshop.run()
    together = threading.Barrier(len(paths), timeout=20)

    def same(_exchange: Exchange) -> Answer:
        together.wait()
        return Answer(body=picture("logo"), media_type="image/png")

    for path in paths:
        site.on(path, same)
    workshop.run(**ALL, CONCURRENT_REQUESTS_PER_DOMAIN=len(paths))
    entries = workshop.manifest("a.md").entries

    assert [entry.state for entry in entries] == ["suspect"] * 5
    assert [len(entry.earlier) for entry in entries] == [1] * 5


def test_stand_in_that_was_there_before(site: Site, workshop: Workshop) -> None:
    """What was taken for a stand-in once is none the less for it when it comes again."""
    pixel = save(Image.new("RGB", (1, 1)), "PNG")
    workshop.write("a.md", image(site.serve("/x.png", pixel)))
    workshop.run()
    site.serve("/x.png", picture("true"))
    workshop.run(**ALL)
    true = workshop.entry("a.md")
    site.serve("/x.png", pixel)
    run = workshop.run(**ALL)
    entry = workshop.entry("a.md")

    assert counts(run) == {"gone": 1}
    assert (entry.state, entry.original, entry.earlier) == ("archived", true.original, true.earlier)


@pytest.fixture(name="web")
def _web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """One site that is every host: those of the images and that of the archive."""
    with Site() as site, Proxy(http=site) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        yield site


MEMENTO: dict[str, object] = {
    "ARCHIVE_FALLBACK": "memento",
    "ARCHIVE_TIMEGATE": "http://archive.example/timegate/",
}


def test_not_from_the_live_web(web: Site, workshop: Workshop) -> None:
    """Local files, data: URLs and what an archive of the web gave are not asked for again."""
    web.capture("http://dead.example/gone.png", "2020-01-01T00:00:00Z")
    inline = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
    workshop.write("x.png", picture("x"))
    images = ("x.png", "http://dead.example/gone.png", inline)
    workshop.write("a.md", "".join(map(image, images)))
    workshop.run(**MEMENTO)
    before, asked = snapshot(workshop.archive / "posts"), len(web.requests)
    run = workshop.run(**MEMENTO, **ALL)

    assert [entry.capture and entry.capture.via for entry in workshop.manifest("a.md").entries] == [
        "file",
        "memento",
        "data",
    ]
    assert len(web.requests) == asked
    assert (counts(run), run.stats.unchanged_posts) == ({}, 1)
    assert snapshot(workshop.archive / "posts") == before


def test_gone_is_not_looked_for_elsewhere(web: Site, workshop: Workshop) -> None:
    """A copy of an archive of the web does not take the place of what is here."""
    web.serve("/x.png", picture("one"))
    web.capture("http://live.example/x.png", "2020-01-01T00:00:00Z")
    workshop.write("a.md", image("http://live.example/x.png"))
    workshop.run()
    web.on("/x.png", lambda _exchange: Answer(status=404, body=b"no"))
    workshop.run(**MEMENTO, **ALL)

    assert workshop.entry("a.md").failure is not None
    assert workshop.entry("a.md").earlier == ()
    assert not [r for r in web.requests if r.path.startswith("/timegate/")]


def test_in_place(site: Site, workshop: Workshop) -> None:
    """Bundles beside their articles get the new version as well."""
    url = site.serve("/x.png", picture("one"))
    workshop.write("a.md", image(url))
    workshop.run(ARCHIVE_IN_PLACE=True)
    site.serve("/x.png", picture("two"))
    workshop.run(ARCHIVE_IN_PLACE=True, **ALL)

    assert len(list((workshop.blog / "a" / "images").iterdir())) == 2


def test_no_longer_wanted(site: Site, workshop: Workshop) -> None:
    """What the post names no longer, or a rule leaves out, is not asked for."""
    one, two = site.url("/ok.png"), site.url("/ok.jpg")
    workshop.write("a.md", image(one) + image(two))
    workshop.run()
    workshop.write("a.md", "No picture. " + image(two))
    workshop.run(ARCHIVE_EXCLUDE="*.jpg")
    archive = Archive(workshop.archive)
    due = archive.catalog.due_in("posts/a.md", before="9", now="9")
    archive.close()
    run = workshop.run(ARCHIVE_EXCLUDE="*.jpg", **ALL)

    assert not due
    assert (counts(run), run.stats.unchanged_posts) == ({}, 1)
    assert (site.hits("/ok.png"), site.hits("/ok.jpg")) == (1, 1)


def test_rebuilt_catalog(site: Site, workshop: Workshop) -> None:
    """What a post names no longer is not asked for by a catalog that was made anew, either."""
    one, two = site.url("/ok.png"), site.url("/ok.jpg")
    workshop.write("a.md", image(one) + image(two))
    workshop.run()
    workshop.write("a.md", "No picture. " + image(two))
    workshop.run()
    rebuilt = workshop.command("verify", "--rebuild-catalog")
    run = workshop.run(**ALL)
    archive = Archive(workshop.archive)
    due = archive.catalog.due_in("posts/a.md", before="9", now="9")
    archive.close()

    assert rebuilt.returncode == 0, rebuilt.stderr
    assert (counts(run), run.stats.defects) == ({"unchanged": 1}, 0)
    assert (site.hits("/ok.png"), site.hits("/ok.jpg")) == (1, 2)
    assert due == {two}


def test_named_again(site: Site, workshop: Workshop) -> None:
    """What an article names again is asked for again, too."""
    url = site.url("/ok.png")
    for text in (image(url), "None.", "Again. " + image(url)):
        workshop.write("a.md", text)
        workshop.run()
    run = workshop.run(**ALL)

    assert counts(run) == {"unchanged": 1}


def test_changed_article(site: Site, workshop: Workshop) -> None:
    """In an article that changed, old images are refreshed and new ones fetched in one run."""
    url = site.serve("/x.png", picture("one"))
    workshop.write("a.md", image(url))
    workshop.run()
    site.serve("/x.png", picture("two"))
    workshop.write("a.md", image(url) + image(site.url("/ok.png")))
    run = workshop.run(**ALL)
    first, second = workshop.manifest("a.md").entries

    assert (counts(run), len(first.earlier), second.state) == ({"changed": 1}, 1, "archived")


def test_lost_file(site: Site, workshop: Workshop) -> None:
    """A file that is missing is fetched as in every run, whatever its server confirms."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    (workshop.bundle("a.md") / "images" / "ok.png").unlink()
    workshop.run(**ALL)

    assert (workshop.bundle("a.md") / "images" / "ok.png").exists()
    assert conditions(site, "/ok.png") == [(None, None)] * 2


def test_redirected(site: Site, workshop: Workshop) -> None:
    """Validators go only to the URL that gave them, not to what redirects there."""
    workshop.write("a.md", image(site.url("/redirect")))
    workshop.run()
    run = workshop.run(**ALL)

    assert counts(run) == {"unchanged": 1}
    assert conditions(site, "/redirect") == [(None, None)] * 2
    assert conditions(site, "/ok.png")[1][0] is not None


def test_second_choice(site: Site, workshop: Workshop) -> None:
    """Where the URL inside of another had helped, it is that one that is asked for again."""
    inner = site.url("/ok.png")
    workshop.write("a.md", image(site.url(f"/not-found/?{inner}")))
    workshop.run()
    run = workshop.run(**ALL)

    assert counts(run) == {"unchanged": 1}
    assert site.hits("/not-found/") == 1


def test_referer(site: Site, workshop: Workshop) -> None:
    """A host that refuses is asked by the same ladder, from the rung that helped before."""
    workshop.write("a.md", f"---\nurl: {site.url('/post')}\n---\n{image(site.url('/ok.png'))}")
    workshop.run()

    def refuses(exchange: Exchange) -> Answer:
        fine = exchange.headers.get("Referer") is None
        return Answer(body=picture("two"), status=200 if fine else 403)

    site.on("/ok.png", refuses)
    run = workshop.run(**ALL)

    assert counts(run) == {"changed": 1}
    assert workshop.entry("a.md").failure is None


def test_rederived_as_well(site: Site, workshop: Workshop) -> None:
    """With other derivatives asked for, they are made of what is new and of what is as it was."""
    url = site.serve("/x.png", picture("one"))
    workshop.write("a.md", image(url) + image(site.url("/ok.png")))
    workshop.run()
    site.serve("/x.png", picture("two"))
    workshop.run(ARCHIVE_REDERIVE=True, ARCHIVE_THUMBNAILS="160", **ALL)

    for entry in workshop.manifest("a.md").entries:
        assert "thumbnail-160" in {made.profile for made in entry.derivatives}


def test_feed(site: Site, workshop: Workshop) -> None:
    """The images of a feed's posts are refreshed though the feed is as it was."""
    url = site.serve("/x.png", picture("one"))
    shown = f"<description>&lt;img src='{url}'></description>"
    item = f"<item><link>https://b.example/1</link>{shown}</item>"
    feed = site.serve(
        "/feed.xml",
        f"<rss version='2.0'><channel><title>b</title>{item}</channel></rss>",
        media_type="application/rss+xml",
    )
    workshop.run(feed)
    site.serve("/x.png", picture("two"))
    run = workshop.run(feed, **ALL)

    assert counts(run) == {"changed": 1}


@pytest.mark.parametrize("age", ["30", "yesterday", "-1d", "1.5h", "99999999d", "d"])
def test_wrong_age(workshop: Workshop, age: str) -> None:
    """What is no age begins nothing."""
    with pytest.raises(UsageError, match=r"ARCHIVE_REFRESH .*30d, 12h or 0"):
        workshop.run(ARCHIVE_REFRESH=age)

    assert not workshop.archive.exists()

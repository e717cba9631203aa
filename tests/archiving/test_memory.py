"""What one run learns of the world and the next one uses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from crawler.store.archive import Archive
from crawler.store.catalog import Catalog
from tests.conftest import LOOPBACK, Workshop, archived, image, snapshot
from tests.site import Answer, Exchange, Site, certificates, picture

POST = "---\nurl: https://blog.example/a/\n---\n"


def _catalog(workshop: Workshop) -> Catalog:
    return Catalog(workshop.archive / "catalog.sqlite", read_only=True)


def test_referer_that_a_host_likes(site: Site, workshop: Workshop) -> None:
    """The Referer that a host let in is the first that the next run tries."""
    first, second = site.url("/needs-own-referer/1.png"), site.url("/needs-own-referer/2.png")
    workshop.write("a.md", POST + image(first))
    workshop.run()
    catalog = _catalog(workshop)
    learned = catalog.host(LOOPBACK)
    catalog.close()
    workshop.write("b.md", POST + image(second))
    workshop.run()

    assert learned is not None
    assert learned.liked == "origin"
    assert archived(workshop.manifest("b.md")) == [second]
    assert site.hits("/needs-own-referer/1.png") > 1
    assert site.hits("/needs-own-referer/2.png") == 1


def test_known_stand_in_is_refused(site: Site, workshop: Workshop) -> None:
    """A stand-in that is known makes the next image climb the ladder; what it finds is archived."""
    for number in range(5):
        url = site.serve(f"/{number}/photo.png", picture("hotlink.png"))
        workshop.write(f"{number}.md", POST + image(url))
    workshop.run()
    stranger, friend = picture("hotlink.png"), picture("/6/photo.png")

    def choosy(exchange: Exchange) -> Answer:
        return Answer(body=friend if exchange.headers.get("Referer") == site.url() else stranger)

    url = site.on("/6/photo.png", choosy)
    workshop.write("6.md", POST + image(url))
    workshop.run()
    entry = workshop.entry("6.md")

    assert entry.state == "archived", entry.failure
    assert entry.original is not None
    assert (workshop.bundle("6.md") / entry.original.path).read_bytes() == friend
    assert entry.original.path == "images/photo.png"
    assert len(list((workshop.bundle("6.md") / "images").iterdir())) == 1


def test_stand_in_whatever_the_referer(site: Site, workshop: Workshop) -> None:
    """A stand-in that comes whatever the Referer is kept, once, and suspect."""
    for number in range(6):
        if number == 5:
            workshop.run()
        url = site.serve(f"/{number}/photo.png", picture("hotlink.png"))
        workshop.write(f"{number}.md", POST + image(url))
    workshop.run()
    entry = workshop.entry("5.md")

    assert entry.state == "suspect"
    assert [path.name for path in (workshop.bundle("5.md") / "images").iterdir()] == ["photo.png"]
    assert site.hits("/5/photo.png") > 1


def test_insecure_host_is_recorded(workshop: Workshop, tmp_path: Path) -> None:
    """The manifest says whose TLS was not verified, once, and goes on saying so."""
    with Site(tls=certificates(tmp_path, "elsewhere.example").context) as site:
        workshop.write("a.md", image(site.url("/ok/1.png")) + image(site.url("/ok/2.png")))
        workshop.run(ARCHIVE_INSECURE_HOSTS=LOOPBACK)
        before = workshop.manifest("a.md")
        workshop.write("a.md", image(site.url("/ok/2.png")))
        workshop.run()
        after = workshop.manifest("a.md")

    words = (f"TLS of {LOOPBACK} was not verified (--insecure-host)",)
    assert (before.post.problems, after.post.problems) == (words, words)
    assert before.summary.archived == 2


def test_option_that_lifts_a_failure_of_tls(workshop: Workshop, tmp_path: Path) -> None:
    """With --insecure-host, what failed over its certificate is asked for at once."""
    with Site(tls=certificates(tmp_path, "elsewhere.example").context) as site:
        workshop.write("a.md", image(site.url("/ok.png")))
        workshop.run()
        before = workshop.entry("a.md")
        workshop.run(ARCHIVE_INSECURE_HOSTS=LOOPBACK)

    assert before.failure is not None
    assert before.failure.code == "tls-failed"
    assert workshop.entry("a.md").state == "archived"


def test_option_that_lifts_a_refusal(site: Site, workshop: Workshop) -> None:
    """A new --referer is tried at once on what was refused, and on nothing that is merely gone."""
    page = "https://known.example/page"

    def choosy(exchange: Exchange) -> Answer:
        known = exchange.headers.get("Referer") == page
        return Answer(body=picture("x.png")) if known else Answer(status=403)

    url = site.on("/choosy.png", choosy)
    workshop.write("a.md", image(url) + image(site.url("/gone.png")))
    workshop.run()
    workshop.run(ARCHIVE_REFERERS=f"{LOOPBACK}={page}")

    assert archived(workshop.manifest("a.md")) == [url]
    assert site.hits("/gone.png") == 1


def test_attempts_are_remembered(site: Site, workshop: Workshop) -> None:
    """The catalog has every request of the last try, with the capture itself."""
    workshop.write("a.md", image(site.url("/redirect.png")) + image(site.url("/gone.png")))
    workshop.run()
    catalog = _catalog(workshop)
    traces = [catalog.trace(site.url(path)) for path in ("/redirect.png", "/gone.png")]
    catalog.close()

    assert [[attempt.status for attempt in trace] for trace in traces] == [[302, 200], [410]]


def test_catalog_that_knows_a_suspect(site: Site, workshop: Workshop) -> None:
    """A post that names what is suspect elsewhere has it suspect too, without a request."""
    url = site.serve("/a.png", picture("/a.png", size=(1, 1)))
    workshop.write("a.md", image(url))
    workshop.run()
    workshop.write("b.md", image(url))
    workshop.run()
    first, second = workshop.entry("a.md"), workshop.entry("b.md")

    assert site.hits("/a.png") == 1
    assert (second.state, second.failure) == ("suspect", first.failure)
    assert replace(second, references=()) == replace(first, references=())


def test_suspect_that_is_named_no_more(site: Site, workshop: Workshop) -> None:
    """What a post names no longer stays what it was: suspect is not archived."""
    workshop.write("a.md", image(site.serve("/a.png", picture("/a.png", size=(1, 1)))))
    workshop.run()
    workshop.write("a.md", "no images any more")
    workshop.run()
    entry = workshop.entry("a.md")

    assert (entry.state, entry.references) == ("suspect", ())
    assert entry.failure is not None


def test_lost_thumbnail_of_a_suspect(site: Site, workshop: Workshop) -> None:
    """A lost derivative of a suspect picture is made again from its original."""
    for number in range(5):
        workshop.write(f"{number}.md", image(site.serve(f"/{number}/a.png", picture("a.png"))))
    workshop.run()
    before = snapshot(workshop.bundle("0.md"))
    (workshop.bundle("0.md") / "thumbnails" / "a.320.jpg").unlink()
    workshop.write("0.md", image(site.url("/0/a.png")) + "changed")
    workshop.run()

    assert site.hits("/0/a.png") == 1
    assert workshop.entry("0.md").state == "suspect"
    assert set(before) <= set(snapshot(workshop.bundle("0.md")))


def test_archive_is_free_after_a_wrong_digest(workshop: Workshop) -> None:
    """A run that cannot begin holds nothing."""
    workshop.write("a.md", "text")
    workshop.run()
    workshop.command("archive", "blog", "--not-placeholder", "sha256:0123456789")

    Archive(workshop.archive).close()

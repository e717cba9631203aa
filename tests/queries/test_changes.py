"""What differs since a run: found, joined over several runs, and said."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from crawler.errors import UsageError
from crawler.queries.changes import archive_changes
from tests.conftest import Workshop, image
from tests.site import Answer, Site, picture


def kinds(workshop: Workshop, since: str | None = None) -> list[tuple[str, str]]:
    """Return what differs: the kind, and the name of the post or of the image's file."""
    found = archive_changes(workshop.archive, since).changes
    return [(kind, (c.url or c.post).rpartition("/")[2]) for kind, c in found]


def runs(workshop: Workshop) -> list[str]:
    """Return the names of the runs, the oldest first."""
    return sorted(path.name.removesuffix(".json") for path in workshop.archive.glob("runs/*.json"))


def serve(site: Site, **bodies: str | None) -> dict[str, str]:
    """Serve a picture for each name, or 404 for None; return the URLs."""
    return {
        name: site.serve(f"/{name}.png", picture(body))
        if body
        else site.on(f"/{name}.png", lambda _exchange: Answer(status=404, body=b"no"))
        for name, body in bodies.items()
    }


def test_since_each_run(site: Site, workshop: Workshop) -> None:
    """A run's own changes; and over several runs, from how it was before to how it is now."""
    urls = serve(site, same="1", other="2", leaves="3", late=None)
    workshop.write("a.md", "".join(map(image, urls.values())))
    workshop.run()
    first = kinds(workshop)
    serve(site, other="4", leaves=None, late="5")
    workshop.run(ARCHIVE_REFRESH="0")
    workshop.retry()
    retried = kinds(workshop)
    workshop.run()
    last = kinds(workshop)
    begun = datetime(2000, 1, 1, tzinfo=UTC).isoformat()

    assert first == [
        ("new-post", "a.md"),
        ("new-image", "same.png"),
        ("new-image", "other.png"),
        ("new-image", "leaves.png"),
        ("newly-failed", "late.png"),
    ]
    assert retried == [("recovered", "late.png")]
    assert last == []
    assert kinds(workshop, runs(workshop)[0]) == [
        ("changed-image", "other.png"),
        ("gone-upstream", "leaves.png"),
        ("recovered", "late.png"),
    ]
    assert kinds(workshop, begun) == [
        ("new-post", "a.md"),
        ("new-image", "same.png"),
        ("new-image", "other.png"),
        ("new-image", "leaves.png"),
        ("new-image", "late.png"),
    ]
    assert kinds(workshop, "2200-01-01") == []


def test_lost_catalog(site: Site, workshop: Workshop) -> None:
    """What differs is known without the catalog of that time, and a cut line is no change."""
    workshop.write("a.md", image(serve(site, x="1")["x"]))
    workshop.run()
    expected = kinds(workshop)
    for path in workshop.archive.glob("catalog.sqlite*"):
        path.unlink()
    (log,) = workshop.archive.glob("runs/*.changes.jsonl")
    log.write_bytes(log.read_bytes() + b'{"post": "b.md", "url"')
    (workshop.archive / "catalog.sqlite").touch()

    assert kinds(workshop) == expected != []


def test_changed_article(site: Site, workshop: Workshop) -> None:
    """An article that changed is a change of its post; what it names no longer is none."""
    url = serve(site, x="1")["x"]
    workshop.write("a.md", image(url))
    workshop.run()
    workshop.write("a.md", "Without.")
    workshop.run()

    assert kinds(workshop) == [("changed-post", "a.md")]


def test_stand_ins_of_earlier_runs(site: Site, workshop: Workshop) -> None:
    """An image that turns out to be a stand-in later is newly suspect in that run."""
    for number in range(5):
        url = site.serve(f"/{number}.png", picture("always the same"))
        workshop.write(f"{number}.md", image(url))
        workshop.run()

    assert kinds(workshop) == [
        ("newly-failed", "0.png"),
        ("newly-failed", "1.png"),
        ("newly-failed", "2.png"),
        ("newly-failed", "3.png"),
        ("new-post", "4.md"),
        ("newly-failed", "4.png"),
    ]


def test_words(site: Site, workshop: Workshop) -> None:
    """Each kind has its list; a changed image says the old digest and the new one."""
    urls = serve(site, other="2", leaves="3")
    workshop.write("a.md", "".join(map(image, urls.values())))
    workshop.run()
    before = workshop.manifest("a.md").entries[0].original
    serve(site, other="4", leaves=None)
    workshop.run(ARCHIVE_REFRESH="0")
    after = workshop.manifest("a.md").entries[0].original
    said = workshop.command("status", "--changes")
    document = json.loads(workshop.command("status", "--changes", "--json").stdout)

    assert before is not None
    assert after is not None
    assert said.stdout == (
        f"2 changes in 1 run ({runs(workshop)[-1]}).\n\n"
        f"changed images (1)\n  {urls['other']}\n"
        f"    a.md: {before.digest[:15]} is {after.digest[:15]} now\n\n"
        f"gone upstream, kept here (1)\n  {urls['leaves']}\n"
        "    a.md: its server answers not-found\n"
    )
    assert document["runs"] == runs(workshop)[-1:]
    assert {kind: n for kind, n in document["counts"].items() if n} == {
        "changed-image": 1,
        "gone-upstream": 1,
    }
    assert document["changes"][0]["before"]["digest"] == before.digest
    assert document["changes"][0]["after"]["digest"] == after.digest


@pytest.mark.parametrize("since", ["yesterday", "2020-13-01", "2020-01-01.json"])
def test_unknown_run(since: str, workshop: Workshop) -> None:
    """What is neither a run nor a date is named, with the last runs."""
    workshop.write("a.md", "Text.")
    workshop.run()

    with pytest.raises(UsageError, match=f"neither a date nor a run .* are {runs(workshop)[0]}"):
        archive_changes(workshop.archive, since)


def test_wrong_usage(workshop: Workshop) -> None:
    """--since alone says what it needs; without an archive nothing differs."""
    alone = workshop.command("status", "--since", "2026-01-01")
    nothing = workshop.command("status", "--changes")

    assert (alone.returncode, nothing.returncode) == (2, 2)
    assert "--since says since when --changes looks" in alone.stderr
    assert "is not an archive" in nothing.stderr

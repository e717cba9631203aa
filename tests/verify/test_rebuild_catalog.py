"""The catalog made anew from the manifests."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from crawler.common import archive_layout
from crawler.store.archive import Archive
from crawler.store.catalog import Catalog, RobotsRow, Standing
from crawler.verify import verify
from crawler.verify.rebuild_catalog import rebuild_catalog
from tests.conftest import Workshop, image, snapshot
from tests.site import Site
from tests.verify.damage import FIRST, Damage, delete, fill, flip, put


@contextmanager
def _catalog(archive: Path) -> Iterator[Catalog]:
    with closing(Catalog(archive / archive_layout.CATALOG, read_only=True, still=True)) as catalog:
        yield catalog


def _says(archive: Path) -> tuple[list[object], ...]:
    """Return what a catalog says of posts and images, but for when articles were looked at."""
    with _catalog(archive) as catalog:
        posts = [(r.id, r.bundle, r.summary, r.failures, r.due) for r in catalog.posts()]
        found = [catalog.capture(url) for url, _ in sorted(catalog.states())]
        images = [(r.url, r.state, r.version, r.failure) for r in found if r]
        return [*posts], [*images]


@pytest.mark.parametrize(
    "damage",
    [delete("catalog.sqlite"), put("catalog.sqlite", b"not a catalog"), put("catalog.sqlite", b"")],
    ids=["deleted", "overwritten", "empty"],
)
def test_rebuilt(damage: Damage, site: Site, workshop: Workshop) -> None:
    """The new catalog says what the lost one said, and a run then asks for no image."""
    fill(workshop, site)
    workshop.write("c.md", image(site.url("/gone.png")))
    workshop.run()
    before, bundles = _says(workshop.archive), snapshot(workshop.archive / "posts")
    damage(workshop.archive)
    rebuilt = rebuild_catalog(workshop.archive)
    after, asked = _says(workshop.archive), len(site.requests)
    found = verify(workshop.archive)
    workshop.write("d.md", image(site.url("/ok/two.jpg")))
    run = workshop.run()

    assert after == before
    assert (rebuilt.posts, rebuilt.images) == (3, 4)
    assert all("beside their articles" in problem for problem in rebuilt.problems)
    assert found.is_sound
    assert [request.path for request in site.requests[asked:]] in ([], ["/robots.txt"])
    assert run.stats.states["archived"] == 7
    assert {k: v for k, v in snapshot(workshop.archive / "posts").items() if "d.md" not in k} == (
        bundles
    )


def test_nothing_is_deleted(site: Site, workshop: Workshop) -> None:
    """The former catalog is set aside, and what no manifest says is taken from it."""
    fill(workshop, site)
    workshop.write("empty.md", "no image")
    workshop.run()
    archive = Archive(workshop.archive)
    robots = RobotsRow(
        origin="https://a.example", date="2026-11-25T00:00:00Z", status=200, body=b""
    )
    archive.catalog.put_robots(robots)
    behind = Standing(wanted=True, behind=True)
    archive.catalog.put_standing(site.url("/ok/one.png"), FIRST, behind)
    archive.close()
    former = (workshop.archive / "catalog.sqlite").read_bytes()
    with _catalog(workshop.archive) as catalog:
        posts = list(catalog.posts())
    rebuilt = rebuild_catalog(workshop.archive)
    with _catalog(workshop.archive) as catalog:
        kept = catalog.robots("https://a.example")
        trace = catalog.trace(site.url("/ok/one.png"))
        same = list(catalog.posts())
        standing = catalog.standings(FIRST)[site.url("/ok/one.png")]
    unchanged = workshop.run()

    assert [(workshop.archive / path).read_bytes() for path in rebuilt.set_aside] == [former]
    assert rebuilt.set_aside[0].startswith("set-aside/")
    assert (kept, len(trace), standing) == (robots, 1, behind)
    assert same == posts
    assert unchanged.stats.unchanged_posts == 3


def test_damaged_page(site: Site, workshop: Workshop) -> None:
    """A catalog that can be opened and not read to its end is made anew all the same."""
    fill(workshop, site)
    before = _says(workshop.archive)
    path = workshop.archive / "catalog.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'captures'"
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    rebuild_catalog(workshop.archive)

    assert _says(workshop.archive) == before


def test_in_place(site: Site, workshop: Workshop) -> None:
    """Of bundles in place a lost catalog is told by a folder in which they are looked for."""
    workshop.write("a.md", image(site.url("/ok/one.png")))
    workshop.run(ARCHIVE_IN_PLACE=True)
    before = _says(workshop.archive)
    kept = rebuild_catalog(workshop.archive)
    (workshop.archive / "catalog.sqlite").unlink()
    alone = rebuild_catalog(workshop.archive)
    (workshop.archive / "catalog.sqlite").unlink()
    rebuild_catalog(workshop.archive, given=[str(workshop.blog)])
    again = workshop.run(ARCHIVE_IN_PLACE=True)

    assert (kept.posts, alone.posts) == (1, 0)
    assert _says(workshop.archive) == before
    assert site.hits("/ok/one.png") == 1
    assert again.problems == []


def test_manifest_that_cannot_be_read(site: Site, workshop: Workshop) -> None:
    """What the former catalog knows of such a bundle stays: a run writes the manifest from it."""
    fill(workshop, site)
    manifest = (workshop.archive / FIRST / archive_layout.MANIFEST).read_bytes()
    put(f"{FIRST}/{archive_layout.MANIFEST}", b"{")(workshop.archive)
    rebuilt = rebuild_catalog(workshop.archive)
    delete(f"{FIRST}/{archive_layout.MANIFEST}")(workshop.archive)
    workshop.run()

    assert len(rebuilt.problems) == 1
    assert site.hits("/ok/one.png") == 1
    assert len((workshop.archive / FIRST / archive_layout.MANIFEST).read_bytes()) == len(manifest)
    assert verify(workshop.archive).is_sound


def test_deleted_bundle_is_forgotten(site: Site, workshop: Workshop) -> None:
    """A bundle that a person deleted is no longer missed, and that is said."""
    fill(workshop, site)
    (workshop.archive / FIRST).rename(workshop.folder / "away")
    rebuilt = rebuild_catalog(workshop.archive)

    assert [problem.split(":")[0] for problem in rebuilt.problems] == [FIRST]
    assert verify(workshop.archive).is_sound


def test_two_bundles_of_one_post(site: Site, workshop: Workshop) -> None:
    """Of two bundles of one post the first is taken, and the other told."""
    fill(workshop, site)
    (workshop.archive / "posts/z.md").mkdir()
    for name in ("manifest.json", "article.md"):
        content = (workshop.archive / FIRST / name).read_bytes()
        put(f"posts/z.md/{name}", content)(workshop.archive)
    rebuilt = rebuild_catalog(workshop.archive)

    assert rebuilt.problems == ("posts/z.md: its post a.md is in posts/a.md, too",)
    assert rebuilt.posts == 2


def test_half_a_rebuild(site: Site, workshop: Workshop) -> None:
    """What a rebuild left that was killed is in nobody's way."""
    fill(workshop, site)
    before = _says(workshop.archive)
    put("catalog.sqlite.new", b"half of one")(workshop.archive)
    flip("catalog.sqlite.new")(workshop.archive)
    rebuild_catalog(workshop.archive)

    assert _says(workshop.archive) == before
    assert not (workshop.archive / "catalog.sqlite.new").exists()

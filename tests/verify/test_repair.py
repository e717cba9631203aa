"""Real damage, mended from where the very same bytes still are; and what is left, and why."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from crawler.common import archive_layout
from crawler.common.digests import digest
from crawler.store.manifest import from_document
from crawler.verify import Depth, verify
from crawler.verify.repair import Lost, Repaired, Restore, repair
from crawler.verify.repair.refetch import fetch_lost
from tests.conftest import QUICK, Workshop, check_schema, image, put_manifest, snapshot
from tests.site import Answer, Proxy, Site, picture
from tests.verify.damage import (
    FIRST,
    SECOND,
    Damage,
    copy,
    cut,
    delete,
    fill,
    flip,
    put,
    replace_by_folder,
    swap,
)

_NOBODY = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


def _nowhere(_lost: Sequence[Lost], _restore: Restore) -> Mapping[str, str]:
    raise AssertionError("nothing is to be asked for")


def _repair(archive: Path, **settings: object) -> Repaired:
    """Repair without the network, unless *settings* say how it is asked."""
    overrides = {"ARCHIVE": str(archive), **QUICK, **settings}
    return repair(
        archive,
        fetch=partial(fetch_lost, overrides=overrides) if settings else _nowhere,
        began=_NOBODY,
        depth=Depth(),
        watch=lambda _stage, _done, _total: None,
    )


def _content(archive: Path) -> dict[str, bytes]:
    return {name: content for name, (_, content) in snapshot(archive / "posts").items()}


def _apart(archive: Path) -> None:
    """Let the two bundles have files of their own for the image that both name."""
    for path in (archive / SECOND).glob("*/shared*"):
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "how"),
    [
        (flip(f"{FIRST}/images/shared.png"), f"from {SECOND}/images/shared.png"),
        (cut(f"{FIRST}/images/shared.png"), f"from {SECOND}/images/shared.png"),
        (delete(f"{FIRST}/images/shared.png"), f"from {SECOND}/images/shared.png"),
        (replace_by_folder(f"{FIRST}/images/shared.png"), f"from {SECOND}/images/shared.png"),
        (flip(f"{FIRST}/thumbnails/shared.320.jpg"), f"from {SECOND}/thumbnails/shared.320.jpg"),
        (flip(f"{FIRST}/converted/one.jpg"), "made again from images/one.png"),
        (delete(f"{SECOND}/thumbnails/two.320.jpg"), "made again from images/two.jpg"),
        (flip(f"{FIRST}/images/here.gif"), "from its source on this disk"),
        (flip(f"{FIRST}/article.md"), "from its source on this disk"),
        (delete(f"{FIRST}/article.md"), "from its source on this disk"),
    ],
    ids=[
        "flipped, a twin", "cut, a twin", "deleted, a twin", "a folder, a twin",
        "thumbnail, a twin", "converted copy", "thumbnail", "local image", "article flipped",
        "article deleted",
    ],
)  # fmt: skip
def test_mended(damage: Damage, how: str, site: Site, workshop: Workshop) -> None:
    """Damage is mended from the nearest place, byte for byte, without asking anybody."""
    fill(workshop, site)
    _apart(workshop.archive)
    before = _content(workshop.archive)
    damage(workshop.archive)
    repaired = _repair(workshop.archive)

    assert [(each.done, each.how) for each in repaired.repairs] == [(True, how)]
    assert repaired.is_sound
    assert _content(workshop.archive) == before
    assert verify(workshop.archive).is_sound


def test_data_url(site: Site, workshop: Workshop) -> None:
    """An image that stands in the article itself comes back from there."""
    fill(workshop, site)
    before = _content(workshop.archive)
    (path,) = (workshop.archive / FIRST / "images").glob("data-*")
    flip(f"{FIRST}/images/{path.name}")(workshop.archive)
    repaired = _repair(workshop.archive)

    assert repaired.is_sound
    assert _content(workshop.archive) == before


def test_set_aside(site: Site, workshop: Workshop) -> None:
    """What is replaced is kept with its path, in a folder of the time, and listed."""
    fill(workshop, site)
    _apart(workshop.archive)
    flip(f"{FIRST}/images/shared.png")(workshop.archive)
    damaged = (workshop.archive / FIRST / "images/shared.png").read_bytes()
    repaired = _repair(workshop.archive)
    (kept,) = repaired.set_aside

    assert kept == f"set-aside/2026-11-25T020000Z/{FIRST}/images/shared.png"
    assert (workshop.archive / kept).read_bytes() == damaged
    assert (workshop.archive / FIRST / "images/shared.png").samefile(
        workshop.archive / SECOND / "images/shared.png"
    )


def test_swapped(site: Site, workshop: Workshop) -> None:
    """Files that were mixed up get their own bytes back."""
    fill(workshop, site)
    before = _content(workshop.archive)
    for name in ("x.png", "y.png", "z.png"):
        site.serve(f"/{name}", picture(f"/{name}").ljust(20_000, b"\0"))
    workshop.write("c.md", "".join(image(site.url(f"/{name}.png")) for name in "xyz"))
    workshop.run(workshop.blog / "c.md")
    before = _content(workshop.archive)
    swap("posts/c.md/images/x.png", "posts/c.md/images/y.png")(workshop.archive)
    swap("posts/c.md/images/y.png", "posts/c.md/images/z.png")(workshop.archive)
    repaired = _repair(workshop.archive)

    assert len(repaired.repairs) == 3
    assert repaired.is_sound
    assert _content(workshop.archive) == before


def test_linked(site: Site, workshop: Workshop) -> None:
    """One file under two names that is damaged is asked for once, and is one file again."""
    fill(workshop, site)
    before, asked = _content(workshop.archive), site.hits("/ok/shared.png")
    flip(f"{FIRST}/images/shared.png")(workshop.archive)
    repaired = _repair(workshop.archive, ARCHIVE_ATTEMPTS=1)
    one, other = (workshop.archive / b / "images/shared.png" for b in (FIRST, SECOND))

    assert [each.how for each in repaired.repairs] == ["from its URL"] * 2
    assert _content(workshop.archive) == before
    assert one.samefile(other)
    assert site.hits("/ok/shared.png") == asked + 1


def test_original_and_derivatives(site: Site, workshop: Workshop) -> None:
    """With an original its derivatives come back; all of a bundle's images may be gone."""
    fill(workshop, site)
    before = _content(workshop.archive)
    for folder in ("images", "converted", "thumbnails"):
        shutil.rmtree(workshop.archive / SECOND / folder, ignore_errors=True)
    repaired = _repair(workshop.archive, ARCHIVE_ATTEMPTS=1)

    assert repaired.is_sound
    assert _content(workshop.archive) == before
    assert verify(workshop.archive).is_sound


def test_other_bytes_at_the_url(site: Site, workshop: Workshop) -> None:
    """Where the URL shows another picture now, nothing is put in the place of the lost one."""
    site.serve("/photo.png", picture("/before.png"))
    workshop.write("a.md", image(site.url("/photo.png")))
    workshop.run()
    site.serve("/photo.png", picture("/after.png"))
    flip(f"{FIRST}/images/photo.png")(workshop.archive)
    before, asked = _content(workshop.archive), site.hits("/photo.png")
    repaired = _repair(workshop.archive, ARCHIVE_ATTEMPTS=3)
    (left,) = repaired.repairs

    assert not left.done
    assert "other bytes" in left.how
    assert "backup" in left.how
    assert (_content(workshop.archive), repaired.set_aside) == (before, ())
    assert site.hits("/photo.png") == asked + 1


def test_after_a_run_that_missed_it(site: Site, workshop: Workshop) -> None:
    """What a run asked for again in vain, after its file was gone, comes back once it is there."""
    site.serve("/photo.png")
    workshop.write("a.md", image(site.url("/photo.png")))
    workshop.run()
    images = snapshot(workshop.archive / FIRST / "images")
    delete(f"{FIRST}/images/photo.png")(workshop.archive)
    site.serve("/photo.png", b"gone", status=410)
    workshop.run(ARCHIVE_ATTEMPTS=1)
    workshop.write("a.md", "changed, so that it is read\n" + image(site.url("/photo.png")))
    workshop.run(ARCHIVE_ATTEMPTS=1)
    failed = workshop.entry("a.md")
    site.serve("/photo.png")
    repaired = _repair(workshop.archive, ARCHIVE_ATTEMPTS=1)
    restored = snapshot(workshop.archive / FIRST / "images")

    assert (failed.state, len(failed.earlier)) == ("failed", 1)
    assert repaired.is_sound
    assert [content for _, content in restored.values()] == [c for _, c in images.values()]


def test_robots(site: Site, workshop: Workshop) -> None:
    """A repair asks as a run does: what robots.txt disallows is left alone."""
    workshop.write("a.md", image(site.url("/disallowed/photo.png")))
    workshop.run(ROBOTSTXT_OBEY=False)
    delete(f"{FIRST}/images/photo.png")(workshop.archive)
    asked = site.hits("/disallowed/photo.png")
    refused = _repair(workshop.archive, ARCHIVE_ATTEMPTS=1)
    public = _repair(workshop.archive, ARCHIVE_ALLOW_PRIVATE_ADDRESSES=False)

    assert "robots.txt" in refused.repairs[0].how
    assert "not a public address" in public.repairs[0].how
    assert site.hits("/disallowed/photo.png") == asked


def test_derivative_of_another_version(site: Site, workshop: Workshop) -> None:
    """Where a derivative comes out otherwise than before, manifest and catalog say so."""
    fill(workshop, site)
    path = workshop.archive / FIRST / archive_layout.MANIFEST
    thumbnail = workshop.archive / FIRST / "thumbnails/one.320.jpg"
    former = digest(thumbnail.read_bytes())
    document = path.read_bytes().replace(former.encode(), digest(b"by an older Pillow").encode())
    put_manifest(workshop.archive, FIRST, document)
    thumbnail.write_bytes(b"by an older Pillow, and cut")
    repaired = _repair(workshop.archive)
    unchanged = workshop.run()
    check_schema(path.read_bytes())

    assert repaired.is_sound
    assert former.encode() in path.read_bytes()
    assert verify(workshop.archive).is_sound
    assert unchanged.stats.unchanged_posts == 2


@pytest.mark.parametrize(
    "damage",
    [cut(f"{FIRST}/manifest.json"), delete(f"{FIRST}/manifest.json")],
    ids=["cut", "deleted"],
)
def test_manifest(damage: Damage, site: Site, workshop: Workshop) -> None:
    """A manifest that is damaged or gone is written by the next run, which asks for nothing."""
    fill(workshop, site)
    path = workshop.archive / FIRST / archive_layout.MANIFEST
    manifest = from_document(path.read_bytes())
    damage(workshop.archive)
    repaired = _repair(workshop.archive)
    asked = len(site.requests)
    workshop.run_unchecked()  # the set-aside one is by no schema
    again = from_document(path.read_bytes())

    assert "archive its source again" in repaired.repairs[0].how
    assert not repaired.is_sound
    assert verify(workshop.archive).is_sound
    assert [e.original for e in again.entries] == [e.original for e in manifest.entries]
    assert len(site.requests) == asked


def test_manifest_that_counts_wrong(site: Site, workshop: Workshop) -> None:
    """A manifest that only counts wrong is counted anew."""
    fill(workshop, site)
    path = workshop.archive / FIRST / archive_layout.MANIFEST
    document = path.read_bytes()
    path.write_bytes(document.replace(b'"archived": 4', b'"archived": 5'))
    repaired = _repair(workshop.archive)

    assert repaired.is_sound
    assert path.read_bytes() == document
    assert verify(workshop.archive).is_sound


def test_newer_manifest_is_left(site: Site, workshop: Workshop) -> None:
    """What a newer version wrote is not touched."""
    fill(workshop, site)
    path = workshop.archive / FIRST / archive_layout.MANIFEST
    newer = path.read_bytes().replace(b"manifest/1", b"manifest/2")
    path.write_bytes(newer)
    repaired = _repair(workshop.archive)

    assert not repaired.is_sound
    assert path.read_bytes() == newer


def test_catalog(site: Site, workshop: Workshop) -> None:
    """A catalog that differs is made anew, and the images are mended all the same."""
    fill(workshop, site)
    _apart(workshop.archive)
    delete("catalog.sqlite")(workshop.archive)
    flip(f"{FIRST}/images/shared.png")(workshop.archive)
    repaired = _repair(workshop.archive)

    assert repaired.is_sound
    assert repaired.rebuilt is not None
    assert verify(workshop.archive).is_sound


def test_foreign_files_stay(site: Site, workshop: Workshop) -> None:
    """What nothing names stays where it is, and is still told."""
    fill(workshop, site)
    put(f"{FIRST}/mine.txt")(workshop.archive)
    before = _content(workshop.archive)
    repaired = _repair(workshop.archive)

    assert [each.done for each in repaired.repairs] == [False]
    assert _content(workshop.archive) == before
    assert repaired.set_aside == ()


def test_in_place(site: Site, workshop: Workshop) -> None:
    """Bundles in place are mended where they are."""
    workshop.write("a.md", image(site.url("/ok/one.png")))
    workshop.write("b.md", image(site.url("/ok/one.png")))
    workshop.run(ARCHIVE_IN_PLACE=True)
    path = workshop.blog / "a/images/one.png"
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(b"mine")
    repaired = _repair(workshop.archive)

    assert repaired.is_sound
    assert path.read_bytes() == content
    assert repaired.set_aside == ("set-aside/2026-11-25T020000Z/blog/a/images/one.png",)


def test_missing_bundle_is_not_forgotten(site: Site, workshop: Workshop) -> None:
    """A bundle that is gone is still missed after a repair that made the catalog anew."""
    fill(workshop, site)
    shutil.rmtree(workshop.archive / FIRST)
    put("posts/copied/a.md/x")(workshop.archive)
    archive = workshop.archive
    copy(archive / SECOND, archive / "posts/other.md")
    _repair(archive)

    assert f"{FIRST}/manifest.json" in [each.path for each in verify(archive).of("missing")]


def test_memento(monkeypatch: pytest.MonkeyPatch, workshop: Workshop) -> None:
    """What is gone from its server comes back from an archive of the web, if it is the same."""
    url, other = "http://static.example/ok/one.png", "http://static.example/ok/two.png"
    with Site() as web, Proxy(http=web) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        workshop.write("a.md", image(url) + image(other))
        workshop.run()
        before = _content(workshop.archive)
        for name in ("one", "two"):
            web.serve(f"/ok/{name}.png", b"gone", status=410)
        web.capture(url, "2026-11-20T00:00:00Z", Answer(body=picture("/ok/one.png")))
        web.capture(other, "2026-11-20T00:00:00Z")
        delete(f"{FIRST}/images/one.png")(workshop.archive)
        settings = {"ARCHIVE_TIMEGATE": "http://archive.example/timegate/", "ARCHIVE_ATTEMPTS": 1}
        alone = _repair(workshop.archive, **settings)
        helped = _repair(workshop.archive, ARCHIVE_FALLBACK="memento", **settings)
        restored = _content(workshop.archive)
        delete(f"{FIRST}/images/two.png")(workshop.archive)
        unlike = _repair(workshop.archive, ARCHIVE_FALLBACK="memento", **settings)

    assert "HTTP 410" in alone.repairs[0].how
    assert "from a copy of 2026-11-20T00:00:00Z" in helped.repairs[0].how
    assert restored == before
    assert not unlike.is_sound

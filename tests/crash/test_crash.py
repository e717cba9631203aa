"""A run is killed before each of its file operations, and the five promises hold each time.

A run does about a hundred. An archiving run takes a second at each: every sixth of its operations
is tried, other ones where bundles stand in place, and so with an import; of the quicker ones every
second. Each one is tried where ``IMAGE_ARCHIVER_EVERY_CRASH`` is set.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from crawler.common import archive_layout
from crawler.export import Account, Terms
from crawler.export.exporting import export
from crawler.models import Manifest
from crawler.verify import verify
from tests.conftest import snapshot
from tests.crash.killing import (
    GONE,
    KILLED,
    PICTURES,
    Runner,
    check_whole,
    essence,
    manifests,
    operations,
    runner,
    saved,
    temporaries,
    write_blog,
)
from tests.site import Site

PARTS = 2
STEP, QUICK_STEP = (1, 1) if os.environ.get("IMAGE_ARCHIVER_EVERY_CRASH") else (6, 2)


@pytest.fixture(scope="module")
def runs() -> Iterator[Runner]:
    """What runs the program."""
    with runner() as running:
        yield running


def _points(count: int, part: int, *, in_place: bool) -> range:
    """Return the operations of one part of the tests; a few more than there were at first."""
    first = 1 + part * STEP + (STEP // 2 if in_place else 0)
    return range(first, count + 4, PARTS * STEP)


def _hits(site: Site) -> dict[str, int]:
    return {site.url(path): site.hits(path) for path in (*PICTURES, GONE)}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("part", range(PARTS))
def test_archive(part: int, in_place: bool, runs: Runner, site: Site, tmp_path: Path) -> None:
    """Killed at any operation, a run that is started again does the rest, and nothing twice."""
    whole = tmp_path / "whole"
    write_blog(whole, site)
    assert runs.do("archive", whole, ARCHIVE_IN_PLACE=in_place) == 0
    expected = {name: essence(manifest) for name, manifest in manifests(whole).items()}
    for point in _points(len(operations(whole)), part, in_place=in_place):
        folder = tmp_path / f"killed-{point}"
        write_blog(folder, site)
        articles = snapshot(folder / "blog")
        assert runs.do("archive", folder, kill_at=point, ARCHIVE_IN_PLACE=in_place) in {KILLED, 0}
        check_whole(folder)
        known, before = saved(folder), _hits(site)
        assert runs.do("archive", folder, ARCHIVE_IN_PLACE=in_place) == 0
        check_whole(folder)
        after = _hits(site)
        found = {name: essence(manifest) for name, manifest in manifests(folder).items()}

        assert found == expected, point
        assert temporaries(folder) == [], point
        assert {url for url in after if after[url] > before[url]}.isdisjoint(known), point
        assert articles.items() <= snapshot(folder / "blog").items()
        shutil.rmtree(folder)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("verb", ["localize", "restore"])
def test_localize(verb: str, in_place: bool, runs: Runner, site: Site, tmp_path: Path) -> None:
    """Killed at any operation, the articles are the old or the new ones, and come back."""
    folder, archived = tmp_path / "site", tmp_path / "archived"
    write_blog(folder, site)
    old = _articles(folder)
    assert runs.do("archive", folder, ARCHIVE_IN_PLACE=in_place) == 0
    shutil.copytree(folder, archived)
    requests = len(site.requests)
    assert runs.do("localize", folder) == 0
    new = _articles(folder)
    before = archived if verb == "localize" else tmp_path / "localised"
    if verb == "restore":
        shutil.copytree(folder, before)
        assert runs.do("restore", folder) == 0
    for point in range(1 + (QUICK_STEP - 1) * in_place, len(operations(folder)) + 1, QUICK_STEP):
        shutil.rmtree(folder)
        shutil.copytree(before, folder)
        assert runs.do(verb, folder, kill_at=point) == KILLED
        check_whole(folder)
        found = _articles(folder)
        assert all(found[name] in {old[name], new[name]} for name in old), point
        assert runs.do("localize", folder) == 0
        assert _articles(folder) == new, point
        assert runs.do("restore", folder) == 0
        assert _articles(folder) == old, point
        assert temporaries(folder) == [], point
        assert not list(folder.rglob(archive_layout.JOURNAL)), point
    assert len(site.requests) == requests


@pytest.mark.timeout(600)
def test_localize_otherwise(runs: Runner, site: Site, tmp_path: Path) -> None:
    """Killed while localised articles get other links, they still come back."""
    folder, before = tmp_path / "site", tmp_path / "localised"
    write_blog(folder, site)
    old = _articles(folder)
    assert runs.do("archive", folder) == 0
    assert runs.do("localize", folder) == 0
    shutil.copytree(folder, before)
    assert runs.do("localize", folder, prefix="/archive/") == 0
    for point in range(1, len(operations(folder)) + 1, QUICK_STEP):
        shutil.rmtree(folder)
        shutil.copytree(before, folder)
        assert runs.do("localize", folder, kill_at=point, prefix="/archive/") == KILLED
        assert runs.do("restore", folder) == 0
        assert _articles(folder) == old, point


def _articles(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "blog").glob("*.md")}


@pytest.mark.timeout(600)
def test_import(runs: Runner, site: Site, tmp_path: Path) -> None:
    """Killed at any operation, an import that is started again takes the rest."""
    made, folder = tmp_path / "made", tmp_path / "site"
    write_blog(made, site)
    assert runs.do("archive", made) == 0
    export(made / "archive", "zip", tmp_path / "archive.zip", Terms(), Account())
    expected = manifests(made)
    folder.mkdir()
    assert runs.do("import", folder) == 0
    for point in range(1, len(operations(folder)) + 1, STEP):
        shutil.rmtree(folder)
        folder.mkdir()
        assert runs.do("import", folder, kill_at=point) == KILLED
        check_whole(folder)
        assert (
            manifests(folder / "archive" / archive_layout.POSTS).items()
            <= {
                name.removeprefix(f"archive/{archive_layout.POSTS}/"): each
                for name, each in expected.items()
            }.items()
        )
        assert runs.do("import", folder) == 0
        check_whole(folder)
        assert manifests(folder) == expected, point
        assert temporaries(folder) == [], point


@pytest.mark.timeout(600)
def test_repair(runs: Runner, site: Site, tmp_path: Path) -> None:
    """Killed at any operation, a repair that is started again mends the rest."""
    folder, broken = tmp_path / "site", tmp_path / "broken"
    write_blog(folder, site)
    assert runs.do("archive", folder) == 0
    expected = manifests(folder)
    bundle = folder / "archive" / archive_layout.POSTS / "a.md"
    original = bundle / archive_layout.IMAGES / "1.png"
    original.unlink()
    original.write_bytes(b"damaged")
    (bundle / archive_layout.THUMBNAILS / "2.320.jpg").unlink()
    damage = {finding.path for finding in verify(folder / "archive").findings}
    shutil.copytree(folder, broken)
    assert runs.do("repair", folder) == 0
    assert len(damage) == 2
    for point in range(1, len(operations(folder)) + 1, QUICK_STEP):
        shutil.rmtree(folder)
        shutil.copytree(broken, folder)
        assert runs.do("repair", folder, kill_at=point) == KILLED
        assert {finding.path for finding in verify(folder / "archive").findings} <= damage
        assert runs.do("repair", folder) == 0
        check_whole(folder)
        assert manifests(folder) == expected, point
        assert temporaries(folder) == [], point


def test_order(runs: Runner, site: Site, tmp_path: Path) -> None:
    """Bytes are on the disk before their name appears, and both before a manifest names them."""
    folder = tmp_path / "whole"
    write_blog(folder, site)
    assert runs.do("archive", folder) == 0
    durable: set[str] = set()
    waiting: set[str] = set()
    there: set[str] = set()
    found = manifests(folder)
    for operation in operations(folder):
        path = operation.paths[-1]
        if operation.word in {"fdatasync", "fsync"}:
            durable.add(path)
            there |= {each for each in waiting if str(PurePosixPath(each).parent) == path}
        elif operation.word == "link":
            durable.add(path)  # the bytes of another name
        elif operation.word == "rename" and path in found:
            assert operation.paths[0] in durable
            assert _named(path, found[path]) <= there
        elif operation.word == "rename" and path.startswith(f"archive/{archive_layout.POSTS}/"):
            assert operation.paths[0] in durable
            waiting.add(path)


def _named(name: str, manifest: Manifest) -> set[str]:
    """Return the files that a manifest names."""
    paths = [manifest.post.article.path]
    for entry in manifest.entries:
        paths += [entry.original.path] if entry.original else []
        paths += [derivative.path for derivative in entry.derivatives]
    return {f"{name.removesuffix(archive_layout.MANIFEST)}{path}" for path in paths}


def test_order_of_digests(runs: Runner, site: Site, tmp_path: Path) -> None:
    """The digest of a manifest is on the disk before its name, and that before the row."""
    folder = tmp_path / "whole"
    write_blog(folder, site)
    assert runs.do("archive", folder) == 0
    done = [(operation.word, operation.paths[-1]) for operation in operations(folder)]
    for post in ("a.md", "b.md"):
        bundle = f"archive/{archive_layout.POSTS}/{post}"
        named = done.index(("rename", f"{bundle}/{archive_layout.MANIFEST}"))
        begun = max(at for at, each in enumerate(done[:named]) if each == ("fsync", bundle))

        assert ("committed", f"archive/{archive_layout.CATALOG}") in done[:begun]
        assert ("fdatasync", f"archive/{archive_layout.CATALOG}-wal") in done[begun:named]
        assert ("fsync", bundle) in done[named:]


def test_order_in_place(runs: Runner, site: Site, tmp_path: Path) -> None:
    """The journal and its name are on the disk before the author's article changes."""
    folder = tmp_path / "whole"
    write_blog(folder, site)
    assert runs.do("archive", folder) == 0
    assert runs.do("localize", folder) == 0
    done = [(operation.word, operation.paths[-1]) for operation in operations(folder)]
    bundle = f"archive/{archive_layout.POSTS}/a.md"

    journal = done.index(("rename", f"{bundle}/{archive_layout.JOURNAL}"))
    named = done.index(("fsync", bundle))
    article = done.index(("rename", "blog/a.md"))
    assert journal < named < article < done.index(("fsync", "blog"))

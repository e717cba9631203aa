"""An archive of version 0.1.0 opens, is sound, goes on, and comes through export and import."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from crawler.archiving.run import Run
from crawler.common import archive_layout
from crawler.export import Account, Terms
from crawler.export.exporting import export
from crawler.export.importing import Progress, import_bundles
from crawler.localize.restoring import restore
from crawler.queries.status import archive_status
from crawler.runner.crawls import crawl
from crawler.store.archive import Archive
from crawler.verify import Depth, verify
from crawler.verify.rebuild_catalog import rebuild_catalog
from tests.conftest import QUICK, snapshot
from tests.site import Proxy, Site

ALONE = 13
"""Manifests and journals: that version kept no digests of them."""
MADE = Path(__file__).parent / "data" / "archives" / "0.1.0"
STATES = {"archived": 19, "suspect": 5, "failed": 2, "skipped": 0}


@pytest.fixture
def former(tmp_path: Path) -> Path:
    """A copy of the archive and its sources, somewhere else than they were."""
    for name in ("archive", "blog", "notes"):
        shutil.copytree(MADE / name, tmp_path / name)
    return tmp_path


def _go_on(former: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """Archive blog and notes again, as they were archived; *site* stands for all hosts."""
    settings = {"ARCHIVE": str(former / "archive"), "ARCHIVE_ATTEMPTS": 1, **QUICK}
    site.serve("/busy.png", b"", status=503)
    with Proxy(http=site) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        return [
            crawl([str(former / "blog")], settings),
            crawl([str(former / "notes")], {**settings, "ARCHIVE_IN_PLACE": True}),
        ]


def _of_people(former: Path) -> dict[str, tuple[int, bytes]]:
    """Return what no run may touch: articles, and the images as they came."""
    found = snapshot(former)
    kept = ("/images/", "blog/", "notes/own.md")
    return {name: file for name, file in found.items() if any(part in name for part in kept)}


def _is_clean(archive: Path) -> None:
    found = verify(archive)

    assert (found.findings, found.unfinished) == ((), ())


def test_opens_and_is_sound(former: Path) -> None:
    """It is read as it is: nothing is found, counts are as they were, and no file changes."""
    before = snapshot(former / "archive")
    status = archive_status(former / "archive")
    found = verify(former / "archive", depth=Depth(decoding=True))
    after = snapshot(former / "archive")

    assert (found.findings, found.unfinished) == ((), ())
    assert found.checked.alone == ALONE
    assert (status.posts, status.entries, status.states) == (12, 26, STATES)
    assert found.checked.bundles == 11
    assert before.items() <= after.items()


def test_goes_on(former: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run asks for the one image that is due, and leaves originals and articles untouched."""
    before = _of_people(former)
    first, second = _go_on(former, site, monkeypatch)

    assert {request.path for request in site.requests} == {"/robots.txt", "/busy.png"}
    assert site.hits("/busy.png") == 1
    assert (first.problems, second.problems) == ([], [])
    assert [run.stats.states["archived"] for run in (first, second)] == [17, 1]
    assert [run.stats.states["failed"] for run in (first, second)] == [2, 0]
    assert _of_people(former) == before
    _is_clean(former / "archive")
    assert verify(former / "archive").checked.alone == 1  # the item of the feed, which was not read


def test_is_passed_over_then(former: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a run has looked at its articles where they are now, the next passes over them."""
    _go_on(former, site, monkeypatch)
    bundles, asked = snapshot(former / "archive" / archive_layout.POSTS), len(site.requests)
    runs = _go_on(former, site, monkeypatch)

    assert all(run.stats.unchanged_posts == run.stats.posts for run in runs)
    assert len(site.requests) == asked
    assert snapshot(former / "archive" / archive_layout.POSTS) == bundles


def test_is_brought_up_to_date(former: Path) -> None:
    """Opening it to write brings its catalog to this version, and it is sound after that, too."""
    before = archive_status(former / "archive")
    Archive(former / "archive").close()

    assert archive_status(former / "archive") == before
    _is_clean(former / "archive")


def test_articles_come_back(former: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was localised with that version is restored with this one."""
    _go_on(former, site, monkeypatch)
    outcomes = {each.post: each.outcome for each in restore(former / "archive", ())}

    assert outcomes == {"2021/localized.md": "restored", "own.md": "restored"}
    assert b"http://static.example/local.png" in (former / "blog/2021/localized.md").read_bytes()
    assert (former / "notes/own.md").read_bytes() == b"![own](http://static.example/own.png)\n"
    _is_clean(former / "archive")


@pytest.mark.parametrize("form", ["zip", "bagit"])
def test_moves(former: Path, form: str, tmp_path: Path) -> None:
    """It is exported, and imported into an archive of this version, file for file."""
    target = tmp_path / "out"
    export(former / "archive", form, target, Terms(), Account())
    imported = import_bundles(tmp_path / "new", target, Progress())

    assert imported.findings == ()
    assert len(imported.taken) == 10
    assert _exported(tmp_path / "new") == _exported(former / "archive")
    _is_clean(tmp_path / "new")


def _exported(archive: Path) -> dict[str, bytes]:
    """Return the files of the bundles, but for what `localize` wrote there."""
    return {
        name: content
        for name, (_, content) in snapshot(archive / archive_layout.POSTS).items()
        if not name.endswith((archive_layout.JOURNAL, "article.local.md"))
    }


@pytest.mark.parametrize("lost", [False, True])
def test_catalog_is_rebuilt(former: Path, lost: bool) -> None:
    """From its manifests a catalog of this version is made, with the former one and without."""
    before = archive_status(former / "archive")
    if lost:
        (former / "archive" / archive_layout.CATALOG).unlink()
    rebuilt = rebuild_catalog(former / "archive", given=[str(former / "notes")] if lost else ())
    after = archive_status(former / "archive")

    assert rebuilt.problems == ()
    assert (after.entries, after.states) == (before.entries, before.states)
    assert after.posts == (before.posts - 1 if lost else before.posts)  # one has no manifest
    _is_clean(former / "archive")
    assert verify(former / "archive").checked.alone == 0

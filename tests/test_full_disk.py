"""A full disk ends a run in order: what it left is unfinished, no damage, and is completed."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.common import archive_layout
from tests.conftest import Workshop, image
from tests.site import Site

IMAGES = 48
FIRST = 2
_MOST = 200_000
"""Bytes of one file, for who may not make a disk: SQLite's log reaches it, no image does."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        _mount("-t", "tmpfs", "-o", "size=1100k", "tmpfs", str(folder))
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only the administrator of a Linux may mount a disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S607 - as above


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)  # noqa: S607 - as the system has it


def _archive(workshop: Workshop, archive: Path, *, limited: bool = False) -> int:
    """Archive the blog by the command line; return the exit code."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (_MOST, _MOST))

    arguments = ("archive", "blog", "--allow-private-addresses", "--no-pages", "--archive", archive)
    done = subprocess.run(
        workshop.command_line(*arguments),
        cwd=workshop.folder,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
        preexec_fn=limit if limited else None,
    )
    assert "Traceback" not in done.stderr
    return done.returncode


def _verify(workshop: Workshop, archive: Path) -> tuple[int, list[str], list[str]]:
    """Return the exit code of `verify`, the findings, and what is unfinished."""
    done = workshop.command("verify", "--archive", archive, "--json")
    assert "Traceback" not in done.stderr
    found = json.loads(done.stdout)
    return (
        done.returncode,
        [each["path"] for each in found["findings"]],
        [each["path"] for each in found["unfinished"]],
    )


def _write(workshop: Workshop, site: Site, count: int) -> None:
    for post in ("a.md", "b.md"):
        urls = [site.url(f"/ok/{post}/{number}.png") for number in range(count)]
        workshop.write(post, "".join(map(image, urls)))


def _check(workshop: Workshop, archive: Path) -> None:
    """Assert that what a run left that ended with a full disk is unfinished, and is completed."""
    code, findings, unfinished = _verify(workshop, archive)
    words = workshop.command("verify", "--archive", archive)

    assert (code, findings) == (0, [])
    assert unfinished
    assert "An interrupted run left this, no damage." in " ".join(words.stdout.split())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_catalog_that_cannot_grow(site: Site, workshop: Workshop) -> None:
    """Images of which the catalog could not be told any more are unfinished, and come at last."""
    _write(workshop, site, FIRST)
    assert _archive(workshop, workshop.archive) == 0
    _write(workshop, site, IMAGES)
    assert _archive(workshop, workshop.archive, limited=True) == 3
    _check(workshop, workshop.archive)
    assert _archive(workshop, workshop.archive) == 0
    assert _verify(workshop, workshop.archive) == (0, [], [])
    assert not list(workshop.archive.rglob(archive_layout.UNFINISHED))


def test_full_disk(disk: Path, site: Site, workshop: Workshop) -> None:
    """The same on a disk that is truly full, while it is full and after there is room again."""
    archive = disk / "archive"
    _write(workshop, site, FIRST)
    assert _archive(workshop, archive) == 0
    _write(workshop, site, IMAGES)
    assert _archive(workshop, archive) == 3
    _check(workshop, archive)
    _mount("-o", "remount,size=100m", str(disk))
    _check(workshop, archive)
    assert _archive(workshop, archive) == 0
    assert _verify(workshop, archive) == (0, [], [])


def test_first_run_on_a_full_disk(disk: Path, site: Site, workshop: Workshop) -> None:
    """A bundle that never came to its manifest is unfinished, too."""
    archive = disk / "archive"
    _write(workshop, site, IMAGES)
    assert _archive(workshop, archive) == 3
    code, findings, _ = _verify(workshop, archive)
    assert (code, findings) == (0, [])

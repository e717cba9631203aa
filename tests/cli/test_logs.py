"""Lines on standard error, for whoever reads them."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import datetime
from typing import Any

import pytest

from crawler.store.archive import Archive
from tests.conftest import Workshop, image
from tests.site import Site

_ARGUMENTS = ("archive", "blog", "--allow-private-addresses")


def _lines(text: str) -> list[dict[str, Any]]:
    """Return the lines, each of which must be an object with a time, a level and a message."""
    lines = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        assert datetime.fromisoformat(line["time"]).tzinfo is not None
        assert line["level"] in {"debug", "info", "warning", "error", "critical"}
        assert line["message"]
    return lines


@pytest.mark.parametrize("more", [(), ("--quiet",), ("--verbose",)])
def test_log_json(more: tuple[str, ...], site: Site, workshop: Workshop) -> None:
    """With --log-json each line is an object that names post and URL where it is about them."""
    workshop.write("a.md", image(site.url("/gone.png")))
    result = workshop.command(*_ARGUMENTS, "--log-json", *more)
    failed = [line for line in _lines(result.stderr) if line.get("url")]

    assert result.returncode == 1
    assert (failed[0]["post"], failed[0]["url"]) == ("a.md", site.url("/gone.png"))
    assert failed[0]["level"] == ("warning" if more == ("--quiet",) else "info")


@pytest.mark.parametrize("wrong", [("--fail-on", "maybe"), ("--thumbnail", "wide")])
def test_wrong_usage_as_json(wrong: tuple[str, ...], workshop: Workshop) -> None:
    """What is wrong with the other options is an object, too."""
    result = workshop.command("archive", "--log-json", "blog", *wrong)
    (line,) = _lines(result.stderr)

    assert (result.returncode, line["level"]) == (2, "error")


def test_locked_archive_as_json_line(workshop: Workshop) -> None:
    """So is who holds the archive."""
    held = Archive(workshop.archive)
    try:
        result = workshop.command("archive", "blog", "--log-json")
    finally:
        held.close()
    (line,) = _lines(result.stderr)

    assert result.returncode == 6
    assert f"process {os.getpid()}" in line["message"]


def test_plain_lines(site: Site, workshop: Workshop) -> None:
    """Where nobody looks, each line has its date, in UTC."""
    workshop.write("a.md", image(site.url("/ok.png")))
    result = workshop.command(*_ARGUMENTS)

    for line in result.stderr.splitlines():
        date, level, _ = line.split(" ", 2)
        assert datetime.fromisoformat(date).tzinfo is not None
        assert level == "INFO"


def test_lines_for_the_journal(site: Site, workshop: Workshop) -> None:
    """In the journal of systemd each line has its priority, and no second date."""
    workshop.write("a.md", "---\ntitle: [\n---\n" + image(site.url("/ok.png")))
    with (workshop.folder / "journal").open("w") as journal:
        status = os.fstat(journal.fileno())
        stream = {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
        done = subprocess.run(
            workshop.command_line(*_ARGUMENTS),
            cwd=workshop.folder,
            env={**os.environ, **stream},
            stdout=subprocess.DEVNULL,
            stderr=journal,
            check=False,
            timeout=90,
        )
    lines = (workshop.folder / "journal").read_text().splitlines()

    assert lines[0].startswith("<4>a.md: broken YAML front matter")
    assert done.returncode == 1
    assert lines[-1].startswith("<6>the run is finished, exit code 1; the report: ")

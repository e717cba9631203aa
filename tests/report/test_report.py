"""The report of a run, and the exit code that is decided by it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crawler.report import exit_of
from tests.conftest import Workshop, image
from tests.site import Site


def _report(workshop: Workshop) -> dict[str, Any]:
    """Return the newest report; the workshop has held it against the schema."""
    newest = max(
        (workshop.archive / "runs").glob("*.json"), key=lambda path: path.stat().st_mtime_ns
    )
    report: dict[str, Any] = json.loads(newest.read_bytes())
    return report


def test_news(site: Site, workshop: Workshop) -> None:
    """A report says what is new, what failed now and not before, and what is mended."""
    site.serve("/comes.png", b"", status=404)
    workshop.write("a.md", image(site.url("/ok/1.png")) + image(site.url("/gone.png")))
    workshop.write("b.md", image(site.url("/comes.png")))
    workshop.run()
    first = _report(workshop)
    site.serve("/comes.png")
    workshop.write("a.md", image(site.url("/ok/1.png")) + image(site.url("/gone/too.png")))
    workshop.retry("not-found")
    retried = _report(workshop)
    workshop.run()
    second = _report(workshop)

    assert first["news"] == {
        "new_post": 2, "changed_post": 0, "new_image": 1, "changed_image": 0, "gone_upstream": 0,
        "newly_failed": 2, "recovered": 0, "newly_incomplete": 0, "new_problem": 0, "saved_size": 0,
        "new_size": first["news"]["new_size"],
    }  # fmt: skip
    assert (retried["job"], retried["sources"]) == ("retry", ["only=not-found"])
    assert (retried["news"]["new_image"], retried["news"]["recovered"]) == (0, 1)
    assert (second["news"]["changed_post"], second["news"]["newly_failed"]) == (1, 1)
    assert [(each["url"], each["new"]) for each in second["failures"]] == [
        (site.url("/gone/too.png"), True)
    ]


def test_options(site: Site, workshop: Workshop) -> None:
    """A report names the sources and the options that are not as by default, but no password."""
    workshop.write("a.md", image(site.url("/ok/1.png")))
    workshop.run(
        ARCHIVE_REFERERS="cdn.example=https://me:secret@blog.example/",
        ARCHIVE_NOTIFY_COMMAND="true 'Authorization: secret'",
        ARCHIVE_BASE_URL="https://me:secret@blog.example/",
        ARCHIVE_THUMBNAILS="640",
    )
    report = _report(workshop)

    assert report["sources"] == [str(workshop.blog)]
    assert report["options"]["thumbnails"] == [640]
    assert report["options"]["referers"] == [["cdn.example", "https://blog.example/"]]
    assert "convert" not in report["options"]
    assert "secret" not in json.dumps(report)


def test_fail_on(site: Site, workshop: Workshop) -> None:
    """What is not archived counts always, only when it is new, or never."""

    def codes() -> list[int]:
        return [
            int(exit_of(workshop.run(ARCHIVE_FAIL_ON=which))) for which in ("new", "any", "never")
        ]

    workshop.write("a.md", image(site.url("/gone/1.png")))
    first = codes()
    unchanged = codes()
    workshop.write("b.md", image(site.url("/gone/2.png")))
    another = codes()

    assert first == [1, 1, 0]
    assert unchanged == [0, 1, 0]
    assert another == [1, 1, 0]


def _cannot_be_read(workshop: Workshop, site: Site) -> None:
    """Let a post be one that no run can archive."""
    workshop.write("a.md", image(site.url("/ok/1.png")))
    workshop.run()
    workshop.write("a.md", image(site.url("/ok/2.png")))
    (workshop.bundle("a.md") / "manifest.json").write_text("{")


def test_fail_on_new_problem(site: Site, workshop: Workshop) -> None:
    """An article that cannot be archived at all is new once."""
    _cannot_be_read(workshop, site)
    runs = [workshop.run_unchecked(ARCHIVE_FAIL_ON="new") for _ in range(2)]

    assert [run.problems[0].new for run in runs] == [True, False]
    assert [int(exit_of(run)) for run in runs] == [1, 0]


@pytest.mark.parametrize("damage", ["", "[]", '{"ending": 3}'])
def test_report_that_cannot_be_read(damage: str, site: Site, workshop: Workshop) -> None:
    """A former report that is damaged is passed over."""
    _cannot_be_read(workshop, site)
    workshop.run_unchecked()
    (workshop.archive / "runs" / "9999-damaged.json").write_text(damage)
    run = workshop.run_unchecked(ARCHIVE_FAIL_ON="new")

    assert exit_of(run) == 0

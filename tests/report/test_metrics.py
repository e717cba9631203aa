"""Metrics of the last run, as Prometheus reads them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from crawler.archiving.config import Options
from crawler.errors import ArchiveLockedError
from crawler.report.document import report_of_none
from crawler.report.metrics import metrics
from crawler.store.archive import Archive
from tests.conftest import Workshop, image
from tests.site import Site

_LAST = "image_archiver_last"
_UNITS = ("_seconds", "_bytes")
_COUNTED = (
    "exit_code", "ending", "posts", "references", "images", "failures", "problems", "requests"
)  # fmt: skip

Samples = dict[tuple[str, str], float]


def _samples(text: str) -> Samples:
    """Return every sample by its name and label; take no others, as the collector."""
    samples: Samples = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge"
        assert family.documentation
        assert family.name.endswith((*_UNITS, *_COUNTED))
        for sample in family.samples:
            assert sample.timestamp is None
            labels = {key: value for key, value in sample.labels.items() if key != "archive"}
            key = (sample.name.removeprefix(f"{_LAST}_"), next(iter(labels.values()), ""))
            assert key not in samples
            samples[key] = sample.value
    return samples


def _run(workshop: Workshop, **settings: object) -> Samples:
    file = workshop.folder / "collector" / "blog.prom"
    workshop.run(ARCHIVE_METRICS=str(file), **settings)
    assert [path.name for path in file.parent.iterdir()] == ["blog.prom"]
    return _samples(file.read_text())


def test_metrics(site: Site, workshop: Workshop) -> None:
    """The file says what the report says, and since when all is well."""
    workshop.write("a.md", image(site.url("/ok/1.png")))
    well = _run(workshop)
    workshop.write("b.md", image(site.url("/gone/1.png")) + image(site.url("/ok/2.png")))
    ill = _run(workshop)

    assert well["success_timestamp_seconds", ""] == well["run_timestamp_seconds", ""]
    assert ill["success_timestamp_seconds", ""] == well["success_timestamp_seconds", ""]
    assert (well["run_exit_code", ""], ill["run_exit_code", ""]) == (0, 1)
    assert (ill["run_images", "archived"], ill["run_images", "failed"]) == (2, 1)
    assert (ill["run_failures", "gone"], ill["run_failures", "forbidden"]) == (1, 0)
    assert (ill["run_new_failures", ""], ill["run_unchanged_posts", ""]) == (1, 1)
    assert ill["run_ending", "finished"] == 1


def test_metrics_of_a_run_that_stops(site: Site, workshop: Workshop) -> None:
    """A run that comes to no end writes them, too."""
    workshop.write("a.md", image(site.url("/ok/1.png")))
    stopped = _run(workshop, ARCHIVE_MIN_FREE=2**60)

    assert (stopped["run_exit_code", ""], stopped["run_ending", "limit"]) == (3, 1)
    assert ("success_timestamp_seconds", "") not in stopped


def test_metrics_of_a_run_that_does_not_begin(site: Site, workshop: Workshop) -> None:
    """A run that finds the archive held says so, and keeps when all was well; it counts nothing."""
    workshop.write("a.md", image(site.url("/ok/1.png")))
    well = _run(workshop)
    held = Archive(workshop.archive)
    try:
        with pytest.raises(ArchiveLockedError):
            _run(workshop)
    finally:
        held.close()
    samples = _samples((workshop.folder / "collector" / "blog.prom").read_text())

    assert (samples["run_exit_code", ""], samples["run_ending", "not-begun"]) == (6, 1)
    assert samples["success_timestamp_seconds", ""] == well["success_timestamp_seconds", ""]
    assert ("run_images", "archived") not in samples


@given(st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1))
def test_archive_of_any_name(name: str) -> None:
    """Whatever the archive's folder is called, the label is its name."""
    report = report_of_none(Options.default(), "posts", ArchiveLockedError("held"))
    text = metrics(replace(report, ending="finished"), Path("/srv") / name, None)
    labels = {s.labels["archive"] for f in text_string_to_metric_families(text) for s in f.samples}

    assert labels == {f"/srv/{name}"}


def test_file_that_cannot_be_written(site: Site, workshop: Workshop) -> None:
    """Metrics that cannot be written change nothing of the run."""
    workshop.write("a.md", image(site.url("/ok/1.png")))
    (workshop.folder / "file").touch()
    arguments = ("archive", "blog", "--allow-private-addresses")
    result = workshop.command(*arguments, "--metrics", "file/blog.prom")

    assert result.returncode == 0
    assert "WARNING the metrics of this run are not written: cannot write" in result.stderr

"""The reports of former runs, as far as the next run asks for them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crawler.common import archive_layout, json_codec, limits
from crawler.common.files import read_regular
from crawler.store.catalog import SourceRow

MESSAGES_KEPT = 20
"""Of sources and articles that the last run of a source could not read."""
_OF_SOURCES = "posts"
"""The job that goes over sources; others take posts from the archive."""
_LOOKED_AT = 20
"""Reports, newest first, in which the run before is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Problem:
    source: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    job: str = ""
    sources: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    ending: str = ""
    problems: tuple[_Problem, ...] = ()


_REPORT = json_codec.RecordReader(_Report)


def problems_before(runs: Path, job: str, sources: Sequence[str]) -> frozenset[str]:
    """Return what could not be read by the last run that did the same job to its end."""
    for _, report in _reports(runs, _LOOKED_AT):
        if (report.job, report.sources, report.ending) == (job, tuple(sources), "finished"):
            return frozenset(problem.source for problem in report.problems)
    return frozenset()


def last_runs(runs: Path) -> list[SourceRow]:
    """Return the sources of all runs that left a report, each as its last run left it.

    That is what a catalog knows that was not made anew. A run that was killed left no report.
    """
    found: dict[tuple[str, str], SourceRow] = {}
    for run, report in _reports(runs):
        name = str(report.options.get("name") or "")
        for source in report.sources if report.job == _OF_SOURCES else ():
            row = SourceRow(
                source=source,
                name=name,
                run=run,
                ending=report.ending,
                unread=len(report.problems),
                messages=tuple(each.message for each in report.problems[:MESSAGES_KEPT]),
            )
            found.setdefault((source, name), row)
    return list(found.values())


def _reports(runs: Path, most: int | None = None) -> Iterator[tuple[str, _Report]]:
    """Yield the reports that can be read, the newest first, with the names of their runs."""
    paths = sorted(runs.glob(f"*{archive_layout.REPORT}"), key=lambda path: path.stem, reverse=True)
    for path in paths[:most]:
        with contextlib.suppress(OSError, json_codec.RecordError):
            yield path.stem, _REPORT.from_json(read_regular(path, limits.REPORT))

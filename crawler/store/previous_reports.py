"""The reports of former runs, as far as the next run asks for them."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crawler.common import json_codec, limits
from crawler.common.files import read_regular

_LOOKED_AT = 20
"""Reports, newest first, in which the run before is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Problem:
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    job: str = ""
    sources: tuple[str, ...] = ()
    ending: str = ""
    problems: tuple[_Problem, ...] = ()


_REPORT = json_codec.RecordReader(_Report)


def problems_before(runs: Path, job: str, sources: Sequence[str]) -> frozenset[str]:
    """Return what could not be read by the last run that did the same job to its end."""
    reports = sorted(runs.glob("*.json"), key=lambda path: path.stem, reverse=True)
    for path in reports[:_LOOKED_AT]:
        with contextlib.suppress(OSError, json_codec.RecordError):
            report = _REPORT.from_json(read_regular(path, limits.REPORT))
            if (report.job, report.sources, report.ending) == (job, tuple(sources), "finished"):
                return frozenset(problem.source for problem in report.problems)
    return frozenset()

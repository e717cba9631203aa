"""The last run as Prometheus metrics, for the textfile collector of node_exporter.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format; the names follow
https://prometheus.io/docs/practices/naming/. All are gauges: they are of one run, and a run
begins anew. Each has the archive as a label, so that several jobs may stand in one folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crawler.common import limits
from crawler.common.exit_codes import Exit
from crawler.common.files import followed, read_regular, write_atomically
from crawler.common.problems import PROBLEM_KINDS
from crawler.errors import BY_CODE, LeftOut
from crawler.models import STATES
from crawler.report.records import RunReport

_PREFIX = "image_archiver_last"
_ENDINGS = ("finished", "limit", "storage", "no-decoder", "interrupted", "defect", "not-begun")
_KINDS = [kind.name for kind in PROBLEM_KINDS if kind.costs_images]
_CODES = [code for code, kind in BY_CODE.items() if not issubclass(kind, LeftOut)]

_Values = Mapping[tuple[str, str] | None, float]
"""The values of one metric by its label, name and value; by None where it has no label."""


@dataclass(frozen=True, slots=True)
class _Metric:
    name: str
    words: str
    values: Callable[[RunReport], _Values] = lambda _report: {}


def _one(value: Callable[[RunReport], float]) -> Callable[[RunReport], _Values]:
    return lambda report: {None: value(report)}


_SUCCESS = _Metric("success_timestamp_seconds", "When the last run ended that exited 0.")
_FORMER_SUCCESS = re.compile(rf"^{_PREFIX}_{_SUCCESS.name}\{{.*\}} (\S+)$", re.MULTILINE)
_OF_ANY_RUN = (
    _Metric("run_timestamp_seconds", "When the last run ended.", _one(lambda r: _seconds(r.ended))),
    _Metric(
        "run_exit_code",
        "Its exit code: 0 is well, 1 some images are not archived, others did not come to the end.",
        _one(lambda r: r.exit_code),
    ),
    _Metric(
        "run_ending",
        "How it ended: 1 for the ending that it had.",
        lambda r: {("ending", ending): float(r.ending == ending) for ending in _ENDINGS},
    ),
)
_OF_A_RUN_THAT_BEGAN = (
    _Metric("run_duration_seconds", "How long it took.", _one(lambda r: r.summary.seconds)),
    _Metric("run_posts", "Posts of its sources.", _one(lambda r: r.summary.posts)),
    _Metric(
        "run_unchanged_posts",
        "Posts that were as the run before had left them.",
        _one(lambda r: r.summary.unchanged_posts),
    ),
    _Metric(
        "run_references",
        "Places of these posts that name an image.",
        _one(lambda r: r.summary.references),
    ),
    _Metric(
        "run_images",
        "Images that these posts name, by what became of them.",
        lambda r: {("state", state): getattr(r.summary, state) for state in STATES},
    ),
    _Metric(
        "run_failures",
        "Images that are failed or suspect, by the code of the failure.",
        lambda r: {("code", code): r.summary.failures.get(code, 0) for code in _CODES},
    ),
    _Metric(
        "run_new_failures",
        "Images that are failed or suspect and were not before the run.",
        _one(lambda r: r.news.newly_failed),
    ),
    _Metric(
        "run_incomplete_posts",
        "Posts that may name images which were not found.",
        _one(lambda r: r.summary.incomplete_posts),
    ),
    _Metric(
        "run_post_problems",
        "Problems of posts that may have cost images, by kind.",
        lambda r: {("kind", kind): r.summary.post_problems.get(kind, 0) for kind in _KINDS},
    ),
    _Metric(
        "run_newly_incomplete_posts",
        "Posts that may name images which were not found, and were not known to before the run.",
        _one(lambda r: r.news.newly_incomplete),
    ),
    _Metric(
        "run_problems",
        "Articles and other sources that could not be archived at all.",
        _one(lambda r: len(r.problems)),
    ),
    _Metric("run_new_images", "Images that the run brought.", _one(lambda r: r.news.new_image)),
    _Metric(
        "run_changed_images",
        "Images that were another picture before the run.",
        _one(lambda r: r.news.changed_image),
    ),
    _Metric("run_requests", "HTTP requests that it made.", _one(lambda r: r.summary.requests)),
    _Metric(
        "run_received_bytes",
        "Bytes of bodies that it received.",
        _one(lambda r: r.summary.downloaded_bytes),
    ),
)


def write_metrics(path: Path, report: RunReport, archive: Path) -> None:
    """Write *report* to *path*, all at once. Raises StorageError or PathError.

    When the last run that exited 0 ended is taken over from the file that is there.
    """
    success = _seconds(report.ended) if report.exit_code == Exit.ALL_ARCHIVED else _success(path)
    write_atomically(path, metrics(report, archive, success).encode(), beneath=None)


def metrics(report: RunReport, archive: Path, success: float | None) -> str:
    """Return the text; *success* is when the last run that exited 0 ended, if one did.

    A run that did not begin has no counts: those of the run before would be a lie.
    """
    chosen = [*_OF_ANY_RUN, *(_OF_A_RUN_THAT_BEGAN if report.ending != "not-begun" else ())]
    families = [(metric, metric.values(report)) for metric in chosen]
    if success is not None:
        families.append((_SUCCESS, {None: success}))
    return "".join(
        f"{line}\n" for metric, values in families for line in _lines(metric, values, archive)
    )


def _lines(metric: _Metric, values: _Values, archive: Path) -> Iterator[str]:
    name = f"{_PREFIX}_{metric.name}"
    yield f"# HELP {name} {metric.words}"
    yield f"# TYPE {name} gauge"
    for label, value in values.items():
        labels = [("archive", str(archive)), *([label] if label else [])]
        pairs = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
        yield f"{name}{{{pairs}}} {value:.15g}"


def _escaped(text: str) -> str:
    r"""Return a label's value as the format has it.

    >>> print(_escaped('a "b"\\c'))
    a \"b\"\\c
    """
    whole = text.encode(errors="replace").decode()
    return whole.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _success(path: Path) -> float | None:
    try:
        found = _FORMER_SUCCESS.search(read_regular(followed(path), limits.REPORT).decode())
        return float(found[1]) if found else None
    except (OSError, ValueError):
        return None


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()

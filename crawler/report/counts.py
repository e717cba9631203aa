"""The counts of a run; the keys are stable."""

from __future__ import annotations

from typing import Any

from crawler.archiving.run import Run
from crawler.common import json_codec
from crawler.report.records import Counts


def summary(run: Run) -> dict[str, Any]:
    """Return the counts of *run*, over the posts of its sources, as ``--json`` prints them."""
    counted: dict[str, Any] = json_codec.to_builtins(counts_of(run))
    return {key: value for key, value in counted.items() if value is not None}


def counts_of(run: Run) -> Counts:
    """Return the counts of *run*, over the posts of its sources."""
    tally = run.tally
    return Counts(
        posts=tally.posts,
        references=tally.references,
        entries=tally.entries,
        archived=tally.states["archived"],
        suspect=tally.states["suspect"],
        failed=tally.states["failed"],
        skipped=tally.states["skipped"],
        failures=dict(sorted(tally.failures.items())),
        requests=run.fetcher.requests if run.fetcher else 0,
        downloaded_bytes=run.received,
        unchanged_posts=tally.unchanged_posts,
        refreshed=None if run.options.refresh is None else _refreshed(run),
        seconds=round(run.seconds, 3),
    )


def _refreshed(run: Run) -> dict[str, int]:
    """Return what came of the images that were asked for again."""
    whats = ("unchanged", "changed", "gone", "unanswered")
    return {what: run.tally.refreshed[what] for what in whats}

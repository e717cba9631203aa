"""What a run says at its end, for machines; the keys are stable."""

from __future__ import annotations

from typing import Any

from crawler import AGENT
from crawler.errors import BY_CODE
from crawler.grounds.dates import rfc3339
from crawler.run import Run


def summary(run: Run) -> dict[str, Any]:
    """Return the counts of *run*, over the posts of its sources."""
    tally = run.tally
    asked = {"refreshed": _refreshed(run)} if run.options.refresh is not None else {}
    return {
        "posts": tally.posts,
        "references": tally.references,
        "entries": tally.entries,
        "archived": tally.states["archived"],
        "suspect": tally.states["suspect"],
        "failed": tally.states["failed"],
        "skipped": tally.states["skipped"],
        "failures": dict(sorted(tally.failures.items())),
        "requests": run.fetcher.requests if run.fetcher else 0,
        "downloaded_bytes": run.received,
        "unchanged_posts": tally.unchanged_posts,
        **asked,
        "seconds": round(run.seconds, 3),
    }


def _refreshed(run: Run) -> dict[str, int]:
    """Return what came of the images that were asked for again."""
    whats = ("unchanged", "changed", "gone", "unanswered")
    return {what: run.tally.refreshed[what] for what in whats}


def report(run: Run) -> dict[str, Any]:
    """Return the document that is kept below ``runs/``."""
    return {
        "agent": AGENT,
        "began": rfc3339(run.began),
        "ending": run.ending.value,
        "reason": run.reason or None,
        "summary": summary(run),
        "new": {"images": run.tally.new, "size": run.tally.new_size},
        "saved_size": run.tally.saved_size,
        "failures": [
            {
                "post": post_id,
                "url": entry.url,
                "state": entry.state,
                "code": entry.failure.code,
                "detail": entry.failure.detail,
                "next_attempt": entry.failure.next_attempt,
                "advice": BY_CODE[entry.failure.code].advice,
            }
            for post_id, entry in run.failed
            if entry.failure is not None
        ],
        "problems": [{"source": p.source, "message": p.message} for p in run.problems],
    }

"""How a run ended, as an exit code."""

from __future__ import annotations

from crawler.archiving.run import Ending, Run
from crawler.common.exit_codes import Exit
from crawler.common.lack import Lack

_ENDINGS = {
    Ending.STORAGE: Exit.STOPPED,
    Ending.NO_DECODER: Exit.STOPPED,
    Ending.LIMIT: Exit.STOPPED,
    Ending.INTERRUPTED: Exit.INTERRUPTED,
}


_NEWS = ("newly-failed", "newly-incomplete", "new-problem")


def exit_of(run: Run) -> Exit:
    """Return the exit code for a run that has ended.

    ``--fail-on`` decides only whether what is not archived counts; a run that did not come to its
    end says so in any case.
    """
    if run.stats.defects:
        return Exit.DEFECT
    if run.ending in _ENDINGS:
        return _ENDINGS[run.ending]
    return Exit.SOME_NOT if _counts(run) else Exit.ALL_ARCHIVED


def lack_of_run(run: Run) -> Lack:
    """Return what is missing of the posts of a run, and what is not known of its sources."""
    stats = run.stats
    return Lack(
        images=stats.states["failed"] + stats.states["suspect"],
        incomplete_posts=stats.incomplete_posts,
        unread=stats.problems + stats.defects,
        unfinished=() if run.ending is Ending.FINISHED else run.sources,
    )


def _counts(run: Run) -> bool:
    """Return whether something is not archived that is to be told by the exit code."""
    stats = run.stats
    counts = {
        "any": not lack_of_run(run).is_none,
        "new": sum(stats.kinds[kind] for kind in _NEWS),
        "never": 0,
    }
    return counts[run.options.fail_on] > 0

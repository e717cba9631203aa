"""How a run ended, as an exit code."""

from __future__ import annotations

from crawler.archiving.run import Ending, Run
from crawler.common.exit_codes import Exit

_ENDINGS = {
    Ending.STORAGE: Exit.STOPPED,
    Ending.NO_DECODER: Exit.STOPPED,
    Ending.LIMIT: Exit.STOPPED,
    Ending.INTERRUPTED: Exit.INTERRUPTED,
}


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


def missing(run: Run) -> int:
    """Return how many images and articles of the run's sources are not archived."""
    return run.stats.missing


def _counts(run: Run) -> bool:
    """Return whether something is not archived that is to be told by the exit code."""
    stats = run.stats
    counts = {
        "any": missing(run),
        "new": stats.kinds["newly-failed"] + stats.kinds["new-problem"],
        "never": 0,
    }
    return counts[run.options.fail_on] > 0

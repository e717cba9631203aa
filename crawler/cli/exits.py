"""The exit codes, and which of them a run ends with."""

from __future__ import annotations

from enum import IntEnum

from crawler.run import Ending, Run


class Exit(IntEnum):
    """What a script can rely on."""

    ALL_ARCHIVED = 0
    SOME_NOT = 1
    USAGE = 2
    STOPPED = 3
    INTERRUPTED = 4
    DAMAGE = 5
    LOCKED = 6
    DEFECT = 70


_ENDINGS = {
    Ending.STORAGE: Exit.STOPPED,
    Ending.LIMIT: Exit.STOPPED,
    Ending.INTERRUPTED: Exit.INTERRUPTED,
}


def exit_of(run: Run) -> Exit:
    """Return the exit code for a run that has ended."""
    tally = run.tally
    if tally.defects:
        return Exit.DEFECT
    if run.ending in _ENDINGS:
        return _ENDINGS[run.ending]
    some_not = tally.states["failed"] or tally.states["suspect"] or tally.problems
    return Exit.SOME_NOT if some_not else Exit.ALL_ARCHIVED

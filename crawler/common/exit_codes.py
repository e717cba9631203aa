"""The exit codes."""

from __future__ import annotations

from enum import IntEnum


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

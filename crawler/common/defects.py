"""Defects that nobody raises: exceptions that are logged, and after which the work goes on."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable

_OURS = "crawler"
_FRAMEWORKS = frozenset({_OURS, "scrapy", "twisted"})


def defect_in(record: logging.LogRecord) -> str | None:
    """Return in one line what defect *record* is about; None where it is about none.

    What these frameworks log with an exception, at the level of errors, has ended something that
    was to be done: a pipeline, a callback, an extension. Other libraries say so of what servers do,
    too; of theirs only what has gone through our code is a defect.
    """
    error = record.exc_info[1] if record.exc_info else None
    if error is None or record.levelno < logging.ERROR:
        return None
    if record.name.partition(".")[0] not in _FRAMEWORKS and not _is_through_us(error):
        return None
    return " ".join(f"{type(error).__name__}: {error}".split())


def _is_through_us(error: BaseException) -> bool:
    frames = traceback.walk_tb(error.__traceback__)
    modules = (str(frame.f_globals.get("__name__")) for frame, _ in frames)
    return any(name.partition(".")[0] == _OURS for name in modules)


class DefectHandler(logging.Handler):
    """Tells *on_defect*, in one line, of each defect that is logged."""

    def __init__(self, on_defect: Callable[[str], None]) -> None:
        super().__init__(logging.ERROR)
        self._on_defect = on_defect

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of *record* if it is about a defect."""
        defect = defect_in(record)
        if defect is not None:
            self._on_defect(defect)

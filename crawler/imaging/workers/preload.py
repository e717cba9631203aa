"""Imported first by the process that workers are forked from."""

from __future__ import annotations

import sys


def _say_nothing(*_error: object) -> None:
    """Leave it to whoever wanted a worker to say why there is none."""


if any("multiprocessing.forkserver" in word for word in sys.orig_argv):
    # When the system refuses a fork, multiprocessing lets this process die of it, with a traceback.
    sys.excepthook = _say_nothing

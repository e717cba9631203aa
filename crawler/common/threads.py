"""Threads that are there before they are needed: later, the system may allow no more of them."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

from crawler.errors import ThreadsError

_MOST = 32
_BESIDE_CORES = 4
"""As many as `ThreadPoolExecutor` takes when it is not told."""


def started_executor() -> ThreadPoolExecutor:
    """Return an executor whose threads all run: as many as is usual, or as the system allows.

    Raises ThreadsError where that is none.
    """
    wanted = min(_MOST, (os.cpu_count() or 1) + _BESIDE_CORES)
    while wanted > 0:
        executor = ThreadPoolExecutor(wanted)
        there = _start(executor, wanted)
        if there == wanted and _can_start_another():
            return executor
        executor.shutdown()
        wanted = there - 1
    raise ThreadsError


def _can_start_another() -> bool:
    """Return whether one more thread may be started, as the end of an event loop has it."""
    thread = threading.Thread(target=int)
    try:
        thread.start()
    except RuntimeError:
        return False
    thread.join()
    return True


def _start(executor: ThreadPoolExecutor, count: int) -> int:
    """Start *count* threads, and return how many there are."""
    gate = threading.Event()
    try:
        for begun in range(count):
            try:
                # It starts a thread, because none is idle.
                executor.submit(gate.wait)
            except RuntimeError:
                return begun
    finally:
        gate.set()
    return count

"""One line on a terminal that tells how far something is."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.live import Live
from rich.markup import escape

from crawler.cli.console import SafeConsole

_PER_SECOND = 4


@contextmanager
def one_line(words: Callable[[], str], *, quiet: bool) -> Iterator[None]:
    """Show *words* where a terminal looks on, and leave nothing behind.

    Whoever ends the process meanwhile interrupts it instead, so that what is half-written goes.
    """
    console = SafeConsole(stderr=True, highlight=False)
    with _interrupted_by_sigterm():
        if quiet or not console.is_terminal:
            yield
            return
        with Live(
            console=console,
            get_renderable=lambda: escape(words()),
            refresh_per_second=_PER_SECOND,
            transient=True,
        ):
            yield


@contextmanager
def _interrupted_by_sigterm() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)

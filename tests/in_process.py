"""The command line in this process, for tests that type much."""

from __future__ import annotations

import contextlib
import gc
import io
import logging
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crawler.cli import run_command_line


@dataclass(frozen=True)
class Typed:
    """What came of a command."""

    returncode: int
    output: str
    """Standard output, then standard error."""


def type_command(folder: Path, *arguments: object) -> Typed:
    """Run the command line in *folder*, as a process of its own would."""
    with _aside(), contextlib.chdir(folder), _captured() as streams:
        code = run_command_line(list(map(str, arguments)))
    return Typed(returncode=code, output="".join(each.read() for each in streams))


@contextlib.contextmanager
def _captured() -> Iterator[Sequence[io.TextIOWrapper]]:
    streams = [io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2)]
    with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
        yield streams
    for stream in streams:
        stream.seek(0)


@contextlib.contextmanager
def _aside() -> Iterator[None]:
    """Put back what the command line changes in a process that goes on."""
    handlers, level = logging.root.handlers[:], logging.root.level
    thresholds = gc.get_threshold()
    signals = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
        for number, handler in signals.items():
            signal.signal(number, handler)

"""Run a command and watch what its processes take, all of them together."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psutil

_INTERVAL = 0.05
"""Seconds between two looks; a process that lives shorter may be missed."""
_LOOKS_AT_MEMORY = 4
"""Every so many looks; it costs the kernel a walk over all pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a command took, its descendants included."""

    seconds: float
    processor: float
    """Seconds of processor time."""
    memory: int
    """Bytes at the peak; what processes share counts once (PSS)."""


def watch(command: Sequence[str], environment: Mapping[str, str]) -> Usage:
    """Return what *command* took. Raises CalledProcessError unless it ends with 0."""
    start = time.perf_counter()
    with subprocess.Popen(command, env=dict(environment)) as process:
        watcher = _Watcher(process.pid)
        watcher.start()
        code = process.wait()
        seconds = time.perf_counter() - start
        watcher.ended.set()
        watcher.join()
    if code:
        raise subprocess.CalledProcessError(code, list(command))
    return Usage(seconds=seconds, processor=sum(watcher.processor.values()), memory=watcher.memory)


class _Watcher(threading.Thread):
    """Looks at a process and its descendants as long as they are there."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.ended = threading.Event()
        self.processor: dict[int, float] = {}
        self.memory = 0
        self._root = psutil.Process(pid)

    def run(self) -> None:
        """Look until `ended` is set."""
        looks = 0
        while not self.ended.wait(_INTERVAL):
            looks += 1
            self._look(memory=looks % _LOOKS_AT_MEMORY == 0)

    def _look(self, *, memory: bool) -> None:
        together = 0
        for process in self._processes():
            try:
                times = process.cpu_times()
                self.processor[process.pid] = times.user + times.system
                together += process.memory_full_info().pss if memory else 0
            except psutil.Error:
                continue
        self.memory = max(self.memory, together)

    def _processes(self) -> list[psutil.Process]:
        try:
            return [self._root, *self._root.children(recursive=True)]
        except psutil.Error:
            return []

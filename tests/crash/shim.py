"""Counts the file operations of a run, in all of its processes, and kills it at one of them.

What is counted, below one folder: opening for writing, the first half of a write, fsync and
fdatasync, rename, link, mkdir, removal, and what is asked of SQLite: a script, a commit, the end.
Each stands in a log before it is done; at the chosen one the whole process group is killed.
"""

from __future__ import annotations

import fcntl
import io
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable
from typing import Any

FOLDER, LOG, KILL_AT = "CRASH_FOLDER", "CRASH_LOG", "CRASH_KILL_AT"
"""Variables of the environment: what is watched, where it is written, and the number to die at."""

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_SEEN = {
    "os.rename": ("rename", ((0, 2), (1, 3))),
    "os.link": ("link", ((0, 2), (1, 3))),
    "os.mkdir": ("mkdir", ((0, 2),)),
    "os.remove": ("remove", ((0, 1),)),
    "os.rmdir": ("rmdir", ((0, 1),)),
}
"""Audit events with their words, and where they tell each path and the open folder of it."""


class _Counter:
    """One for all processes: the lines of the log are the number."""

    def __init__(self, folder: str, log: str, kill_at: int) -> None:
        self.folder = folder
        self._kill_at = kill_at
        self._log = os.open(log, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        self._busy = threading.local()

    def count(self, word: str, *paths: object) -> None:
        """Note an operation that is about to be done, if it is one of the folder's."""
        if getattr(self._busy, "now", False):
            return
        self._busy.now = True
        try:
            shown = [os.path.abspath(os.fsdecode(path)) for path in paths]  # type: ignore[arg-type]  # noqa: PTH100
            if any(path.startswith(self.folder) for path in shown):
                self._note("\t".join([word, *shown]))
        finally:
            self._busy.now = False

    def _note(self, line: str) -> None:
        fcntl.lockf(self._log, fcntl.LOCK_EX)
        try:
            size = os.fstat(self._log).st_size
            number = os.pread(self._log, size, 0).count(b"\n") + 1
            os.write(self._log, f"{line}\n".encode())
            if number == self._kill_at:
                os.killpg(0, signal.SIGKILL)
        finally:
            fcntl.lockf(self._log, fcntl.LOCK_UN)


def install() -> None:
    """Count from here on, as the environment says; without its variables, nothing."""
    if LOG not in os.environ:
        return
    counter = _Counter(os.environ[FOLDER], os.environ[LOG], int(os.environ[KILL_AT]))

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            writes = flags & _WRITING or set(mode or "") & set("wxa+")
            if writes and isinstance(path, str | bytes | os.PathLike):
                counter.count("open", path)
        elif event in _SEEN:
            word, places = _SEEN[event]
            counter.count(word, *(_whole(arguments[at], arguments[of]) for at, of in places))

    sys.addaudithook(heard)
    _watch_opens(counter)
    _watch_writes(counter)
    for name in ("fsync", "fdatasync"):
        setattr(os, name, _synced(getattr(os, name), name, counter))
    _watch_sqlite(counter)


def _whole(path: Any, folder: int | None) -> Any:  # noqa: ANN401 - as the system takes it
    """Return the path of what is called *path* in an open *folder*, if it is in one."""
    if folder in {None, -1} or not isinstance(path, str | bytes | os.PathLike):
        return path
    return os.path.join(_path_of(folder), os.fsdecode(path))  # noqa: PTH118


def _path_of(descriptor: int | None) -> str:
    return os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115


def _watch_opens(counter: _Counter) -> None:
    """Count what is made in an open folder, of which the audit event does not tell."""
    real = os.open

    def opened(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:  # noqa: ANN401
        if dir_fd is not None and flags & _WRITING:
            counter.count("open", _whole(path, dir_fd))
        return real(path, flags, mode, dir_fd=dir_fd)

    os.open = opened


def _synced(function: Callable[[int], None], word: str, counter: _Counter) -> Callable[[int], None]:
    def synced(descriptor: int) -> None:
        counter.count(word, _path_of(descriptor))
        function(descriptor)

    return synced


def _watch_writes(counter: _Counter) -> None:
    class Halving(io.FileIO):
        """Writes the first half of its first piece alone, as a disk may."""

        _halved = False

        def write(self, piece: Any, /) -> int:  # noqa: ANN401 - whatever has bytes
            if self._halved or len(piece) < 2:
                return super().write(piece)
            self._halved = True
            written = super().write(memoryview(piece)[: len(piece) // 2])
            counter.count("write", _path_of(self.fileno()))
            return written

    real = io.open

    def opened(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        if mode == "xb" and isinstance(file, str | os.PathLike):
            return io.BufferedWriter(Halving(file, "x"))
        if mode == "wb" and isinstance(file, int) and _path_of(file).startswith(counter.folder):
            return io.BufferedWriter(Halving(file, "w"))
        return real(file, mode, *arguments, **options)

    io.open = opened


def _watch_sqlite(counter: _Counter) -> None:
    real = sqlite3.connect

    class Watched(sqlite3.Connection):
        """Counts what may change the file."""

        path = ""

        def commit(self) -> None:
            counter.count("commit", self.path)
            super().commit()
            counter.count("committed", self.path)

        def executescript(self, script: str, /) -> sqlite3.Cursor:
            counter.count("script", self.path)
            return super().executescript(script)

        def close(self) -> None:
            counter.count("close", self.path)
            super().close()

    def connected(location: str, *arguments: Any, **options: Any) -> Watched:  # noqa: ANN401
        connection: Watched = real(location, *arguments, factory=Watched, **options)
        connection.path = location.removeprefix("file://").partition("?")[0]
        return connection

    sqlite3.connect = connected  # type: ignore[assignment]

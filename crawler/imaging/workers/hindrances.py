"""Why a process cannot be started, or cannot work, and what a person can do about it."""

from __future__ import annotations

import errno
import os

_WHAT_HELPS = {
    errno.EAGAIN: "allow more processes (ulimit -u)",
    errno.ENOMEM: "free some memory",
    errno.EMFILE: "allow more open files (ulimit -n)",
    errno.ENFILE: "close some files",
}


def reason_in_words(error: Exception) -> str:
    """Return why no process could be started, and what helps."""
    if isinstance(error, EOFError | ConnectionError):
        return (
            "the process that they are forked from ended;"
            " allow more processes and memory (ulimit -a), or mend the Python that runs this"
        )
    if isinstance(error, RuntimeError):  # so Python says that the system allows no more threads
        return f"{error}; {_WHAT_HELPS[errno.EAGAIN]}"
    if not isinstance(error, OSError) or error.errno is None:
        return f"{error}" or type(error).__name__
    helps = _WHAT_HELPS.get(error.errno)
    return f"{os.strerror(error.errno)}; {helps}" if helps else os.strerror(error.errno)

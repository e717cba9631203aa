"""Who holds an archive: a record that is locked for as long as it is true.

What stands in the file of a run that was killed says nothing: the operating system has let go of
its lock. The file is locked before it has its name, so that nobody reads it half-written.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shlex
import socket
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from crawler.common import json_codec, limits, urls
from crawler.common.dates import rfc3339
from crawler.common.files import TEMPORARY_SUFFIX, open_regular
from crawler.models import Holder

_HOLDER = json_codec.RecordReader(Holder)
_SECRETIVE = frozenset({"-s", "--notify-command"})
"""Options whose values may hold what is nobody else's business."""


class Hold:
    """The record of a holder at *path*, until it is let go of."""

    def __init__(self, path: Path, holder: Holder) -> None:
        self._path = path
        temporary = path.with_name(f".{os.getpid()}{TEMPORARY_SUFFIX}")
        self._file = temporary.open("xb")
        try:
            # A file system without locks has nobody to tell.
            with contextlib.suppress(OSError):
                fcntl.flock(self._file, fcntl.LOCK_EX)
            self._file.write(json_codec.to_document(holder))
            self._file.flush()
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            self._file.close()
            raise

    def release(self) -> None:
        """Take the record away; it was true until now."""
        with self._file, contextlib.suppress(OSError):
            self._path.unlink()


def holder_at(path: Path) -> Holder | None:
    """Return who holds the archive by the record at *path*; None where it is not true, or not yet.

    A holder takes the archive before it has written who it is.
    """
    with contextlib.suppress(OSError, json_codec.RecordError), open_regular(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _HOLDER.from_json(file.read(limits.HOLDER))
    return None


def this_process() -> Holder:
    """Return this process as the holder of an archive, since now."""
    return Holder(
        pid=os.getpid(),
        host=socket.gethostname(),
        since=rfc3339(datetime.now(UTC)),
        command=command_in_words(sys.argv),
    )


def in_words(holder: Holder) -> str:
    """Return who *holder* is, and how to be rid of it from here."""
    here = holder.host == socket.gethostname()
    where = "" if here else f" on {holder.host}"
    stop = f" or stop it with: kill {holder.pid}" if here else ""
    return (
        f"process {holder.pid}{where}, since {holder.since} ({holder.command});"
        f" wait for its end{stop}"
    )


def command_in_words(arguments: Sequence[str]) -> str:
    """Return a command line as a person would type it, without what may be secret.

    >>> command_in_words(["bin/image-archiver", "archive", "//me:word@a.org/", "-s", "A=b"])
    'image-archiver archive //a.org/ -s …'
    """
    program = Path(arguments[0] if arguments else "").name.replace("__main__.py", "image-archiver")
    words, hidden = [program], False
    for argument in arguments[1:]:
        name, equals, _ = argument.partition("=")
        if hidden:
            words.append("…")
        elif equals and name in _SECRETIVE:
            words.append(f"{name}=…")
        else:
            words.append(shlex.quote(urls.without_credentials_inside(argument)))
        hidden = not hidden and argument in _SECRETIVE
    return " ".join(words)

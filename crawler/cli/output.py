"""Standard output and standard error in whatever state they are; all that is printed goes here.

Each may be closed, full, a pipe whose reader has left, or of an encoding that lacks characters.
None of this is a defect, and none of it ends work that is not the printing itself: what could not
be printed is noted, and told at the end. A verb whose answer is what it prints stops there.
"""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

import click

from crawler.common import json_codec
from crawler.errors import StorageError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_STANDARD_INPUT, _STANDARD_OUTPUT, _STANDARD_ERROR = 0, 1, 2
_WRONG_WAY = {_STANDARD_INPUT: os.O_WRONLY, _STANDARD_OUTPUT: os.O_RDONLY}
"""How nowhere is opened so that whoever reads or writes there is told that he cannot."""


class OutputError(StorageError):
    """Standard output does not take the answer that a verb prints."""


class ReaderLeftError(OutputError):
    """Standard output is a pipe whose reader has seen enough."""


class Work(click.Command):
    """A verb that does something: what it prints tells of that, and the exit code does, too."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as inherited
        """Do the work, also where nothing of it can be printed."""
        output = ctx.find_object(Output)
        if output is not None:
            output.is_answer = False
        return super().invoke(ctx)


class Output(io.RawIOBase):
    """Writes to a descriptor until that fails, and from then on to nowhere."""

    def __init__(self, descriptor: int, *, is_answer: bool) -> None:
        super().__init__()
        self._descriptor = descriptor
        self.is_answer = is_answer
        """Whether what cannot be written raises OutputError; otherwise it is only noted."""
        self.is_whole = False
        """Whether an answer is of no use in part: then no reader may leave before its end."""
        self.error: OSError | None = None
        """Why something could not be written."""

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        return os.isatty(self._descriptor)

    def writable(self) -> bool:
        """Return that it is there to be written to."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Write some of *data*, and return how many bytes. Raises OutputError."""
        if self.error is None:
            try:
                return self._write(data)
            except OSError as error:
                self.error = error
            self.check()
        return memoryview(data).nbytes

    def check(self) -> None:
        """Raise OutputError where something of an answer could not be written."""
        if self.error is None or not self.is_answer:
            return
        kind = ReaderLeftError if self.has_no_reader and not self.is_whole else OutputError
        raise kind(
            f"{self.in_words()}; give it another destination and run the same command again"
        ) from self.error

    @property
    def has_no_reader(self) -> bool:
        """Whether this is a pipe whose reader has left."""
        return self.error is not None and self.error.errno == errno.EPIPE

    def in_words(self) -> str:
        """Return why something could not be written."""
        code = self.error.errno if self.error else None
        reason = "it is closed" if code == errno.EBADF else os.strerror(code or 0)
        return f"cannot write standard output: {reason}"

    def _write(self, data: ReadableBuffer) -> int:
        while True:
            try:
                return os.write(self._descriptor, data)
            except BlockingIOError:
                # Whoever has the other end may have made it so.
                select.select([], [self._descriptor], [])


@contextmanager
def guarded() -> Iterator[Output]:
    """Give standard output; while this lasts, printing fails only where it is the answer."""
    _open_closed()
    _forget_no_size()
    former = sys.stdout, sys.stderr
    output = Output(_STANDARD_OUTPUT, is_answer=True)
    sys.stdout = _text(former[0], output)
    sys.stderr = _text(former[1], Output(_STANDARD_ERROR, is_answer=False))
    try:
        yield output
    finally:
        output.is_answer = False
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = former


def whole_answer() -> BinaryIO:
    """Return standard output for what is of use only as a whole; it raises OutputError."""
    output = click.get_current_context().find_object(Output)
    if output is not None:
        output.is_answer = output.is_whole = True
    return sys.stdout.buffer


def print_document(value: object) -> None:
    """Print *value*, a record or plain data, as a JSON document."""
    print_data(json_codec.to_document(value))


def print_data(data: bytes) -> None:
    """Print what a program reads: the encoding of standard output is for people."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def print_text(text: str) -> None:
    """Print *text*; characters that standard output does not have are spelled out."""
    sys.stdout.write(text)
    sys.stdout.flush()


def print_error(text: str) -> None:
    """Print a line on standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _open_closed() -> None:
    """Open those of the three streams that are closed, on nothing.

    The next file that is opened would take the place of one, and what is printed would be written
    into it.
    """
    for descriptor in (_STANDARD_INPUT, _STANDARD_OUTPUT, _STANDARD_ERROR):
        try:
            os.fstat(descriptor)
        except OSError:
            # The lowest that is free: the one that was looked at, since those below are open.
            opened = os.open(os.devnull, _WRONG_WAY.get(descriptor, os.O_WRONLY))
            os.set_inheritable(opened, True)  # noqa: FBT003 - it takes no keyword


def _forget_no_size() -> None:
    """Let the terminal itself say how large it is, where the environment says nothing of use.

    A decimal integer greater than 0, says POSIX, XBD 8.3; in no column nothing could be printed.
    """
    for name in ("COLUMNS", "LINES"):
        if not os.environ.get(name, "").lstrip("0").isdecimal():
            os.environ.pop(name, None)


def _text(former: TextIO | None, output: Output) -> TextIO:
    """Return a text stream on *output* in the place of *former*, unless that leads elsewhere."""
    if former is not None and not _is_on(former, output.fileno()):
        return former
    return io.TextIOWrapper(
        io.BufferedWriter(output),
        encoding=former.encoding if former else "utf-8",
        errors="backslashreplace",
        line_buffering=output.isatty() or output.fileno() == _STANDARD_ERROR,
        write_through=True,
    )


def _is_on(stream: TextIO, descriptor: int) -> bool:
    try:
        return stream.fileno() == descriptor
    except (OSError, ValueError):
        return False

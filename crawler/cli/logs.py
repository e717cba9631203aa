"""Lines of the log on standard error: for a person, for a file, for the journal, for a machine."""

from __future__ import annotations

import logging
import os
import sys
import time

import click

from crawler.cli.output import print_error
from crawler.common.characters import visible
from crawler.common.defects import defect_in
from crawler.common.json_log import JsonLines

_OURS = "crawler"
_SAYS_HOW_IT_GOES = ("crawler.cli", "crawler.extensions")
_PRIORITIES = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}
"""https://www.freedesktop.org/software/systemd/man/latest/sd-daemon.html"""


def log_to_stderr(*, quiet: bool, verbose: bool, as_json: bool = False) -> None:
    """Send log lines to standard error, as many as was asked for; what was set before goes."""
    handler = _StderrHandler()
    handler.setFormatter(JsonLines() if as_json else _form())
    handler.addFilter(_Chosen(quiet=quiet, verbose=verbose, each_post=as_json))
    logging.basicConfig(handlers=[handler], level=logging.DEBUG, force=True)


def logs_json() -> bool:
    """Return whether lines on standard error are to be JSON objects."""
    return any(
        isinstance(handler, _StderrHandler) and isinstance(handler.formatter, JsonLines)
        for handler in logging.root.handlers
    )


def logged_defect() -> str | None:
    """Return what was told of a defect that nobody raised, if there was one."""
    handlers = (each for each in logging.root.handlers if isinstance(each, _StderrHandler))
    return next((each.defect for each in handlers if each.defect), None)


def wants_json_lines(_context: click.Context, _option: click.Parameter, value: bool | None) -> bool:
    """Let even the complaint about the next option be a JSON object."""
    if value:
        log_to_stderr(quiet=False, verbose=False, as_json=True)
    return bool(value)


def say_error(message: str, error: Exception | None = None) -> None:
    """Say on standard error why the program ends, in the form that was asked for."""
    if logs_json():
        logging.getLogger(_OURS).error("%s", message, exc_info=error)
        return
    if error is not None:
        sys.excepthook(type(error), error, error.__traceback__)
    print_error(f"image-archiver: {visible(message)}")


class _StderrHandler(logging.Handler):
    """Writes to what standard error is at the moment: bars may stand in its way."""

    def __init__(self) -> None:
        super().__init__()
        self.defect: str | None = None
        """The first that it told of."""

    def emit(self, record: logging.LogRecord) -> None:
        self.defect = self.defect or defect_in(record)
        print_error(visible(self.format(record)))


class _Chosen(logging.Filter):
    """Passes our own warnings, and of the libraries' only errors unless all was asked for.

    The command line itself says how it goes; a line for each post is for those who ask for it, and
    for machines.
    """

    def __init__(self, *, quiet: bool, verbose: bool, each_post: bool) -> None:
        super().__init__()
        self._how_it_goes = logging.WARNING if quiet else logging.INFO
        ours = self._how_it_goes if each_post else logging.WARNING
        self._ours = logging.DEBUG if verbose else ours
        self._others = logging.INFO if verbose else logging.ERROR

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith(_SAYS_HOW_IT_GOES):
            return record.levelno >= min(self._ours, self._how_it_goes)
        own = record.name.partition(".")[0] == _OURS
        return record.levelno >= (self._ours if own else self._others)


class _Journal(logging.Formatter):
    """Lines for the journal of systemd, which knows the time and wants to know how grave it is."""

    def format(self, record: logging.LogRecord) -> str:
        priority = _PRIORITIES.get(record.levelno, _PRIORITIES[logging.INFO])
        return "\n".join(f"<{priority}>{line}" for line in super().format(record).splitlines())


def _form() -> logging.Formatter:
    if _goes_to_the_journal():
        return _Journal("%(message)s")
    if sys.stderr.isatty():
        return logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S")
    dated = logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    dated.converter = time.gmtime
    return dated


def _goes_to_the_journal() -> bool:
    """Return whether standard error is the stream that systemd has made for the journal."""
    try:
        status = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"

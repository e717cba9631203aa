"""The options of a job that runs by itself: what becomes of its outcome when nobody looks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from crawler.cli.logs import wants_json_lines

_Command = TypeVar("_Command", bound=Callable[..., Any])

UNATTENDED_SETTINGS = {
    "fail_on": "ARCHIVE_FAIL_ON",
    "metrics": "ARCHIVE_METRICS",
    "notify_command": "ARCHIVE_NOTIFY_COMMAND",
    "log_json": "ARCHIVE_LOG_JSON",
}
"""Which setting each option sets."""

_OPTIONS = (
    click.option(
        "--fail-on",
        type=click.Choice(("any", "new", "never")),
        help="Which images that are not archived make the exit code 1; any, unless told otherwise.",
    ),
    click.option(
        "--metrics",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Write metrics of this run to FILE, for Prometheus.",
    ),
    click.option(
        "--notify-command",
        metavar="CMD",
        help="Run CMD at the end, with the report on its standard input.",
    ),
    click.option(
        "--log-json",
        is_flag=True,
        is_eager=True,
        default=None,
        callback=wants_json_lines,
        help="Each line on standard error is a JSON object.",
    ),
)


def unattended_options(command: _Command) -> _Command:
    """Give *command* the options of a job that runs by itself."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command

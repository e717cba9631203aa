"""The options of every verb that asks other people's servers: manners, exceptions, patience."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])

NETWORK_SETTINGS = {
    "user_agent": "USER_AGENT",
    "contact": "ARCHIVE_CONTACT",
    "referers": "ARCHIVE_REFERERS",
    "insecure_hosts": "ARCHIVE_INSECURE_HOSTS",
    "fallback": "ARCHIVE_FALLBACK",
    "timegate": "ARCHIVE_TIMEGATE",
}
"""Which setting each option sets."""

_OPTIONS = (
    click.option("--user-agent", metavar="TEXT", help="What to say who asks."),
    click.option("--contact", metavar="TEXT", help="Your mail or URL, added to the User-Agent."),
    click.option(
        "--referer",
        "referers",
        multiple=True,
        metavar="HOST=URL",
        help="Referer to try where HOST refuses; may be repeated.",
    ),
    click.option(
        "--insecure-host",
        "insecure_hosts",
        multiple=True,
        metavar="HOST",
        help="Do not verify the TLS of HOST; may be repeated.",
    ),
    click.option(
        "--fallback",
        type=click.Choice(("memento", "none")),
        help="Where to look for images that are gone.",
    ),
    click.option("--timegate", metavar="URL", help="Which archive of the web --fallback asks."),
)


def network_options(command: _Command) -> _Command:
    """Give *command* the options about how servers are asked."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command

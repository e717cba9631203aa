"""The options of every verb that asks other people's servers: manners, exceptions, patience."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from crawler.errors import UsageError

_Command = TypeVar("_Command", bound=Callable[..., Any])

NETWORK_SETTINGS = {
    "per_host": "CONCURRENT_REQUESTS_PER_DOMAIN",
    "delay": "DOWNLOAD_DELAY",
    "timeout": "DOWNLOAD_TIMEOUT",
    "max_bytes": "DOWNLOAD_MAXSIZE",
    "max_pixels": "ARCHIVE_MAX_PIXELS",
    "max_run_bytes": "ARCHIVE_MAX_RUN_BYTES",
    "max_time": "ARCHIVE_MAX_TIME",
    "min_free": "ARCHIVE_MIN_FREE",
    "allow_private_addresses": "ARCHIVE_ALLOW_PRIVATE_ADDRESSES",
    "user_agent": "USER_AGENT",
    "contact": "ARCHIVE_CONTACT",
    "referers": "ARCHIVE_REFERERS",
    "insecure_hosts": "ARCHIVE_INSECURE_HOSTS",
    "fallback": "ARCHIVE_FALLBACK",
    "timegate": "ARCHIVE_TIMEGATE",
}
"""Which setting each option sets."""

_PACE = (
    click.option(
        "--per-host", type=click.IntRange(1), metavar="N", help="Requests at once a host."
    ),
    click.option(
        "--delay", type=click.FloatRange(0), metavar="S", help="Seconds between requests."
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(0, min_open=True),
        metavar="S",
        help="Seconds for one attempt.",
    ),
    click.option("--max-bytes", type=click.IntRange(1), metavar="N", help="Of one image."),
)
_LIMITS = (
    click.option("--max-pixels", type=click.IntRange(1), metavar="N", help="Of one image."),
    click.option(
        "--max-run-bytes", type=click.IntRange(1), metavar="N", help="Received in this run."
    ),
    click.option(
        "--max-time",
        type=click.FloatRange(0, min_open=True),
        metavar="S",
        help="Seconds for this run.",
    ),
    click.option(
        "--min-free", type=click.IntRange(1), metavar="BYTES", help="To leave free on the disk."
    ),
)
_MANNERS = (
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
    click.option("--ignore-robots", is_flag=True, help="Fetch what robots.txt disallows."),
    click.option(
        "--allow-private-addresses",
        is_flag=True,
        default=None,
        help="Ask hosts that are not public.",
    ),
)


def network_options(command: _Command) -> _Command:
    """Give *command* the options about how servers are asked, and when a run ends."""
    return _with(command, *_PACE, *_LIMITS, *_MANNERS)


def asking_options(command: _Command) -> _Command:
    """Give *command* the options about how servers are asked."""
    return _with(command, *_PACE, *_MANNERS)


def _with(command: _Command, *options: Callable[[_Command], _Command]) -> _Command:
    for option in reversed(options):
        command = option(command)
    return command


def overrides_of(options: Mapping[str, Any], table: Mapping[str, str]) -> dict[str, object]:
    """Return the settings for the *options* that were given; *table* has the setting of each."""
    given = {key: value for key, value in options.items() if value is not None and value != ()}
    overrides = {table[key]: _value(value) for key, value in given.items() if key in table}
    if "timegate" in given and given.get("fallback") != "memento":
        raise UsageError("--timegate says which archive --fallback memento asks: add that")
    # The one option that switches something off.
    return overrides | ({"ROBOTSTXT_OBEY": False} if given.get("ignore_robots") else {})


def _value(value: object) -> object:
    if isinstance(value, tuple):
        return "\n".join(map(str, value))
    return str(value) if isinstance(value, Path) else value

"""What to type next, for each way in which an image can fail."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from crawler.errors import (
    BY_CODE,
    AddressNotAllowed,
    ArchiveError,
    DisallowedByRobots,
    Forbidden,
    Gone,
    InvalidReference,
    LeftOut,
    NoBaseUrl,
    NotFound,
    TimedOut,
    TlsFailed,
    TooLarge,
    TooManyPixels,
    UnsupportedScheme,
    UsageError,
)

_DEFAULT = Path("archive")
_OF_THE_POST: tuple[type[ArchiveError], ...] = (
    InvalidReference,
    LeftOut,
    NoBaseUrl,
    UnsupportedScheme,
)
"""To try again changes nothing: the post, or how it is read, must change."""

_WITH: dict[str, str] = {
    AddressNotAllowed.code: "--allow-private-addresses",
    DisallowedByRobots.code: "--ignore-robots",
    Forbidden.code: "--referer {host}=URL",
    Gone.code: "--fallback memento",
    NotFound.code: "--fallback memento",
    TimedOut.code: "--timeout 180",
    TlsFailed.code: "--insecure-host {host}",
    TooLarge.code: "--max-bytes N",
    TooManyPixels.code: "--max-pixels N",
}
"""Options that may lift the reason."""


_ALL_CODES = f"one of {', '.join(BY_CODE)}"


def check_codes(codes: Iterable[str]) -> None:
    """Raise UsageError for what is no code of a failure."""
    for code in sorted(set(codes) - BY_CODE.keys()):
        near = get_close_matches(code, BY_CODE)
        words = f"did you mean {' or '.join(near)}?" if near else f"expected {_ALL_CODES}"
        raise UsageError(f"--only {code!r}: {words}")


def retry_command(code: str, archive: Path = _DEFAULT, host: str | None = None) -> str | None:
    """Return the command that tries again what failed with *code*, or None if that is pointless.

    >>> retry_command("gone", Path("archive"))
    'image-archiver retry --only gone --fallback memento'
    >>> retry_command("empty", Path("my own"), "a.example")
    "image-archiver retry --archive 'my own' --only empty --host a.example"
    """
    if issubclass(BY_CODE[code], _OF_THE_POST):
        return None
    words = _verb("retry", archive)
    words += ["--only", code, *(["--host", host] if host else [])]
    option = _WITH.get(code, "").format(host=host or "HOST")
    return " ".join(filter(None, (shlex.join(words), option)))


def command_of(verb: str, archive: Path, *arguments: str) -> str:
    """Return what to type for *verb* on *archive*.

    >>> command_of("status", Path("archive"), "--failed", "--only", "gone")
    'image-archiver status --failed --only gone'
    """
    return shlex.join([*_verb(verb, archive), *arguments])


def asked_for(only: Iterable[str], hosts: Iterable[str]) -> str:
    """Return the options that ask for the images of these codes and *hosts*.

    >>> asked_for(["gone"], ["cdn.example"])
    '--only gone --host cdn.example'
    """
    return shlex.join(
        [*(word for code in only for word in ("--only", code)),
         *(word for host in hosts for word in ("--host", host))]
    )  # fmt: skip


def _verb(verb: str, archive: Path) -> list[str]:
    return ["image-archiver", verb, *(["--archive", str(archive)] if archive != _DEFAULT else [])]


def again(moment: str | None, now: str) -> str:
    """Return when an image that failed is asked for again, given its next attempt.

    >>> again("2026-11-22T08:00:14Z", "2026-11-22T07:00:00Z"), again(None, "2026-11-22T07:00:00Z")
    ('asked for again after 2026-11-22 08:00 UTC', 'asked for again by the next run')
    """
    if moment is None or moment <= now:
        return "asked for again by the next run"
    return f"asked for again after {when(moment)}"


def when(moment: str) -> str:
    """Return a date of a manifest as people read it.

    >>> when("2026-11-22T08:00:14Z")
    '2026-11-22 08:00 UTC'
    """
    return f"{moment[:10]} {moment[11:16]} UTC"

"""What to type next, for each way in which an image can fail."""

from __future__ import annotations

import shlex
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


def status_command(archive: Path, *arguments: str) -> str:
    """Return the command that shows more of *archive*.

    >>> status_command(Path("archive"), "--failed", "--only", "gone")
    'image-archiver status --failed --only gone'
    """
    return shlex.join([*_verb("status", archive), *arguments])


def _verb(verb: str, archive: Path) -> list[str]:
    return ["image-archiver", verb, *(["--archive", str(archive)] if archive != _DEFAULT else [])]


def when(moment: str) -> str:
    """Return a date of a manifest as people read it.

    >>> when("2026-11-22T08:00:14Z")
    '2026-11-22 08:00 UTC'
    """
    return f"{moment[:10]} {moment[11:16]} UTC"

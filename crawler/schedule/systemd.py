"""A service and a timer of systemd (systemd.service(5), systemd.timer(5), systemd.exec(5))."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crawler.errors import UsageError
from crawler.schedule.job import NAMED, Job

_SPREAD = {"hourly": "5min", "daily": "1h", "weekly": "6h", "monthly": "12h"}
"""Within which time after its beginning the job is begun, so that not all servers ask at once."""
_SPREAD_OF_OTHERS = "5min"
_CALENDAR = re.compile(r"[A-Za-z0-9*:,./~ +_-]+")
_NAME = re.compile(r"[A-Za-z0-9:_.-]+")
_PLAIN = re.compile(r"[A-Za-z0-9_./:=@+,^-]+")
_PATIENCE = 60
"""Seconds for what is in hand, beside a request: decoding and writing."""

# Nothing of the system is seen to be needed; what a user's own manager may not set stands apart.
_HARDENING = """\
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
SystemCallArchitectures=native
SystemCallFilter=@system-service
"""
_HARDENING_OF_THE_SYSTEM = """\
CapabilityBoundingSet=
PrivateDevices=yes
PrivateTmp={private_tmp}
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=read-only
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectSystem=strict
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How the units are to be."""

    name: str
    of_user: bool
    """Whether they are for the manager of one user, not of the system."""
    run_as: str
    """The user that the system runs it as."""
    accepted_exits: tuple[int, ...]
    """Exit codes beside 0 and 4 that are no failure of the service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """The texts of both files."""

    service: str
    timer: str


def units(job: Job, manner: Manner) -> Units:
    """Return the units for *job*. Raises UsageError for what systemd would not take."""
    if not _NAME.fullmatch(manner.name):
        raise UsageError(f"--unit {manner.name!r}: expected letters, digits and :_.-")
    if not _CALENDAR.fullmatch(job.every):
        raise UsageError(
            f"--every {job.every!r}: expected {', '.join(NAMED)}, or a calendar event of systemd"
            " such as 'Mon..Fri 04:00'"
        )
    return Units(service=_service(job, manner), timer=_timer(job))


def in_exec(words: Sequence[str]) -> str:
    r"""Return a command line as ExecStart= takes it: quoted, with no specifier and no variable.

    >>> print(in_exec(["/bin/a b", "50%", "$HOME", 'say "x"']))
    "/bin/a b" "50%%" "$$HOME" "say \"x\""
    """
    program, *rest = map(_quoted, words)
    # Variables are put into arguments alone.
    return " ".join([program, *(word.replace("$", "$$") for word in rest)])


def _quoted(word: str) -> str:
    if _PLAIN.fullmatch(word):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _service(job: Job, manner: Manner) -> str:
    accepted = sorted({4, *manner.accepted_exits})
    return "".join(
        f"{line}\n"
        for line in (
            "[Unit]",
            f"Description=Archive the images of articles into {_specified(str(job.archive))}",
            *_order(job, manner),
            "",
            "[Service]",
            "Type=oneshot",
            *([] if manner.of_user else [f"User={manner.run_as}"]),
            f"ExecStart={in_exec(job.words)}",
            "# 1: some images are not archived (--fail-on decides which count); 3: stopped by a",
            "# limit or the disk; 4: stopped by systemctl; 6: another run holds the archive.",
            f"SuccessExitStatus={' '.join(map(str, accepted))}",
            "# The run finishes what is in hand; its workers are not to be disturbed meanwhile.",
            "KillMode=mixed",
            f"TimeoutStopSec={math.ceil(job.timeout) + _PATIENCE}",
            "Nice=10",
            "IOSchedulingPriority=7",
            "UMask=0022",
            "",
            *_HARDENING.splitlines(),
            *([] if manner.of_user else _of_the_system(job)),
        )
    )


def _order(job: Job, manner: Manner) -> Iterator[str]:
    if not manner.of_user:  # a user's manager has no such target
        yield "Wants=network-online.target"
        yield "After=network-online.target"
    yield f"RequiresMountsFor={_quoted(str(_there(job.archive)))}"


def _of_the_system(job: Job) -> Iterator[str]:
    writable = dict.fromkeys(map(_there, job.writes))
    # A private /tmp would hide an archive that is below the real one.
    is_temporary = any(path.is_relative_to(top) for path in writable for top in _TEMPORARY)
    settings = _HARDENING_OF_THE_SYSTEM.format(private_tmp="no" if is_temporary else "yes")
    yield from settings.splitlines()
    yield f"ReadWritePaths={' '.join(_quoted(str(path)) for path in writable)}"


_TEMPORARY = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - nothing is written there


def _timer(job: Job) -> str:
    return f"""\
[Unit]
Description=When the images of articles are archived into {_specified(str(job.archive))}

[Timer]
OnCalendar={job.every}
RandomizedDelaySec={_SPREAD.get(job.every, _SPREAD_OF_OTHERS)}
FixedRandomDelay=yes
# A turn that passed while the machine was off is made up for.
Persistent=yes

[Install]
WantedBy=timers.target
"""


def _there(path: Path) -> Path:
    """Return *path*, or the nearest folder above it that exists: a service needs what it names."""
    return next(each for each in (path, *path.parents) if each.exists())


def _specified(text: str) -> str:
    return text.replace("%", "%%")

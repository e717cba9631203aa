"""A line of a crontab (crontab(5))."""

from __future__ import annotations

import re
import shlex

from crawler.errors import UsageError
from crawler.schedule.job import NAMED, Job, turn_of

_LONGEST = 998
"""Characters; what is longer, Debian's cron cuts."""
_FIELD = r"[0-9*,/\-]+|(?:[A-Za-z]{3}[,\-]?)+"
_FIVE_FIELDS = re.compile(rf"(?:{_FIELD})(?:[ \t]+(?:{_FIELD})){{4}}")

_HEAD = """\
# image-archiver: {archive}
#
# Add this with `crontab -e`. cron mails what the command prints to the owner of the crontab, or to
# whom MAILTO names in a line above; MAILTO="" is nobody. With --quiet that is nothing unless an
# image is not archived or the run did not come to its end: --fail-on new restricts it to what
# failed since the run before. A run that finds the one before still at work ends at once, exit 6.
"""


def crontab(job: Job) -> str:
    """Return the line for *job*, with what there is to know about it in comments above.

    Raises UsageError for a time that cron does not know, and for a line that it would cut.
    """
    command = in_crontab(shlex.join(job.words))
    line = f"{_time(job)} {command}"
    if len(line) > _LONGEST:
        raise UsageError(
            f"the line has {len(line)} characters, cron takes {_LONGEST}:"
            " put the options into a file, and give that with --config"
        )
    return f"{_HEAD.format(archive=job.archive)}{line}\n"


def in_crontab(command: str) -> str:
    r"""Return a command of the shell as a crontab takes it: with a mark before each percent sign.

    A backslash of the command itself must not stand before that mark: the quotes that `shlex.join`
    puts around it are closed and opened again.

    >>> print(in_crontab("echo '50%' 'a\\%b'"))
    echo '50\%' 'a\''\%b'
    """
    return command.replace("\\%", "\\''%").replace("%", "\\%")


def _time(job: Job) -> str:
    turn = turn_of(job.archive)
    times = dict(
        zip(
            NAMED,
            (
                f"{turn.minute} * * * *",
                f"{turn.minute} {turn.hour} * * *",
                f"{turn.minute} {turn.hour} * * {turn.weekday}",
                f"{turn.minute} {turn.hour} {turn.day} * *",
            ),
            strict=True,
        )
    )
    if job.every not in times and not _FIVE_FIELDS.fullmatch(job.every):
        raise UsageError(
            f"--every {job.every!r}: expected {', '.join(NAMED)}, or the five fields of a crontab"
        )
    return times.get(job.every, job.every)

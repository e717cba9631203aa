"""The call of Scrapyd's API that runs the job, and how Scrapyd gets to know this program.

https://scrapyd.readthedocs.io/en/stable/api.html. Scrapyd runs projects from eggs, which
scrapyd-deploy builds. As this program is installed beside Scrapyd, with its libraries, the egg has
nothing but the entry point by which Scrapyd finds the settings.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from crawler.errors import UsageError

PROJECT = "image_archiver"

_SCRIPT = """\
#!/bin/sh
# image-archiver: {archive}
#
# Scrapyd runs the job with its own Python. Install image-archiver there, and let Scrapyd's user
# write to the archive. Then deploy it once; an update of image-archiver needs no new deployment:
#
#   python -m pip install scrapyd scrapyd-client 'setuptools<81' image-archiver
#   cd "$(mktemp -d)"
#   {configure} > scrapy.cfg
#   scrapyd-deploy
#
# This starts the job. Scrapyd has no clock: let cron or a timer call it.
{schedule}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrapydJob:
    """A job as Scrapyd is told of it."""

    url: str
    """Of Scrapyd."""
    archive: Path
    sources: tuple[str, ...]
    settings: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        """Raise UsageError for what the script's comments cannot hold."""
        for text in (self.url, str(self.archive)):
            if not text.isprintable():
                raise UsageError(f"{text!r} has a line feed or another character of control")


def job_script(job: ScrapydJob) -> str:
    """Return a script of the shell that starts the job; its comments say how to deploy."""
    url = job.url.rstrip("/")
    return _SCRIPT.format(
        archive=job.archive,
        configure=shlex.join(["printf", r"%s\n", *_configuration(url)]),
        schedule=_schedule(job, url),
    )


def _configuration(url: str) -> tuple[str, ...]:
    """Return the lines of the scrapy.cfg that scrapyd-deploy reads."""
    return (
        "[settings]",
        "default = crawler.settings",
        "[deploy]",
        f"url = {url.replace('%', '%%')}/",
        f"project = {PROJECT}",
    )


def _schedule(job: ScrapydJob, url: str) -> str:
    data = (
        f"project={PROJECT}",
        "spider=posts",
        "source=" + "\n".join(job.sources),
        *(f"setting={name}={value}" for name, value in job.settings),
    )
    curl = shlex.join(["curl", "--fail", "--silent", "--show-error", f"{url}/schedule.json"])
    pairs = [shlex.join(["--data-urlencode", each]) for each in data]
    return " \\\n  ".join([curl, *pairs]) + "\n"

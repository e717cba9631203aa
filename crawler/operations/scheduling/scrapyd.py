"""The calls of Scrapyd's API that deploy this program and run the job, and the egg for the first.

https://scrapyd.readthedocs.io/en/stable/api.html. Scrapyd runs projects from eggs: the package as
it is installed here, zipped, with the entry point by which Scrapyd finds the settings.
"""

from __future__ import annotations

import io
import shlex
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import crawler
from crawler.errors import UsageError
from crawler.grounds.files import write_atomically

PROJECT = "image_archiver"
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip can hold: the same package is the same egg."""
_INFO = (
    (
        "EGG-INFO/PKG-INFO",
        f"Metadata-Version: 2.1\nName: image-archiver\nVersion: {crawler.__version__}\n".encode(),
    ),
    ("EGG-INFO/entry_points.txt", b"[scrapy]\nsettings = crawler.settings\n"),
)

_HEAD = """\
#!/bin/sh
# image-archiver: {archive}
#
# Scrapyd runs the jobs with its own Python, which must have the libraries of image-archiver:
#   python -m pip install scrapyd 'setuptools<81' image-archiver
# and it may write to the archive. Then, once and after each update, the program goes there:
"""
_THEN = """
# And the job, each time that it is to run; Scrapyd has no clock: cron or a timer calls this.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrapydJob:
    """A job as Scrapyd is told of it."""

    url: str
    """Of Scrapyd."""
    egg: Path
    archive: Path
    sources: tuple[str, ...]
    settings: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        """Raise UsageError for what the script's comments and the calls cannot hold."""
        for text in (self.url, str(self.egg), str(self.archive)):
            if not text.isprintable():
                raise UsageError(f"{text!r} has a line feed or another character of control")


def calls(job: ScrapydJob) -> str:
    """Return a script of the shell with both calls."""
    url = job.url.rstrip("/")
    deploy = (
        *_form("project", PROJECT),
        *_form("version", crawler.__version__),
        *("--form", f'egg=@"{_in_quotes(str(job.egg))}"'),
    )
    schedule = (
        *_data("project", PROJECT),
        *_data("spider", "posts"),
        *_data("source", "\n".join(job.sources)),
        *(word for name, value in job.settings for word in _data("setting", f"{name}={value}")),
    )
    return (
        _HEAD.format(archive=job.archive)
        + _curl(f"{url}/addversion.json", deploy)
        + _THEN
        + _curl(f"{url}/schedule.json", schedule)
    )


def write_egg(path: Path) -> None:
    """Write this program as an egg to *path*. Raises StorageError or PathError."""
    root = Path(crawler.__file__).parent
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as egg:
        for name, content in (*_package(root), *_INFO):
            egg.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    write_atomically(path, file.getvalue())


def _package(root: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(root.parent).as_posix(), path.read_bytes()


def _form(name: str, value: str) -> tuple[str, str]:
    return "--form-string", f"{name}={value}"


def _data(name: str, value: str) -> tuple[str, str]:
    return "--data-urlencode", f"{name}={value}"


def _in_quotes(path: str) -> str:
    """Return a path as curl takes it within quotes: what it may hold ends it otherwise."""
    return path.replace("\\", "\\\\").replace('"', '\\"')


def _curl(url: str, words: Sequence[str]) -> str:
    command = shlex.join(["curl", "--fail", "--silent", "--show-error", url])
    pairs = [shlex.join(words[i : i + 2]) for i in range(0, len(words), 2)]
    return " \\\n  ".join([command, *pairs]) + "\n"

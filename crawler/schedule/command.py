"""``image-archiver schedule``: what lets the main job run by itself."""

from __future__ import annotations

import getpass
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from crawler.cli.archive import archive as archiving
from crawler.cli.archive import overrides_from
from crawler.cli.options import CONFIG
from crawler.cli.output import print_data, print_error
from crawler.common import urls
from crawler.common.files import write_atomically
from crawler.errors import UsageError
from crawler.schedule.cron import crontab
from crawler.schedule.job import Job
from crawler.schedule.scrapyd import ScrapydJob, job_script
from crawler.schedule.systemd import Manner, units
from crawler.sources import as_sources

_Source = click.core.ParameterSource
_GIVEN = (_Source.COMMANDLINE, _Source.ENVIRONMENT)
_SYSTEM_UNITS = "/etc/systemd/system"
_USER_UNITS = "~/.config/systemd/user"


@click.group()
def schedule() -> None:
    """Print what lets the main job run by itself.

    After the kind come SOURCE and the options of archive, as they would be typed by hand; what is
    printed has them with absolute paths. Nothing is installed.

    \b
    Examples:
      image-archiver schedule systemd blog/ --every daily --max-time 3600 --fail-on new
      image-archiver schedule cron https://blog.example/feed.xml --every hourly
      image-archiver schedule scrapyd blog/ --archive /srv/archive
    """


def _with_options_of_archive(command: click.Command) -> click.Command:
    command.params = [*command.params, *archiving.params]
    return command


_every = click.option(
    "--every",
    default="daily",
    show_default=True,
    metavar="WHEN",
    help="hourly, daily, weekly, monthly, or what the scheduler itself calls a time.",
)


@_with_options_of_archive
@schedule.command()
@_every
@click.option("--user", is_flag=True, help="For your own manager (systemctl --user), without root.")
@click.option("--run-as", metavar="USER", help="Whose job it is; yours, unless told otherwise.")
@click.option(
    "--unit", default="image-archiver", show_default=True, metavar="NAME", help="Of the units."
)
@click.option(
    "--accept-exit",
    type=click.IntRange(1, 255),
    multiple=True,
    metavar="CODE",
    help="An exit code that is no failure of the service, such as 1 or 3; may be repeated.",
)
@click.option(
    "--write",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write both files into DIR instead of printing them.",
)
def systemd(
    *,
    every: str,
    run_as: str | None,
    unit: str,
    accept_exit: tuple[int, ...],
    write: Path | None,
    user: bool,
    **_archive: Any,  # noqa: ANN401 - the options of archive, which the context has
) -> None:
    """Print a service and a timer of systemd."""
    manner = Manner(
        name=unit,
        of_user=user,
        run_as=run_as or _this_user(),
        accepted_exits=accept_exit,
    )
    made = units(_job(every), manner)
    folder = _USER_UNITS if user else _SYSTEM_UNITS
    for ending, text in (("service", made.service), ("timer", made.timer)):
        if write is not None:
            write_atomically(write / f"{unit}.{ending}", text.encode(), beneath=None)
        else:
            _print(f"# {folder}/{unit}.{ending}\n{text}\n")
    systemctl = "systemctl --user" if user else "systemctl"
    then = f"# then: {systemctl} daemon-reload && {systemctl} enable --now {unit}.timer"
    if write is None:
        print_error(then)
    else:
        _print(f"{then}\n")


@_with_options_of_archive
@schedule.command()
@_every
def cron(*, every: str, **_archive: Any) -> None:  # noqa: ANN401 - as above
    """Print a line for a crontab.

    Without -q, -v, --json or --log-json it gets --quiet: cron mails whatever is said.
    """
    chosen = ("quiet", "verbose", "as_json", "log_json")
    context = click.get_current_context()
    quiet = () if any(context.params[name] for name in chosen) else ("--quiet",)
    _print(crontab(_job(every, *quiet)))


@_with_options_of_archive
@schedule.command()
@click.option(
    "--url",
    default="http://localhost:6800",
    show_default=True,
    metavar="URL",
    help="The address of Scrapyd.",
)
def scrapyd(
    *,
    url: str,
    **options: Any,  # noqa: ANN401 - as above
) -> None:
    """Print the call of Scrapyd that starts the job, and how to deploy for it."""
    context = click.get_current_context()
    sources = _sources(context)
    root = _absolute(options["archive"])
    given = {
        name: _absolute(value) if isinstance(value, Path) else value
        for name, value in options.items()
        if name == "archive" or context.get_parameter_source(name) is not _Source.DEFAULT
    }
    settings = overrides_from(**given)
    _check(settings)
    job = ScrapydJob(
        url=url,
        archive=root,
        sources=sources,
        settings=tuple((name, str(value)) for name, value in settings.items()),
    )
    _print(job_script(job))


def _this_user() -> str:
    """Return the name of who runs this. Raises UsageError where the system has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise UsageError("this user has no name on this system: say --run-as USER") from error


def _print(text: str) -> None:
    """Print what a scheduler reads; a path in it has the bytes that it has on the disk."""
    print_data(text.encode(errors="surrogateescape"))


def _job(every: str, *more: str) -> Job:
    """Return the job that the options of archive describe. Raises UsageError."""
    context = click.get_current_context()
    options: dict[str, Any] = {
        p.name: context.params.get(p.name) for p in archiving.params if p.name
    }
    sources = _sources(context)
    settings = overrides_from(**options)
    timeout = _check(settings)
    root, metrics = _absolute(options["archive"]), options["metrics"]
    beside = tuple(map(Path, sources)) if options["in_place"] else ()
    return Job(
        words=(*_program(), "archive", *sources, *_words(context), *more),
        archive=root,
        writes=(root, *([_absolute(metrics).parent] if metrics else []), *beside),
        every=" ".join(every.split(" ")),
        timeout=timeout,
    )


def _check(settings: dict[str, object]) -> float:
    """Return the timeout that the *settings* give a request; raise UsageError if they are none."""
    from crawler.archiving.config import Options  # noqa: PLC0415
    from crawler.runner.process import project_settings  # noqa: PLC0415 - Scrapy is large

    return Options.from_settings(project_settings(settings)).policy.timeout


def _sources(context: click.Context) -> tuple[str, ...]:
    """Return the sources with absolute paths. Raises UsageError where they are none."""
    given: tuple[str, ...] = context.params["sources"]
    if "-" in given:
        raise UsageError("- is a list on standard input, which no job has: name a file of URLs")
    as_sources(given, archive=_absolute(context.params["archive"]))
    is_url = [urls.scheme(source) in urls.NETWORK_SCHEMES for source in given]
    return tuple(
        source if network else str(_absolute(Path(source)))
        for source, network in zip(given, is_url, strict=True)
    )


def _program() -> tuple[str, ...]:
    script = Path(sysconfig.get_path("scripts")) / "image-archiver"
    return (str(script),) if script.is_file() else (sys.executable, "-m", "crawler")


def _words(context: click.Context) -> Iterator[str]:
    """Yield the options of archive as they were given, and the archive in any case."""
    if CONFIG in context.meta:
        yield from ("--config", str(_absolute(context.meta[CONFIG])))
    for parameter in archiving.params:
        name = parameter.name
        if not isinstance(parameter, click.Option) or name not in context.params:
            continue
        value = context.params[name]
        is_path = isinstance(value, Path)
        # The file of --config is read again by the job, but from another folder.
        is_given = context.get_parameter_source(name) in _GIVEN
        if is_given or name == "archive" or (is_path and value is not None):
            yield from _spelled(parameter, value)


def _spelled(option: click.Option, value: Any) -> Iterator[str]:  # noqa: ANN401 - of any option
    spelling = max(option.opts, key=len)
    if option.is_flag:
        yield from [spelling] if value else []
        return
    values = [f"{key}={text}" for key, text in value.items()] if isinstance(value, dict) else value
    for each in values if isinstance(values, list | tuple) else [values]:
        text = _typed(each)
        yield from [f"{spelling}={text}"] if text.startswith("-") else [spelling, text]


def _typed(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(_absolute(value) if isinstance(value, Path) else value)


def _absolute(path: Path) -> Path:
    # Not resolved: who has a link there means the link.
    return path.absolute()

"""What the verbs that crawl have in common.

Scrapy takes a second to import; the workers' process is started before, and loads Pillow meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from crawler.cli.console import SafeConsole
from crawler.cli.exits import Exit
from crawler.cli.logs import log_to_stderr, logs_json
from crawler.cli.options import no_collection, say_on
from crawler.cli.output import print_document, print_text
from crawler.common.advice import asked_for
from crawler.imaging import start_server

if TYPE_CHECKING:
    from crawler.archiving.run import Run  # which imports Scrapy

_Command = TypeVar("_Command", bound=Callable[..., Any])


PAGES_SETTINGS = {"pages": "ARCHIVE_PAGES"}
"""Which setting `pages_option` sets."""


def pages_option(command: _Command) -> _Command:
    """Give *command* the option about the offline pages."""
    return click.option(
        "--pages/--no-pages",
        default=None,
        help="Whether the offline pages of what changed are written at the end.",
    )(command)


DERIVATIVE_SETTINGS = {
    "thumbnails": "ARCHIVE_THUMBNAILS",
    "animated_thumbnails": "ARCHIVE_ANIMATED_THUMBNAILS",
    "convert": "ARCHIVE_CONVERT",
}
"""Which setting each of `derivative_options` sets."""


def derivative_options(command: _Command) -> _Command:
    """Give *command* the options about what is made of the images."""
    thumbnail = click.option(
        "--thumbnail",
        "thumbnails",
        multiple=True,
        default=("320",),
        show_default=True,
        metavar="PIXELS",
        help="Longest edge of a thumbnail; may be repeated; none makes none.",
    )
    animated = click.option(
        "--animated-thumbnails",
        is_flag=True,
        default=None,
        help="Thumbnails of what moves move too.",
    )
    convert = click.option(
        "--convert",
        type=click.Choice(("jpeg", "webp", "avif", "png", "none")),
        default="jpeg",
        show_default=True,
        help="Format of the converted copy.",
    )
    return thumbnail(animated(convert(command)))


def crawl_and_conclude(
    sources: Sequence[str],
    overrides: Mapping[str, object],
    *,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> Exit:
    """Archive *sources*, say how it went, and return the exit code."""
    return _conclude(
        lambda verbs, around: verbs.crawl(sources, overrides, around=around),
        sources,
        as_json=as_json,
        quiet=quiet,
        verbose=verbose,
    )


def retry_and_conclude(
    only: Sequence[str],
    hosts: Sequence[str],
    overrides: Mapping[str, object],
    *,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> Exit:
    """Try again what failed, say how it went, and return the exit code."""
    asked = asked_for(only, hosts)
    nothing = f"No failed image matches {asked}." if asked else "There is no failed image."
    if overrides.get("ARCHIVE_NOT_PLACEHOLDERS"):
        nothing = f"The picture is taken for the true one. {nothing}"
    return _conclude(
        lambda verbs, around: verbs.retry(only, hosts, overrides, around=around),
        (),
        nothing=nothing,
        as_json=as_json,
        quiet=quiet,
        verbose=verbose,
    )


def _conclude(
    begin: Callable[[ModuleType, Callable[[Run], AbstractContextManager[None]] | None], Run],
    sources: Sequence[str],
    *,
    nothing: str = "",
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> Exit:
    """Do what *begin* does with the module `crawl` and *sources*, and say how it went.

    *nothing* is what is said of a run that had no post at all.
    """
    start_server("crawler.store.bundle")
    with no_collection():
        from crawler import report  # noqa: PLC0415
        from crawler.cli.progress import is_drawn, lines, progress  # noqa: PLC0415
        from crawler.cli.run_summary import log, say  # noqa: PLC0415
        from crawler.runner import crawls as verbs  # noqa: PLC0415 - Scrapy is large
    errors = SafeConsole(stderr=True, highlight=False)
    as_lines = logs_json()
    showing = is_drawn(errors) and not (quiet or verbose or as_lines)
    # A line for each post would push the bars away; they say the same.
    log_to_stderr(quiet=quiet or showing, verbose=verbose, as_json=as_lines)
    drawn = partial(progress, console=errors, sources=sources)
    logged = None if quiet else partial(lines, sources=sources)
    run = begin(verbs, drawn if showing else logged)
    code = report.exit_of(run)
    if as_json:
        print_document({**report.summary(run), "incomplete": run.stats.incomplete})
    elif not quiet and code == Exit.ALL_ARCHIVED and not run.stats.posts and nothing:
        print_text(f"{nothing}\n")
    elif not quiet:
        say(run, say_on(as_json=False))
    if quiet and code != Exit.ALL_ARCHIVED:
        log(run) if as_lines else say(run, errors)
    return code

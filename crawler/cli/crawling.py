"""What the verbs that crawl have in common: options as settings, and the words at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.markup import escape

from crawler import report
from crawler.cli.common import log_to_stderr, say_on
from crawler.cli.exits import Exit
from crawler.cli.progress import progress
from crawler.cli.words import counted, in_bytes
from crawler.crawl import crawl
from crawler.errors import BY_CODE
from crawler.grounds import records
from crawler.model import STATES
from crawler.run import Ending, Run

_Command = TypeVar("_Command", bound=Callable[..., Any])

_LISTED = 10
"""Images listed for each code; the report has more."""

_WORDS = {
    Ending.STORAGE: "Stopped: {}. Mend it and run again; what was saved stays saved.",
    Ending.LIMIT: "Stopped: {}. The next run goes on from here.",
    Ending.INTERRUPTED: "Interrupted ({}). The next run goes on from here.",
}


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
    convert = click.option(
        "--convert",
        type=click.Choice(("jpeg", "webp", "avif", "png", "none")),
        default="jpeg",
        show_default=True,
        help="Format of the converted copy.",
    )
    return thumbnail(convert(command))


def crawl_and_conclude(
    sources: Sequence[str],
    overrides: Mapping[str, object],
    *,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> Exit:
    """Archive *sources*, say how it went, and return the exit code."""
    errors = Console(stderr=True, highlight=False)
    showing = errors.is_terminal and not quiet and not verbose
    # A line for each post would push the bars away; they say the same.
    log_to_stderr(quiet=quiet or showing, verbose=verbose)
    around = partial(progress, console=errors) if showing else None
    run = crawl(sources, overrides, around=around)
    if as_json:
        click.echo(records.to_document(report.summary(run)).decode(), nl=False)
    code = exit_of(run)
    if not quiet and not as_json:
        _say(run, say_on(as_json=False))
    elif quiet and code != Exit.ALL_ARCHIVED:
        _say(run, errors)
    return code


def _say(run: Run, console: Console) -> None:
    counts = report.summary(run)
    states = [f"{counts[s]} {s}" for s in STATES if counts[s] or s == "archived"]
    places = counted(counts["references"], "place")
    console.print(
        f"[bold]{counted(counts['posts'], 'post')} with {counted(counts['entries'], 'image')}"
        f" in {places}: {', '.join(states)}.[/bold]"
    )
    for code, count in counts["failures"].items():
        _say_missing(run, code, count, console)
    for problem in run.problems[:_LISTED]:
        console.print(f"\n[red]not archived[/red]: {escape(problem.message)}")
    if len(run.problems) > _LISTED:
        console.print(f"  … and {run.tally.problems - _LISTED} more")
    if counts["failures"] or run.problems:
        console.print()
    if run.ending in _WORDS:
        words = _WORDS[run.ending].format(run.reason)
        console.print(f"[yellow]{escape(words)}[/yellow]")
    console.print(
        f"{counted(counts['unchanged_posts'], 'post')} as before,"
        f" {counted(counts['requests'], 'request')}, {in_bytes(counts['downloaded_bytes'])},"
        f" {counts['seconds']:.1f} s. The archive: {escape(str(run.options.archive))}"
    )


def _say_missing(run: Run, code: str, count: int, console: Console) -> None:
    console.print(f"\n[red]{code}[/red] ({count}): {BY_CODE[code].advice}")
    failed = [(post, entry, entry.failure) for post, entry in run.failed if entry.failure]
    listed = [row for row in failed if row[2].code == code][:_LISTED]
    for post, entry, failure in listed:
        console.print(f"  {escape(entry.url)}\n    {escape(post)}: {escape(failure.detail)}")
    if count > len(listed):
        console.print(f"  … and {count - len(listed)} more")


_ENDINGS = {
    Ending.STORAGE: Exit.STOPPED,
    Ending.LIMIT: Exit.STOPPED,
    Ending.INTERRUPTED: Exit.INTERRUPTED,
}


def exit_of(run: Run) -> Exit:
    """Return the exit code for a run that has ended."""
    tally = run.tally
    if tally.defects:
        return Exit.DEFECT
    if run.ending in _ENDINGS:
        return _ENDINGS[run.ending]
    some_not = tally.states["failed"] or tally.states["suspect"] or tally.problems
    return Exit.SOME_NOT if some_not else Exit.ALL_ARCHIVED

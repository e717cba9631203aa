"""What the verbs that crawl have in common: options as settings, and the words at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.markup import escape

from crawler import report
from crawler.cli.exits import Exit, exit_of
from crawler.errors import BY_CODE
from crawler.grounds import records
from crawler.run import Ending, Run

_Command = TypeVar("_Command", bound=Callable[..., Any])

_LISTED = 10
"""Images listed for each code; the report has more."""


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


def conclude(run: Run, console: Console, *, as_json: bool, quiet: bool) -> Exit:
    """Say how *run* ended, and return its exit code."""
    if as_json:
        click.echo(records.to_document(report.summary(run)).decode(), nl=False)
    elif not quiet:
        _say(run, console)
    return exit_of(run)


def _say(run: Run, console: Console) -> None:
    counts = report.summary(run)
    missing = counts["failed"] + counts["suspect"]
    parts = [f"{counts['archived']} archived"]
    parts += [
        f"{counts[state]} {state}" for state in ("suspect", "failed", "skipped") if counts[state]
    ]
    console.print(
        f"[bold]{counts['posts']} posts name {counts['entries']} images"
        f" in {counts['references']} places: {', '.join(parts)}.[/bold]"
    )
    if missing:
        _say_missing(run, counts["failures"], console)
    for problem in run.problems[:_LISTED]:
        console.print(f"[red]not archived:[/red] {escape(problem.message)}")
    _say_ending(run, console)
    console.print(
        f"{counts['unchanged_posts']} posts were as before;"
        f" {counts['requests']} requests, {_size(counts['downloaded_bytes'])}"
        f" in {counts['seconds']:.1f} s. The archive is {escape(str(run.options.archive))}/"
    )


def _say_missing(run: Run, failures: Mapping[str, int], console: Console) -> None:
    for code, count in failures.items():
        console.print(f"\n[red]{code}[/red] ({count}): {BY_CODE[code].advice}")
        listed = [(post, e) for post, e in run.failed if e.failure and e.failure.code == code]
        for post, entry in listed[:_LISTED]:
            detail = entry.failure.detail if entry.failure else ""
            console.print(f"  {escape(post)}  {escape(entry.url)}  {escape(detail)}")
        if count > _LISTED:
            console.print(f"  … and {count - _LISTED} more")
    console.print()


def _say_ending(run: Run, console: Console) -> None:
    words = {
        Ending.STORAGE: "Stopped: {}. Mend it and run again; what was saved stays saved.",
        Ending.LIMIT: "Stopped: {}. The next run goes on from here.",
        Ending.INTERRUPTED: "Interrupted by {}. The next run goes on from here.",
    }
    if run.ending in words:
        console.print(f"[yellow]{escape(words[run.ending].format(run.reason))}[/yellow]")


def _size(count: int) -> str:
    size = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:  # noqa: PLR2004 - SI prefixes
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"

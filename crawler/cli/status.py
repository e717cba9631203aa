"""``image-archiver status``: what the archive holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from crawler.cli.changes import plain, say
from crawler.cli.common import common_options, log_to_stderr, say_on
from crawler.cli.exits import Exit
from crawler.errors import BY_CODE, UsageError
from crawler.grounds import records
from crawler.grounds.advice import when
from crawler.grounds.words import counted, in_bytes
from crawler.operations import ArchiveStatus, archive_changes, archive_status

_HOSTS_LISTED = 20


@click.command()
@common_options
@click.option("--changes", is_flag=True, help="What the last run changed, or all runs --since.")
@click.option(
    "--since",
    metavar="RUN|DATE",
    help="With --changes: all that differs since this run of runs/, or since this date.",
)
def status(
    archive: Path, since: str | None, *, changes: bool, as_json: bool, quiet: bool, verbose: bool
) -> Exit:
    """Show what the archive holds: states, failures by code, hosts.

    \b
    Example:
      image-archiver status --archive archive --json
      image-archiver status --changes --since 2026-11-01
    """
    log_to_stderr(quiet=quiet, verbose=verbose)
    if since is not None and not changes:
        raise UsageError("--since says since when --changes looks: add that")
    if changes:
        differing = archive_changes(archive, since)
        if as_json:
            click.echo(records.to_document(plain(differing)).decode(), nl=False)
        else:
            say(differing, say_on(as_json=False))
        return Exit.ALL_ARCHIVED
    found = archive_status(archive)
    if as_json:
        click.echo(records.to_document(_plain(found)).decode(), nl=False)
    else:
        _say(found, say_on(as_json=False))
    return Exit.ALL_ARCHIVED


def _plain(found: ArchiveStatus) -> dict[str, Any]:
    return {
        "posts": found.posts,
        "references": found.references,
        "entries": found.entries,
        **found.states,
        "size": found.size,
        "failures": found.failures,
        "due": found.due,
        "waiting": found.waiting,
        "next_attempt": found.next_attempt,
        "hosts": {
            host.host: {"archived": host.archived, "not_archived": host.not_archived}
            for host in found.hosts
        },
    }


def _say(found: ArchiveStatus, console: Console) -> None:
    states = ", ".join(f"{count} {state}" for state, count in found.states.items() if count)
    console.print(
        f"[bold]{counted(found.posts, 'post')} with {counted(found.entries, 'image')}"
        f" in {counted(found.references, 'place')}, {in_bytes(found.size)}"
        f"{': ' if states else ''}{states}.[/bold]"
    )
    for code, count in found.failures.items():
        console.print(f"  [red]{code}[/red] ({count}): {escape(BY_CODE[code].advice)}")
    if found.due:
        console.print(f"The next run asks for {counted(found.due, 'image')} again.")
    if found.next_attempt is not None:
        waiting = counted(found.waiting, "image")
        console.print(f"Later: {waiting}, the first after {when(found.next_attempt)}.")
    if found.hosts:
        table = Table("host", box=None, pad_edge=False)
        table.add_column("archived", justify="right")
        table.add_column("not", justify="right")
        for host in found.hosts[:_HOSTS_LISTED]:
            table.add_row(escape(host.host), str(host.archived), str(host.not_archived))
        console.print(table)

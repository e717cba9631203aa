"""``image-archiver status``: what the archive holds, all of it or one host, post or image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from crawler.cli.completion import CODE, HOST, SUBJECT
from crawler.cli.doubts import say_lack
from crawler.cli.exits import Exit
from crawler.cli.logs import log_to_stderr
from crawler.cli.options import common_options, say_on, tell, tell_command
from crawler.cli.output import print_document
from crawler.common.advice import asked_for, command_of, when
from crawler.common.formatting import counted, in_bytes
from crawler.common.problems import PROBLEMS_BY_NAME
from crawler.errors import BY_CODE, UsageError
from crawler.queries.changes import archive_changes
from crawler.queries.changes_output import plain, say
from crawler.queries.failures_output import FORMATS, Listing
from crawler.queries.status import ArchiveStatus, archive_status
from crawler.queries.subjects import subject_of
from crawler.queries.subjects_output import show
from crawler.store.failures import doubts, missing

_HOSTS_LISTED = 20


@click.command()
@click.argument("what", required=False, metavar="[HOST|POST|URL]", type=SUBJECT)
@common_options
@click.option("--failed", is_flag=True, help="List each image that is not archived.")
@click.option("--only", multiple=True, metavar="CODE", type=CODE, help="With --failed: with this.")
@click.option("--host", multiple=True, metavar="HOST", type=HOST, help="With --failed: there.")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="table",
    show_default=True,
    help="Of the list of --failed.",
)
@click.option("--changes", is_flag=True, help="What the last run changed, or all runs --since.")
@click.option(
    "--since",
    metavar="RUN|DATE",
    help="With --changes: all that differs since this run of runs/, or since this date.",
)
def status(
    archive: Path,
    *,
    what: str | None,
    failed: bool,
    only: tuple[str, ...],
    host: tuple[str, ...],
    form: str,
    changes: bool,
    since: str | None,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> Exit:
    """Show what the archive holds: states, failures by code, hosts.

    With a HOST, a POST or a URL, what it has of that. A URL has a scheme, a HOST is one that images
    were asked of, and a POST is an id of this archive; //HOST and posts/ID say which is meant.

    \b
    Examples:
      image-archiver status
      image-archiver status --failed
      image-archiver status --failed --only not-found --format csv > missing.csv
      image-archiver status static.example.org
      image-archiver status 2021/12/iss-crew-2.md
      image-archiver status --changes --since 2026-11-01
    """
    log_to_stderr(quiet=quiet, verbose=verbose)
    _check_one_question(what, failed=failed, changes=changes)
    if since is not None and not changes:
        raise UsageError("--since says since when --changes looks: add that")
    if not failed and (only or host or form != "table"):
        raise UsageError("--only, --host and --format are about the list of --failed: add that")
    if failed:
        asked = asked_for(only, host)
        listing = Listing(
            archive=archive,
            images=missing(archive, only=only, hosts=host),
            doubts=() if asked else doubts(archive),
            asked=asked,
        )
        FORMATS["json" if as_json else form](listing)
    elif changes:
        _changes(archive, since, as_json=as_json)
    elif what is not None:
        show(archive, subject_of(archive, what), as_json=as_json)
    else:
        _all(archive, as_json=as_json)
    return Exit.ALL_ARCHIVED


def _check_one_question(what: str | None, *, failed: bool, changes: bool) -> None:
    asked = [name for name, given in (("--failed", failed), ("--changes", changes)) if given]
    if what is not None and asked:
        raise UsageError(f"{asked[0]} is about the whole archive, not about {what} alone")
    if len(asked) > 1:
        raise UsageError("--failed and --changes are two questions: ask one after the other")


def _changes(archive: Path, since: str | None, *, as_json: bool) -> None:
    differing = archive_changes(archive, since)
    if as_json:
        print_document(plain(differing))
    else:
        say(differing, say_on(as_json=False))


def _all(archive: Path, *, as_json: bool) -> None:
    found = archive_status(archive)
    if as_json:
        print_document(_plain(found))
    else:
        _say(found, archive, say_on(as_json=False))


def _plain(found: ArchiveStatus) -> dict[str, Any]:
    return {
        "posts": found.posts,
        "references": found.references,
        "entries": found.entries,
        **found.states,
        "size": found.size,
        "unique_size": found.unique_size,
        "failures": found.failures,
        "complete": found.lack.is_none,
        "incomplete_posts": found.lack.incomplete_posts,
        "post_problems": found.post_problems,
        "undecided_posts": found.lack.undecided_posts,
        "unread_manifests": found.lack.unread_manifests,
        "unread": found.unread,
        "unfinished": found.lack.unfinished,
        "due": found.due,
        "waiting": found.waiting,
        "next_attempt": found.next_attempt,
        "hosts": {
            host.host: {"archived": host.archived, "not_archived": host.not_archived}
            for host in found.hosts
        },
    }


def _say(found: ArchiveStatus, archive: Path, console: Console) -> None:
    states = ", ".join(f"{count:,} {state}" for state, count in found.states.items() if count)
    tell(
        console,
        f"[bold]{counted(found.posts, 'post')} with {counted(found.entries, 'image')}"
        f" in {counted(found.references, 'place')}{': ' if states else ''}{states}.[/bold]",
    )
    tell(console, _sizes(found))
    say_lack(found.lack, console)
    for words in found.unread:
        tell(console, escape(words), indent=2)
    for code, count in found.failures.items():
        tell(console, f"[red]{code}[/red] ({count:,}): {escape(BY_CODE[code].advice)}", indent=2)
    for kind, count in found.post_problems.items():
        advice = escape(PROBLEMS_BY_NAME[kind].advice)
        tell(console, f"[yellow]{kind}[/yellow] ({count:,}): {advice}", indent=2)
    if found.failures or found.post_problems:
        tell_command(console, "Each of them", command_of("status", archive, "--failed"))
    if found.due:
        tell(console, f"The next run asks for {counted(found.due, 'image')} again.")
    if found.next_attempt is not None:
        waiting = counted(found.waiting, "image")
        tell(console, f"Later: {waiting}, the first after {when(found.next_attempt)}.")
    if found.hosts:
        console.print()
        console.print(_hosts(found))
    if len(found.hosts) > _HOSTS_LISTED:
        more = counted(len(found.hosts) - _HOSTS_LISTED, "other host")
        command = command_of("status", archive, "--json")
        tell_command(console, f"… and {more}", command, indent=0)


def _sizes(found: ArchiveStatus) -> str:
    saved = found.size - found.unique_size
    words = f"Originals: {in_bytes(found.size)}"
    return f"{words}, {in_bytes(saved)} of it the same files again." if saved > 0 else f"{words}."


def _hosts(found: ArchiveStatus) -> Table:
    table = Table("host", box=None, pad_edge=False)
    table.columns[0].overflow = "fold"
    table.add_column("archived", justify="right")
    table.add_column("not", justify="right")
    for host in found.hosts[:_HOSTS_LISTED]:
        missing_there = f"[red]{host.not_archived:,}[/red]" if host.not_archived else "0"
        table.add_row(escape(host.host or "(local files)"), f"{host.archived:,}", missing_there)
    return table

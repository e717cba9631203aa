"""``image-archiver export``: the archive in other people's formats."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import click
from rich.console import Console
from rich.markup import escape

from crawler.cli.completion import PATH, POST
from crawler.cli.exits import Exit
from crawler.cli.logs import log_to_stderr
from crawler.cli.options import common_options, say_on
from crawler.cli.output import Work, print_document, whole_answer
from crawler.cli.progress_line import one_line
from crawler.common.formatting import counted, in_bytes
from crawler.errors import UsageError
from crawler.export.bundle_contents import Account
from crawler.export.exporting import count_posts
from crawler.export.exporting import export as export_archive
from crawler.export.formats import FORMATS
from crawler.export.options import Terms
from crawler.export.selection import Selection
from crawler.models import STATES, State

_LISTED = 10

_MISSING_WORDS = {
    "missing": "not there; image-archiver verify --repair may mend it",
    "altered": "no longer what was archived; image-archiver verify --repair may mend it",
    "manifest-invalid": "cannot be read; image-archiver verify says more",
    "in-place": "beside its article, and whole only with it: keep a copy of the source folder",
}
"""What is not in the export, and what to do."""

_FORMAT_LINES = "\n".join(f"  {name:<11} {kind.words}" for name, kind in FORMATS.items())


@click.command(
    cls=Work,
    epilog="\b\nFormats:\n" + _FORMAT_LINES,
)
@click.argument("form", type=click.Choice(list(FORMATS)), metavar="FORMAT")
@click.argument("dest", metavar="DEST", type=PATH)
@click.option(
    "--post", "posts", multiple=True, metavar="ID", type=POST, help="This post; may be repeated."
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="What was archived on this day (UTC) or later.",
)
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(STATES),
    help="Entries in this state; may be repeated.",
)
@click.option(
    "--fetch",
    is_flag=True,
    help="In a bag, list damaged originals with their URLs in fetch.txt.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file DEST; never a folder.")
@common_options
def export(
    archive: Path,
    form: str,
    dest: str,
    *,
    fetch: bool,
    posts: tuple[str, ...],
    since: datetime | None,
    states: tuple[State, ...],
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> Exit:
    """Write the archive, or a part of it, in another format.

    DEST is a file, or - for standard output; for bagit and ro-crate a folder. Formats of bundles
    hold all of a bundle in which an entry is chosen; formats of entries only the entries that are.
    Nothing that was damaged is exported: what is left out is listed, and the exit code is 5. A run
    may go on meanwhile. The same archive gives the same bytes.

    \b
    Examples:
      image-archiver export zip backup.zip
      image-archiver export csv failed.csv --state failed --state suspect
      image-archiver export tar - --since 2026-11-01 | ssh elsewhere 'cat > november.tar'
      image-archiver export sha256sums - | (cd archive && sha256sum -c --quiet)
    """
    log_to_stderr(quiet=quiet, verbose=verbose)
    to_stdout = dest == "-"
    _check(form, to_stdout=to_stdout, as_json=as_json)
    if fetch and form != "bagit":
        raise UsageError(f"--fetch is for bagit, not for {form}")
    selection = Selection(
        posts=frozenset(posts), since=since.date() if since else None, states=frozenset(states)
    )
    terms = Terms(
        selection=selection, fetch=fetch, compressed=dest.endswith(".gz"), overwrite=overwrite
    )
    account = Account()
    destination: Path | BinaryIO = whole_answer() if to_stdout else Path(dest)
    with one_line(_Words(account, archive, selection), quiet=quiet):
        export_archive(archive, form, destination, terms, account)
    if as_json:
        print_document(_plain(form, dest, account))
    _say(dest, account, say_on(as_json=as_json or to_stdout), quiet=quiet)
    return exit_of(account)


class _Words:
    """How far an export is; counts what there is when it is first asked."""

    def __init__(self, account: Account, archive: Path, selection: Selection) -> None:
        self._account = account
        self._archive = archive
        self._selection = selection
        self._total = 0

    def __call__(self) -> str:
        """Return one line."""
        self._total = self._total or count_posts(self._archive, self._selection)
        return f"{_counts(self._account)} of {counted(self._total, 'post')}"


def _check(form: str, *, to_stdout: bool, as_json: bool) -> None:
    kind = FORMATS[form]
    if not to_stdout:
        return
    if kind.folder is not None:
        raise UsageError(f"{form} is a folder: it cannot be written to standard output")
    if as_json:
        raise UsageError("--json and DEST - both want standard output; name a file")
    if not kind.text and sys.stdout.isatty():
        raise UsageError(f"{form} is not for a terminal; name a file, or lead it on")


def exit_of(account: Account) -> Exit:
    """Return the exit code for what an export left out."""
    if any(gap.kind != "in-place" for gap in account.gaps):
        return Exit.DAMAGE
    return Exit.SOME_NOT if account.gaps else Exit.ALL_ARCHIVED


def _plain(form: str, dest: str, account: Account) -> dict[str, Any]:
    return {
        "format": form,
        "destination": dest,
        "posts": account.posts,
        "entries": account.entries,
        "files": account.files,
        "size": account.size,
        "gaps": account.gaps,
    }


def _say(dest: str, account: Account, console: Console, *, quiet: bool) -> None:
    for kind, words in _MISSING_WORDS.items():
        found = [gap for gap in account.gaps if gap.kind == kind]
        if found:
            console.print(f"[red]not exported: {kind}[/red] ({len(found)}): {words}")
        for gap in found[:_LISTED]:
            console.print(f"  {escape(gap.path)}\n    {escape(gap.detail)}")
        if len(found) > _LISTED:
            console.print(f"  … and {len(found) - _LISTED} more")
    if not quiet:
        where = "" if dest == "-" else f": {escape(dest)}"
        console.print(f"[bold]{_counts(account)}{where}[/bold]")


def _counts(account: Account) -> str:
    parts = [counted(account.posts, "post")]
    parts += [counted(account.entries, "row")] if account.entries else []
    parts += [counted(account.files, "file")] if account.files else []
    parts += [in_bytes(account.size)] if account.size else []
    return ", ".join(parts)

"""``image-archiver import``: what an export holds, back into an archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from crawler.cli.exits import Exit
from crawler.cli.logs import log_to_stderr
from crawler.cli.options import common_options, say_on
from crawler.cli.output import Work, print_document
from crawler.cli.progress_line import one_line
from crawler.common.formatting import counted
from crawler.export.importing import Imported, Progress, import_bundles

_LISTED = 20


@click.command(cls=Work, name="import")
@click.argument("source", type=click.Path(exists=True, path_type=Path), metavar="SOURCE")
@common_options
def import_(archive: Path, source: Path, *, as_json: bool, quiet: bool, verbose: bool) -> Exit:
    """Take the bundles of a bag, a zip or a tar into the archive.

    SOURCE is a folder or a file, as export wrote it or a packer of it, compressed or not. The bag,
    every manifest and every file are checked before anything is taken; where one is damaged,
    nothing is, and the exit code is 5. Of bundles that the archive has already, only files that
    are missing there are taken; where it has a post otherwise, nothing is taken either. The next
    run asks for no image of them.

    \b
    Examples:
      image-archiver import backup.zip --archive restored
      image-archiver import /media/backup/bag --json
    """
    log_to_stderr(quiet=quiet, verbose=verbose)
    progress = Progress()
    with one_line(lambda: _words(progress), quiet=quiet):
        done = import_bundles(archive, source, progress)
    if as_json:
        print_document(_plain(done))
    _say(done, str(source), archive, say_on(as_json=as_json), quiet=quiet)
    return Exit.DAMAGE if done.findings else Exit.ALL_ARCHIVED


def _words(progress: Progress) -> str:
    if progress.total:
        return f"{progress.step}: {progress.done / progress.total:.0%}"
    return f"{progress.step}: {progress.done}" if progress.done else f"{progress.step} …"


def _plain(done: Imported) -> dict[str, Any]:
    return {
        "posts": len(done.taken),
        "taken": done.taken,
        "present": done.present,
        "completed": done.completed,
        "findings": done.findings,
    }


def _say(done: Imported, source: str, archive: Path, console: Console, *, quiet: bool) -> None:
    for finding in done.findings[:_LISTED]:
        console.print(
            f"[red]{finding.kind}[/red] {escape(finding.path)}\n    {escape(finding.detail)}"
        )
    if len(done.findings) > _LISTED:
        console.print(f"… and {len(done.findings) - _LISTED} more")
    if done.findings:
        console.print(f"[bold]Nothing was imported: {escape(source)} is damaged.[/bold]")
    elif not quiet:
        before = f", {counted(len(done.present), 'post')} as before" if done.present else ""
        files = counted(len(done.completed), "missing file")
        completed = f", {files} of these brought back" if done.completed else ""
        console.print(
            f"[bold]{counted(len(done.taken), 'post')} imported{before}{completed}.[/bold]"
            f" The archive: {escape(str(archive))}"
        )

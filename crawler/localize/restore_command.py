"""``image-archiver restore``: give the articles back as they were before ``localize``."""

from __future__ import annotations

from pathlib import Path

import click
from rich.markup import escape

from crawler.cli.completion import POST_OR_PATH
from crawler.cli.exits import Exit
from crawler.cli.logs import log_to_stderr
from crawler.cli.options import common_options, say_on
from crawler.cli.output import Work, print_document
from crawler.common.formatting import counted
from crawler.localize.restoring import restore as restore_posts

_WORDS = {
    "restored": "as it was before",
    "as-it-was": "was as it was before already",
    "forgotten": "stays as it is",
}


@click.command(cls=Work)
@click.argument("posts", nargs=-1, metavar="[POST]...", type=POST_OR_PATH)
@click.option(
    "--forget",
    is_flag=True,
    help="Leave an article that changed since as it is, and take it for its author's own.",
)
@click.option("--dry-run", is_flag=True, help="Say what would become of each and write nothing.")
@common_options
def restore(
    posts: tuple[str, ...],
    archive: Path,
    *,
    forget: bool,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> Exit:
    """Give articles that were localised in place back, byte for byte.

    POST is as for localize; without any, all that were localised. An article that changed since is
    refused, because its former bytes would take back the change.

    \b
    Example:
      image-archiver restore blog/2021/a.md
    """
    log_to_stderr(quiet=quiet, verbose=verbose)
    console = say_on(as_json=as_json)
    done = list(restore_posts(archive, posts, forget=forget, dry_run=dry_run))
    refused = [one for one in done if one.outcome == "refused"]
    if as_json:
        document = {"posts": done, "refused": len(refused)}
        print_document(document)
        return Exit.SOME_NOT if refused else Exit.ALL_ARCHIVED
    for one in done:
        if one.outcome == "refused":
            console.print(f"[bold]{escape(one.article)}[/bold] [red]refused[/red]")
            console.print(f"  {escape(one.reason or '')}")
        elif not quiet:
            console.print(f"[bold]{escape(one.article)}[/bold] {_WORDS[one.outcome]}")
    if not quiet:
        verb = "would be " if dry_run else ""
        changed = counted(len(done) - len(refused), "article")
        console.print(f"[bold]{changed} {verb}given back, {len(refused)} refused.[/bold]")
    return Exit.SOME_NOT if refused else Exit.ALL_ARCHIVED

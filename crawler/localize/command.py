"""``image-archiver localize``: lead the articles to the archived images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from crawler.cli.completion import POST_OR_PATH
from crawler.cli.exits import Exit
from crawler.cli.logs import log_to_stderr
from crawler.cli.options import common_options, say_on
from crawler.cli.output import Work, print_document
from crawler.common import json_codec
from crawler.common.formatting import counted
from crawler.localize.links import Relative
from crawler.localize.localizing import Localized, Localizing, Target, Use
from crawler.localize.localizing import localize as localize_posts


@click.command(cls=Work)
@click.argument("posts", nargs=-1, metavar="[POST]...", type=POST_OR_PATH)
@click.option(
    "--to",
    type=click.Choice(["copy", "in-place"]),
    required=True,
    help="Write article.local.md beside the manifest, or into the author's own article.",
)
@click.option(
    "--link-prefix",
    metavar="URL",
    help="Where the archive is served: links begin with it instead of being relative.",
)
@click.option(
    "--relative-to",
    "relative",
    type=click.Choice(["auto", "file", "page"]),
    default="auto",
    show_default=True,
    help="In place, what relative links lead on from: the article's file, or the page at name/ that"
    " Hexo and Hugo make of name.md; auto looks at the site's configuration.",
)
@click.option(
    "--use",
    type=click.Choice(["original", "converted"]),
    default="original",
    show_default=True,
    help="Which image to lead to; the original where there is no converted one.",
)
@click.option("--dry-run", is_flag=True, help="Show each change and write nothing.")
@common_options
def localize(
    posts: tuple[str, ...],
    archive: Path,
    *,
    to: Target,
    link_prefix: str | None,
    relative: Relative,
    use: Use,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> Exit:
    """Lead the articles to the archived images.

    POST is the id of a post, a folder of ids, or an article or a folder on disk; without any, all
    posts of the archive. Only the URLs of archived images change, and every other byte stays;
    `image-archiver restore` gives an article back as it was.

    \b
    Examples:
      image-archiver localize --to copy
      image-archiver localize blog/2021 --to in-place --dry-run
      image-archiver localize --to in-place --link-prefix /archive/
    """
    log_to_stderr(quiet=quiet, verbose=verbose)
    asked = Localizing(to=to, prefix=link_prefix, relative=relative, use=use, dry_run=dry_run)
    console = say_on(as_json=as_json)
    done: list[Localized] = []
    for one in localize_posts(archive, posts, asked):
        done.append(one)
        if not as_json:
            _say(one, console, dry_run=dry_run, quiet=quiet, named=bool(posts))
    if as_json:
        print_document(_plain(done))
    elif not quiet:
        console.print(f"[bold]{_summary(done, dry_run=dry_run)}[/bold]")
    missed = any(one.left or (one.problem and (posts or not one.elsewhere)) for one in done)
    return Exit.SOME_NOT if missed else Exit.ALL_ARCHIVED


def _say(one: Localized, console: Console, *, dry_run: bool, quiet: bool, named: bool) -> None:
    if one.problem is not None:
        if named or not one.elsewhere:
            console.print(f"[bold]{escape(one.post)}[/bold]: {escape(one.problem)}")
        return
    if one.written and not quiet:
        links = counted(len(one.changes), "link")
        console.print(f"[bold]{escape(str(one.article))}[/bold]: {links}")
    elif one.left:
        console.print(f"[bold]{escape(str(one.article))}[/bold]")
    if one.written and dry_run and not quiet:
        for location, change in zip(one.locations, one.changes, strict=True):
            console.print(f"  {escape(location)}")
            console.print(f"    [red]- {escape(change.before)}[/red]")
            console.print(f"    [green]+ {escape(change.after)}[/green]")
    for left in one.left:
        console.print(f"  {escape(left.location)}: {escape(left.destination)}")
        console.print(f"    [yellow]stays as it is[/yellow]: {escape(left.reason)}")


def _summary(done: Sequence[Localized], *, dry_run: bool) -> str:
    written = [one for one in done if one.written]
    links = counted(sum(len(one.changes) for one in written), "link")
    verb = "would be written" if dry_run else "written"
    parts = [f"{counted(len(written), 'article')} {verb}, with {links} to archived images"]
    same = sum(bool(one.changes) and not one.written for one in done)
    if same:
        parts.append(f"{same} as before")
    for count, words in (
        (sum(len(one.left) for one in done), "left alone, see above"),
        (sum(one.remote for one in done), "without an archived image"),
    ):
        if count:
            parts.append(f"{counted(count, 'reference')} {words}")
    elsewhere = sum(one.elsewhere for one in done)
    if elsewhere:
        parts.append(f"{counted(elsewhere, 'post')} from the network, for --to copy alone")
    return "; ".join(parts) + "."


def _plain(done: Sequence[Localized]) -> dict[str, Any]:
    return {
        "posts": [_plain_post(one) for one in done],
        "written": sum(one.written for one in done),
        "links": sum(len(one.changes) for one in done),
        "left": sum(len(one.left) for one in done),
        "remote": sum(one.remote for one in done),
        "problems": sum(one.problem is not None for one in done),
    }


def _plain_post(one: Localized) -> dict[str, Any]:
    return {
        "id": one.post,
        "article": one.article,
        "written": one.written,
        "links": [
            {"location": location, "before": change.before, "after": change.after}
            for location, change in zip(one.locations, one.changes, strict=True)
        ],
        "left": json_codec.to_builtins(one.left),
        "remote": one.remote,
        "problem": one.problem,
    }

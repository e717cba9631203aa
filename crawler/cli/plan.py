"""``image-archiver plan``: what would be fetched."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from crawler.cli.common import common_options, log_to_stderr, say_on
from crawler.cli.exits import Exit
from crawler.cli.words import counted
from crawler.grounds import records
from crawler.model import Post
from crawler.operations import plan as plan_posts


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@common_options
@click.option("--name", metavar="NAME", help="As for archive.")
@click.option("--base-url", metavar="URL", help="What relative references resolve against.")
def plan(
    sources: tuple[str, ...],
    archive: Path,  # noqa: ARG001 - the same command line as archive has
    name: str | None,
    base_url: str | None,
    *,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> Exit:
    """Show what archive would fetch; asks nobody and writes nothing.

    \b
    Example:
      image-archiver plan blog/ --json
    """
    log_to_stderr(quiet=quiet, verbose=verbose)
    posts = plan_posts(sources, name=name, base_url=base_url)
    if as_json:
        _write_json(posts)
    else:
        _say(posts, say_on(as_json=False))
    return Exit.ALL_ARCHIVED


def _write_json(posts: Iterable[Post]) -> None:
    # Written post by post: a plan of a million posts needs no more memory than that of one.
    separator = '{"posts": ['
    for post in posts:
        click.echo(separator, nl=False)
        click.echo(records.to_json(_plain(post)), nl=False)
        separator = ",\n"
    click.echo("]}" if separator.startswith(",") else '{"posts": []}')


def _plain(post: Post) -> dict[str, Any]:
    return {
        "id": post.id,
        "source": post.source,
        "title": post.title,
        "date": post.date,
        "problems": post.problems,
        "references": [
            {
                "url": reference.url,
                "origin": reference.origin,
                "location": reference.location,
                "destination": reference.destination,
            }
            for reference in post.references
        ],
    }


def _say(posts: Iterable[Post], console: Console) -> None:
    count = references = 0
    images: set[str] = set()
    for post in posts:
        count += 1
        references += len(post.references)
        urls = dict.fromkeys(reference.url for reference in post.references)
        images.update(urls)
        if urls or post.problems:
            console.print(
                f"[bold]{escape(post.id)}[/bold]: {counted(len(urls), 'image')}"
                f" in {counted(len(post.references), 'place')}"
            )
        for problem in post.problems:
            console.print(f"  [yellow]{escape(problem)}[/yellow]")
        for url in urls:
            console.print(f"  {escape(url)}")
    console.print(
        f"[bold]{counted(count, 'post')} with {counted(len(images), 'image')}"
        f" in {counted(references, 'place')}.[/bold]"
    )

"""``image-archiver plan``: what would be fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import click
from rich.console import Console
from rich.markup import escape

from crawler.cli.completion import PATH
from crawler.cli.exits import Exit
from crawler.cli.logs import log_to_stderr
from crawler.cli.options import common_options, reading_options, say_on, setting_option
from crawler.cli.output import print_data
from crawler.common import json_codec
from crawler.common.formatting import counted
from crawler.models import Failure, Post
from crawler.queries.plan import plan as plan_folders
from crawler.sources import Folder, Found, PostItem, Reading, Trouble, as_sources


@click.command(short_help="Show what archive would fetch; asks for no image.")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...", type=PATH)
@common_options
@setting_option
@click.option("--name", metavar="NAME", help="As for archive.")
@reading_options
@click.option("--ignore-robots", is_flag=True, help="Read pages that robots.txt disallows.")
@click.option("--allow-private-addresses", is_flag=True, help="Ask hosts that are not public.")
def plan(
    sources: tuple[str, ...],
    archive: Path,  # noqa: ARG001 - the same command line as archive has
    settings: dict[str, str],
    *,
    name: str | None,
    base_url: str | None,
    select: str | None,
    all_candidates: bool | None,
    ignore_robots: bool,
    allow_private_addresses: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> Exit:
    """Show what archive would fetch; asks for no image and writes nothing.

    Folders and files of articles are read without any network, pages and feeds are fetched.

    \b
    Examples:
      image-archiver plan blog/ --json
      image-archiver plan https://blog.example/feed.xml
    """
    log_to_stderr(quiet=quiet, verbose=verbose)
    telling: _Telling = _Json() if as_json else _Words(say_on(as_json=False))
    overrides = {
        "ARCHIVE_NAME": name or "",
        "ARCHIVE_BASE_URL": base_url or "",
        "ARCHIVE_SELECT": select or "",
        "ARCHIVE_ALL_CANDIDATES": bool(all_candidates),
        "ROBOTSTXT_OBEY": not ignore_robots,
        "ARCHIVE_ALLOW_PRIVATE_ADDRESSES": allow_private_addresses,
        **settings,
    }
    reading = Reading(name=name, base_url=base_url, all_candidates=bool(all_candidates))
    troubles, defects = _read(sources, reading, overrides, telling)
    telling.end()
    if defects:
        return Exit.DEFECT
    return Exit.SOME_NOT if troubles else Exit.ALL_ARCHIVED


class _Telling(Protocol):
    """Tells the person or the program what was found."""

    def tell(self, found: Found) -> None:
        """Tell of one post, or of what could not be read."""

    def end(self) -> None:
        """Tell that this was all."""


def _read(
    sources: Sequence[str], reading: Reading, overrides: Mapping[str, object], telling: _Telling
) -> tuple[int, int]:
    """Return how many sources, or parts of them, could not be read, and how many by our fault."""
    troubles = defects = 0

    def tell(found: Found) -> None:
        nonlocal troubles, defects
        if isinstance(found, Trouble):
            troubles += 1
            defects += found.defect
        telling.tell(found)

    folders = as_sources(sources)
    if all(isinstance(source, Folder) for source in folders):
        for found in plan_folders(folders, reading):
            tell(found)
    else:
        from crawler.runner.fetch import read_sources  # noqa: PLC0415 - Scrapy is large

        read_sources(sources, overrides, tell)
    return troubles, defects


class _Json:
    """Writes one document, post by post: a million posts need no more memory than one."""

    def __init__(self) -> None:
        self._separator = '{"posts": ['

    def tell(self, found: Found) -> None:
        """Write one post; what could not be read is one with a problem."""
        plain = _plain(found.post) if isinstance(found, PostItem) else _unread(found)
        print_data((self._separator + json_codec.to_json(plain)).encode())
        self._separator = ",\n"

    def end(self) -> None:
        """Close the document."""
        print_data(b"]}\n" if self._separator.startswith(",") else b'{"posts": []}\n')


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


def _unread(found: Found) -> dict[str, Any]:
    assert isinstance(found, Trouble)  # noqa: S101 - without an archive, nothing is unchanged
    return {
        "id": found.post_id or found.source,
        "source": found.source,
        "title": None,
        "date": None,
        "problems": [found.message],
        "references": [],
    }


class _Words:
    """Says it in words."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._posts = self._references = 0
        self._images: dict[str, bool] = {}
        """Whether an image would be fetched."""

    def tell(self, found: Found) -> None:
        """Say which images a post names; of one without any, nothing."""
        if isinstance(found, Trouble):
            self._console.print(f"[red]not read[/red]: {escape(found.message)}")
        elif isinstance(found, PostItem):
            self._tell_post(found.post)

    def _tell_post(self, post: Post) -> None:
        self._posts += 1
        self._references += len(post.references)
        skipped = _skipped(post)
        for url, failure in skipped.items():
            self._images[url] = self._images.get(url, False) or failure is None
        if skipped or post.problems:
            self._console.print(
                f"[bold]{escape(post.id)}[/bold]: {counted(len(skipped), 'image')}"
                f" in {counted(len(post.references), 'place')}"
            )
        for problem in post.problems:
            self._console.print(f"  [yellow]{escape(problem)}[/yellow]")
        for url, failure in skipped.items():
            why = f"  [dim]{failure.code}, skipped[/dim]" if failure else ""
            self._console.print(f"  {escape(url)}{why}")

    def end(self) -> None:
        """Say the counts."""
        skipped = len(self._images) - sum(self._images.values())
        left = f", {skipped} of them skipped" if skipped else ""
        self._console.print(
            f"[bold]{counted(self._posts, 'post')} with {counted(len(self._images), 'image')}"
            f" in {counted(self._references, 'place')}{left}.[/bold]"
        )


def _skipped(post: Post) -> dict[str, Failure | None]:
    """Return the images of *post*, with the reason of each that would not be fetched."""
    images: dict[str, Failure | None] = {}
    for reference in post.references:
        # One place that wants the image is enough.
        former = images.get(reference.url, reference.skip)
        images[reference.url] = reference.skip and former
    return images

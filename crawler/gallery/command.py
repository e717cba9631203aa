"""``image-archiver view``: the offline pages."""

from __future__ import annotations

import contextlib
import webbrowser
from pathlib import Path

import click

from crawler.cli.exits import Exit
from crawler.cli.logs import log_to_stderr
from crawler.cli.options import common_options
from crawler.cli.output import Work, print_document, print_error, print_text
from crawler.common.characters import visible
from crawler.common.formatting import counted
from crawler.errors import UsageError
from crawler.gallery.http_server import HOST, server
from crawler.gallery.viewing import view as write_pages

_PORT = 8474


@click.command(cls=Work, short_help="Write the offline pages: a gallery, and one for each post.")
@common_options
@click.option("--open", "opens", is_flag=True, help="Open the pages in a browser.")
@click.option("--serve", "serves", is_flag=True, help="Serve them over http on 127.0.0.1.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_PORT,
    show_default=True,
    help="Where --serve listens; 0 is any free port.",
)
def view(
    archive: Path,
    port: int,
    *,
    opens: bool,
    serves: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> Exit:
    """Write the offline pages: a gallery of the archive, and a page for each post.

    They are opened from the disk, and need neither a server nor the network. Every run writes them
    at its end, for what changed; this does so at any time, and only where something is to be done.

    \b
    Examples:
      image-archiver view --open
      image-archiver view --archive /backup/blog --serve --port 8080
    """
    log_to_stderr(quiet=quiet, verbose=verbose)
    report = write_pages(archive)
    if as_json:
        found = {"index": str(report.index), "posts": report.posts, "written": report.written}
        print_document(found)
    elif not quiet:
        print_text(
            f"{counted(report.posts, 'post')}, {counted(report.written, 'file')} written:"
            f" {visible(str(report.index))}\n"
        )
    if serves:
        _serve(report.index.parent, port, opens=opens)
    elif opens:
        webbrowser.open(report.index.as_uri())
    return Exit.ALL_ARCHIVED


def _serve(root: Path, port: int, *, opens: bool) -> None:
    try:
        with server(root, port) as (running, url), contextlib.suppress(KeyboardInterrupt):
            print_error(f"{url}  (Ctrl-C ends it)")
            if opens:
                webbrowser.open(url)
            running.serve_forever()
    except OSError as error:
        raise UsageError(f"--port {port}: {HOST} has no such place: {error.strerror}") from error

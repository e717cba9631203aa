"""``image-archiver demo``: a first run that needs no network."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from crawler import demo as site
from crawler.cli.crawl_options import crawl_and_conclude, derivative_options
from crawler.cli.exits import Exit
from crawler.cli.options import common_options
from crawler.cli.output import Work, print_text
from crawler.common.characters import visible


@click.command(cls=Work)
@common_options
@derivative_options
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=site.DEFAULT_PORT,
    show_default=True,
    help="Where the sample site listens on 127.0.0.1.",
)
@click.option("--broken", is_flag=True, help="Add a post whose images cannot be archived.")
def demo(
    archive: Path,
    thumbnails: tuple[str, ...],
    animated_thumbnails: bool | None,
    convert: str,
    port: int,
    *,
    broken: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> Exit:
    """Archive a built-in sample site; needs no network.

    The site is served on the loopback address while it is archived. A second run asks for no image.

    \b
    Examples:
      image-archiver demo
      image-archiver demo --broken --archive /tmp/demo
    """
    overrides = {
        "ARCHIVE": str(archive),
        "ARCHIVE_THUMBNAILS": " ".join(thumbnails),
        "ARCHIVE_ANIMATED_THUMBNAILS": bool(animated_thumbnails),
        "ARCHIVE_CONVERT": convert,
        "ARCHIVE_ALLOW_PRIVATE_ADDRESSES": True,
        # A proxy of the person's network knows nothing of this machine's loopback address.
        "HTTPPROXY_ENABLED": False,
    }
    with tempfile.TemporaryDirectory(prefix="image-archiver-demo-") as folder:
        site.write_posts(Path(folder), port=port, broken=broken)
        with site.Site(port):
            code = crawl_and_conclude(
                [folder], overrides, as_json=as_json, quiet=quiet, verbose=verbose
            )
    if not quiet and not as_json:
        page = visible(f"{archive}/index.html")
        print_text(f"Look at it: open {page}, or image-archiver view --open.\n")
    return code

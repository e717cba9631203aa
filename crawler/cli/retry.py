"""``image-archiver retry``: try failures again."""

from __future__ import annotations

from typing import Any

import click

from crawler.cli.completion import CODE, HOST
from crawler.cli.crawl_options import (
    DERIVATIVE_SETTINGS,
    PAGES_SETTINGS,
    derivative_options,
    pages_option,
    retry_and_conclude,
)
from crawler.cli.exits import Exit
from crawler.cli.network_options import NETWORK_SETTINGS, network_options, overrides_of
from crawler.cli.options import common_options, setting_option
from crawler.cli.output import Work
from crawler.cli.unattended_options import UNATTENDED_SETTINGS, unattended_options

_SETTINGS = {
    "archive": "ARCHIVE",
    "not_placeholder": "ARCHIVE_NOT_PLACEHOLDERS",
    **DERIVATIVE_SETTINGS,
    **PAGES_SETTINGS,
    **NETWORK_SETTINGS,
    **UNATTENDED_SETTINGS,
}


@click.command(cls=Work)
@common_options
@setting_option
@derivative_options
@click.option(
    "--only", multiple=True, metavar="CODE", type=CODE, help="Failed with this; may be repeated."
)
@click.option(
    "--host", multiple=True, metavar="HOST", type=HOST, help="There, or at a subdomain of it."
)
@click.option(
    "--not-placeholder", multiple=True, metavar="DIGEST", help="The picture is the true one."
)
@pages_option
@network_options
@unattended_options
def retry(
    settings: dict[str, str],
    only: tuple[str, ...],
    host: tuple[str, ...],
    *,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    **options: Any,  # noqa: ANN401 - what the table names
) -> Exit:
    """Try again what failed or is suspect.

    Permanent failures too, and what would wait for a later run. Needs no source: posts are taken
    from the archive, and all their other images stay as they are. The summary is that of the posts
    that have such an image.

    \b
    Examples:
      image-archiver retry --only forbidden --referer static.example.org=https://blog.example/
      image-archiver retry --only not-found --only gone --fallback memento
      image-archiver retry --host static.example.org --timeout 120
      image-archiver retry --only placeholder --not-placeholder sha256:0123456789abcdef
    """
    return retry_and_conclude(
        only,
        host,
        overrides_of(options, _SETTINGS) | settings,
        as_json=as_json,
        quiet=quiet,
        verbose=verbose,
    )

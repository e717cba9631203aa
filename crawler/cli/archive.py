"""``image-archiver archive``: the main job."""

from __future__ import annotations

from typing import Any

import click

from crawler.cli.completion import PATH
from crawler.cli.crawl_options import (
    DERIVATIVE_SETTINGS,
    PAGES_SETTINGS,
    crawl_and_conclude,
    derivative_options,
    pages_option,
)
from crawler.cli.exits import Exit
from crawler.cli.network_options import NETWORK_SETTINGS, network_options, overrides_of
from crawler.cli.options import common_options, reading_options, setting_option
from crawler.cli.output import Work
from crawler.cli.unattended_options import UNATTENDED_SETTINGS, unattended_options

_SETTINGS = {
    "archive": "ARCHIVE",
    "name": "ARCHIVE_NAME",
    "in_place": "ARCHIVE_IN_PLACE",
    "base_url": "ARCHIVE_BASE_URL",
    "select": "ARCHIVE_SELECT",
    "all_candidates": "ARCHIVE_ALL_CANDIDATES",
    **DERIVATIVE_SETTINGS,
    **PAGES_SETTINGS,
    "rederive": "ARCHIVE_REDERIVE",
    "refresh": "ARCHIVE_REFRESH",
    "exclude": "ARCHIVE_EXCLUDE",
    "not_placeholder": "ARCHIVE_NOT_PLACEHOLDERS",
    **NETWORK_SETTINGS,
    **UNATTENDED_SETTINGS,
}
"""Which setting an option sets; one that was not given leaves the setting as it is."""


@click.command(cls=Work)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...", type=PATH)
@common_options
@setting_option
@derivative_options
@click.option("--name", metavar="NAME", help="Put the posts of this source under posts/NAME/.")
@click.option("--in-place", is_flag=True, default=None, help="Put each bundle beside its article.")
@reading_options
@click.option(
    "--rederive",
    is_flag=True,
    default=None,
    help="Make what is asked for of the images that are here, too.",
)
@click.option(
    "--refresh",
    metavar="AGE",
    help="Ask again whether images changed that were confirmed longer ago: 30d, 12h, 0 for all.",
)
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave out URLs like this.")
@click.option(
    "--fetch-random-pictures",
    is_flag=True,
    help="Ask services that give another picture at each request, too.",
)
@click.option(
    "--not-placeholder", multiple=True, metavar="DIGEST", help="The picture is the true one."
)
@pages_option
@network_options
@unattended_options
def archive(
    sources: tuple[str, ...],
    settings: dict[str, str],
    *,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    **options: Any,  # noqa: ANN401 - what the table names
) -> Exit:
    """Archive the images of the articles in SOURCE.

    SOURCE is a folder or a file of articles, the URL of a page, a feed or a sitemap, a feed, a
    WordPress export or a sitemap in a file, or - for a list of sources on standard input.

    Images that are here already stay as they are, whatever is asked for now. With --rederive their
    converted copies and thumbnails are made from the originals, without the network, as far as they
    are missing; older ones are not removed, and stay in the manifest behind the new.

    With --refresh their servers are asked whether they changed, conditionally where that is
    possible. A changed image is a new version, and the former one is kept; one that is gone stays.

    \b
    Examples:
      image-archiver archive blog/
      image-archiver archive https://blog.example/feed.xml
      image-archiver archive https://blog.example/2021/12/a-post --select "div.story"
      image-archiver archive blog/source/_posts --base-url https://blog.example/ --thumbnail 640
      image-archiver archive blog/ --thumbnail 640 --thumbnail 320 --convert webp --rederive
      image-archiver archive blog/ --refresh 30d
    """
    overrides = overrides_from(**options, settings=settings)
    return crawl_and_conclude(sources, overrides, as_json=as_json, quiet=quiet, verbose=verbose)


def overrides_from(**options: Any) -> dict[str, object]:  # noqa: ANN401 - what the table names
    """Return the settings that the options of the verb stand for."""
    overrides = overrides_of(options, _SETTINGS)
    if options.get("fetch_random_pictures"):
        overrides["ARCHIVE_EXCLUDE_RANDOM_PICTURES"] = False
    settings: dict[str, object] = options.get("settings", {})
    return overrides | settings


def options_by_setting() -> dict[str, str]:
    """Return each setting with the option that sets it, as it is typed."""
    typed = {each.name: each.opts[0] for each in archive.params}
    return {
        **{setting: typed[name] for name, setting in _SETTINGS.items()},
        "ARCHIVE_EXCLUDE_RANDOM_PICTURES": typed["fetch_random_pictures"],
        "ROBOTSTXT_OBEY": typed["ignore_robots"],
    }

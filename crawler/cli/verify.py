"""``image-archiver verify``: whether the archive is what it was."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from crawler.cli.common import common_options, log_to_stderr, say_on
from crawler.cli.exits import Exit
from crawler.cli.findings import plain, say, say_rebuilt
from crawler.cli.watching import watching
from crawler.errors import UsageError
from crawler.grounds import records
from crawler.operations import rebuild_catalog as rebuild
from crawler.operations.verifying import Depth, sample_of
from crawler.operations.verifying import verify as verify_archive

_DATE = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("bundles", nargs=-1, metavar="[POST|FOLDER]...")
@common_options
@click.option("--fast", is_flag=True, help="Compare sizes, read no file.")
@click.option("--decode", is_flag=True, help="Decode the originals that are read, too.")
@click.option("--sample", metavar="N%", help="Read this part of the files, another one each day.")
@click.option("--sample-date", type=_DATE, metavar="DATE", help="Read the part of that day.")
@click.option("--since", type=_DATE, metavar="DATE", help="Read what was archived since.")
@click.option(
    "--rebuild-catalog", is_flag=True, help="First make the catalog anew from the manifests."
)
def verify(
    bundles: tuple[str, ...],
    archive: Path,
    *,
    fast: bool,
    decode: bool,
    sample: str | None,
    sample_date: datetime | None,
    since: datetime | None,
    rebuild_catalog: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> Exit:
    """Check that the archive is what it was, or the bundles of posts, or those in folders.

    First that the manifests can be read and hold together, that every file they name is there in
    its size and nothing else is, and that the catalog says the same; then that the bytes are those
    that were archived. Nothing is changed. Exit 5 where something was found.

    With --rebuild-catalog, FOLDER says where else bundles are that stand beside their articles.

    \b
    Examples:
      image-archiver verify
      image-archiver verify --sample 5%
      image-archiver verify 2021/12/iss-crew-2.md
      image-archiver verify /media/backup/archive/posts --json
      image-archiver verify --rebuild-catalog --fast
    """
    log_to_stderr(quiet=quiet, verbose=verbose)
    depth = _depth(fast, decode, sample, sample_date, since)
    errors = Console(stderr=True, highlight=False)
    rebuilt = rebuild(archive, given=bundles) if rebuild_catalog else None
    given = () if rebuilt else bundles
    with watching(errors, shown=errors.is_terminal and not quiet) as watch:
        found = verify_archive(archive, given=given, depth=depth, watch=watch)
    if as_json:
        click.echo(records.to_document(plain(found, rebuilt)).decode(), nl=False)
    elif not quiet or not found.is_sound:
        console = errors if quiet else say_on(as_json=False)
        if rebuilt:
            say_rebuilt(rebuilt, console)
        say(found, console)
    return Exit.ALL_ARCHIVED if found.is_sound else Exit.DAMAGE


def _depth(
    fast: bool,
    decode: bool,
    sample: str | None,
    sample_date: datetime | None,
    since: datetime | None,
) -> Depth:
    if fast and (decode or sample or since):
        raise UsageError("--fast reads no file: --decode, --sample and --since say which are read")
    if sample_date and not sample:
        raise UsageError("--sample-date repeats a --sample: add that")
    today = (sample_date or datetime.now(UTC)).date()
    return Depth(
        hashing=not fast,
        decoding=decode,
        sample=sample_of(sample, today) if sample else None,
        since=since.date() if since else None,
    )

"""``image-archiver verify``: whether the archive is what it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from crawler.cli.completion import POST_OR_PATH
from crawler.cli.console import SafeConsole
from crawler.cli.exits import Exit
from crawler.cli.logs import log_to_stderr
from crawler.cli.network_options import NETWORK_SETTINGS, asking_options, overrides_of
from crawler.cli.options import common_options, no_collection, say_on, setting_option
from crawler.cli.output import Work, print_document
from crawler.errors import UsageError
from crawler.verify.file_selection import Depth, sample_of
from crawler.verify.output import Answer, plain, say
from crawler.verify.progress_output import watching
from crawler.verify.rebuild_catalog import rebuild_catalog as rebuild
from crawler.verify.repair.records import Lost, Restore
from crawler.verify.repair.repair import repair
from crawler.verify.verification import verify as verify_archive

_DATE = click.DateTime(["%Y-%m-%d"])


@click.command(cls=Work, short_help="Check that the archive is what it was, and mend it.")
@click.argument("bundles", nargs=-1, metavar="[POST|FOLDER]...", type=POST_OR_PATH)
@common_options
@setting_option
@click.option("--fast", is_flag=True, help="Compare sizes, read no file.")
@click.option("--decode", is_flag=True, help="Decode the originals that are read, too.")
@click.option("--sample", metavar="N%", help="Read this part of the files, another one each day.")
@click.option("--sample-date", type=_DATE, metavar="DATE", help="Read the part of that day.")
@click.option("--since", type=_DATE, metavar="DATE", help="Read what was archived since.")
@click.option("--repair", "mend", is_flag=True, help="Mend what is found; nothing is deleted.")
@click.option(
    "--rebuild-catalog", is_flag=True, help="First make the catalog anew from the manifests."
)
@asking_options
def verify(
    bundles: tuple[str, ...],
    archive: Path,
    settings: dict[str, str],
    *,
    fast: bool,
    decode: bool,
    sample: str | None,
    sample_date: datetime | None,
    since: datetime | None,
    mend: bool,
    rebuild_catalog: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    **options: Any,  # noqa: ANN401 - what the table names
) -> Exit:
    """Check that the archive is what it was, or the bundles of posts, or those in folders.

    First that the manifests can be read and hold together, that every file they name is there in
    its size and nothing else is, and that the catalog says the same; then that the bytes are those
    that were archived. Nothing is changed. Exit 5 where something was found.

    With --repair, files come back from where their very bytes still are: elsewhere in the archive,
    the source on this disk, the URL, or with --fallback memento an archive of the web. Derivatives
    are made again from their originals, the catalog from the manifests. What is replaced is kept
    in a folder of set-aside/. Exit 0 where all is mended.

    With --rebuild-catalog, FOLDER says where else bundles are that stand beside their articles.

    \b
    Examples:
      image-archiver verify
      image-archiver verify --sample 5%
      image-archiver verify 2021/12/iss-crew-2.md
      image-archiver verify /media/backup/archive/posts --json
      image-archiver verify --repair --fallback memento
      image-archiver verify --rebuild-catalog --fast
    """
    log_to_stderr(quiet=quiet, verbose=verbose)
    depth = _depth(fast, decode, sample, sample_date, since)
    overrides = {**overrides_of(options, NETWORK_SETTINGS), "ARCHIVE": str(archive), **settings}
    rebuilt = rebuild(archive, given=bundles) if rebuild_catalog else None
    given = () if rebuilt else bundles
    errors = SafeConsole(stderr=True, highlight=False)
    with watching(errors, shown=errors.is_terminal and not quiet) as watch:
        if mend:
            fetch = partial(_fetch, overrides=overrides)
            began = datetime.now(UTC)
            repaired = repair(
                archive, fetch=fetch, began=began, given=given, depth=depth, watch=watch
            )
            answer = Answer(found=repaired.verification, repaired=repaired, rebuilt=rebuilt)
        else:
            found = verify_archive(archive, given=given, depth=depth, watch=watch)
            answer = Answer(found=found, rebuilt=rebuilt)
    if as_json:
        print_document(plain(answer))
    elif not quiet or not answer.is_sound:
        say(answer, say_on(as_json=quiet))
    return Exit.ALL_ARCHIVED if answer.is_sound else Exit.DAMAGE


def _fetch(
    lost: Sequence[Lost], restore: Restore, overrides: Mapping[str, object]
) -> Mapping[str, str]:
    with no_collection():
        from crawler.verify.repair.refetch import fetch_lost  # noqa: PLC0415 - Scrapy is large
    return fetch_lost(lost, restore, overrides)


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

"""Make a post again from what the archive has of it, without its source."""

from __future__ import annotations

from crawler.archiving.run import Run
from crawler.errors import ManifestError
from crawler.sources import PostItem
from crawler.sources.archived_post import post_of
from crawler.store.catalog import PostRow
from crawler.store.manifest import read_manifest


def remembered(run: Run, row: PostRow) -> PostItem | None:
    """Return a post all of whose images are to stay what they are; None where it has none.

    What cannot be read is counted as a problem of the run.
    """
    if row.bundle is None:
        return None
    try:
        manifest = read_manifest(run.archive.bundle(row.bundle).manifest)
    except ManifestError as error:
        run.problem(row.id, str(error))
        return None
    if manifest is None:
        return None
    return PostItem(
        post=post_of(row, manifest),
        document=row.document,
        identity=row.identity,
        only=frozenset(),
    )

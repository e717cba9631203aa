"""Make a post again from what the archive has of it, without its source."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from crawler.bundles.catalog import PostRow
from crawler.errors import ManifestError
from crawler.intake import PostItem
from crawler.manifests import read_manifest
from crawler.model import Manifest, Post
from crawler.run import Run


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


def post_of(row: PostRow, manifest: Manifest) -> Post:
    """Return the post as its manifest has it, as far as its images need it."""
    record = manifest.post
    path = Path(row.path) if row.document is None and Path(row.path).is_absolute() else None
    suffix = PurePosixPath(record.article.path).suffix
    return Post(
        id=record.id,
        source=record.source,
        content=b"",
        suffix=suffix,
        language="html" if suffix.startswith(".htm") else "markdown",
        metadata={},
        body="",
        body_line=1,
        url=record.url,
        base=record.url,
        title=record.title,
        author=record.author,
        date=record.date,
        path=path,
        root=_root(path, record.source) if path else None,
        problems=record.problems,
        revision=row.digest,
    )


def _root(path: Path, source: str) -> Path:
    """Return the source folder, below which the article at *path* is called *source*."""
    parts = PurePosixPath(source).parts
    return path.parents[len(parts) - 1] if path.parts[-len(parts) :] == parts else path.parent

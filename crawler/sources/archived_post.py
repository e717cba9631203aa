"""A post as the archive has it, without its source."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from crawler.models import Manifest, Post
from crawler.store.catalog import PostRow


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

"""Put a manifest together from what the stages before it found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from crawler import AGENT
from crawler.common import archive_layout
from crawler.common.digests import digest
from crawler.errors import Fault
from crawler.models import ArticleRecord, Entry, Failure, Manifest, Post, PostRecord, Summary


def article_of(post: Post, path: str) -> ArticleRecord:
    """Return the record of the article of *post*, which stands at *path* beside the manifest."""
    return ArticleRecord(path=path, digest=digest(post.content), size=len(post.content))


def copies_article(manifest: Manifest) -> bool:
    """Return whether the article of the bundle is a copy; in place it is the author's own file."""
    return manifest.post.article.path in archive_layout.ARTICLES


def revision_of(post: Post) -> str:
    """Return what tells whether the article of *post* changed."""
    return post.revision or digest(post.content)


def build_manifest(post: Post, *, article: ArticleRecord, entries: Sequence[Entry]) -> Manifest:
    """Return the manifest of *post*, whose article is kept as *article*."""
    return Manifest(
        schema=archive_layout.SCHEMA,
        agent=AGENT,
        post=PostRecord(
            id=post.id,
            source=post.source,
            url=post.url,
            title=post.title,
            author=post.author,
            date=post.date,
            article=article,
            problems=post.problems,
        ),
        summary=summarize(entries),
        entries=tuple(entries),
    )


def summarize(entries: Iterable[Entry]) -> Summary:
    """Return the counts of *entries*."""
    entries = list(entries)
    states = Counter(entry.state for entry in entries)
    return Summary(
        references=sum(len(entry.references) for entry in entries),
        entries=len(entries),
        archived=states["archived"],
        suspect=states["suspect"],
        failed=states["failed"],
        skipped=states["skipped"],
        size=sum(entry.original.size for entry in entries if entry.original),
    )


def count_failures(entries: Iterable[Entry]) -> dict[str, int]:
    """Return how many entries are failed or suspect for each code, sorted by code."""
    codes = Counter(
        entry.failure.code
        for entry in entries
        if entry.failure and entry.state in {"failed", "suspect"}
    )
    return dict(sorted(codes.items()))


def build_failure(
    fault: Fault,
    former: Failure | None,
    *,
    attempts: int = 0,
    tried_referers: tuple[str | None, ...] = (),
) -> Failure:
    """Return *fault* as an entry's failure, counting on from the *former* run's."""
    return Failure(
        code=fault.code,
        detail=fault.detail,
        permanent=fault.permanent,
        runs=(former.runs if former else 0) + 1,
        attempts=attempts,
        tried_referers=tried_referers,
    )


def is_settled(entry: Entry, *, reconsidered: Collection[str] = ()) -> bool:
    """Return whether there is nothing left to try for *entry*.

    *reconsidered* are codes whose reason may have gone since, because an option changed.
    """
    if entry.failure is None or entry.state in {"archived", "suspect"}:
        return entry.state in {"archived", "suspect"}
    return entry.failure.permanent and entry.failure.code not in reconsidered

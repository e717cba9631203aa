"""An article as a post with its references."""

from __future__ import annotations

from dataclasses import replace

from crawler.models import Article, Post
from crawler.references import find_references
from crawler.sources.article_file import read, read_content
from crawler.sources.results import Kept, Reading
from crawler.store.localization_journal import InPlace, Journal, read_journal


def read_post(article: Article, reading: Reading, bundle: Kept | None = None) -> Post:
    """Return the post of *article* with its references.

    Where its *bundle* says that the article was localised, the images are those that its author
    named. Raises UnreadableArticle, or ManifestError where the bundle cannot say.
    """
    post = read(article, base_url=reading.base_url)
    journal = read_journal(bundle.folder, bundle.journals) if bundle else None
    if journal is not None and journal.in_place is not None:
        post = _as_written(post, journal, journal.in_place, reading)
    return with_references(post, reading)


def _as_written(post: Post, journal: Journal, done: InPlace, reading: Reading) -> Post:
    """Return *post* as it was before it was localised.

    Where it changed since, its bytes are those of today, but its images have the URLs that they
    had.
    """
    written = journal.as_written(post.content)
    before = read_content(
        written,
        id_=post.id,
        source=post.source,
        suffix=post.suffix,
        base_url=reading.base_url,
    )
    content = post.content if done.original_of(post.content) is None else written
    return replace(before, path=post.path, root=post.root, content=content)


def with_references(post: Post, reading: Reading) -> Post:
    """Return *post* with its references."""
    found = find_references(post, all_candidates=reading.all_candidates)
    if not (found.references or found.problems):
        return post
    return replace(
        post,
        references=found.references,
        payloads=found.payloads,
        problems=(*post.problems, *found.problems),
    )

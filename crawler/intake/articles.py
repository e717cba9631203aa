"""An article as a post with its references."""

from __future__ import annotations

from dataclasses import replace

from crawler.intake.found import Reading
from crawler.model import Article, Post
from crawler.posts import read
from crawler.references import find_references


def read_post(article: Article, reading: Reading) -> Post:
    """Return the post of *article* with its references. Raises UnreadableArticle."""
    return with_references(read(article, base_url=reading.base_url), reading)


def with_references(post: Post, reading: Reading) -> Post:
    """Return *post* with its references."""
    found = find_references(post, all_candidates=reading.all_candidates)
    return replace(
        post,
        references=found.references,
        payloads=found.payloads,
        problems=(*post.problems, *found.problems),
    )

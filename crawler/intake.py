"""From an article on disk to a post with its references: the two first stages in one step."""

from __future__ import annotations

from dataclasses import replace

from crawler.model import Article, Post
from crawler.posts import read
from crawler.references import find_references


def read_post(article: Article, base_url: str | None) -> Post:
    """Return the post of *article* with its references. Raises UnreadableArticle."""
    post = read(article, base_url=base_url)
    found = find_references(post)
    return replace(
        post,
        references=found.references,
        payloads=found.payloads,
        problems=(*post.problems, *found.problems),
    )

"""Posts for the tests of this stage."""

from __future__ import annotations

from collections.abc import Mapping

from crawler.model import Language, Post

BASE = "https://example.org/posts/"


def post(
    body: str,
    *,
    language: Language = "markdown",
    base: str | None = BASE,
    metadata: Mapping[str, object] | None = None,
    body_line: int = 1,
) -> Post:
    """Return a post that was read; only what names images is of interest."""
    return Post(
        id="post.md",
        source="post.md",
        content=b"",
        suffix=".md",
        language=language,
        metadata=metadata or {},
        body=body,
        body_line=body_line,
        url=None,
        base=base,
        title=None,
        author=None,
        date=None,
    )

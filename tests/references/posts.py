"""Posts for the tests of this stage."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from crawler.models import Language, Post
from crawler.references import find_references

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


def calls(subject: Post) -> int:
    """Return how many functions are called, Python's and C's, to read *subject*."""
    count = 0

    def note(_frame: Any, event: str, _argument: Any) -> None:  # noqa: ANN401
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(note)
    try:
        find_references(subject)
    finally:
        sys.setprofile(None)
    return count

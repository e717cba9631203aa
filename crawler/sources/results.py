"""What comes of a source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crawler.models import Article, Post
from crawler.store.catalog import PostRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How sources are read."""

    name: str | None = None
    """Goes before every id."""
    base_url: str | None = None
    select: str | None = None
    """The CSS selector of a page's article."""
    all_candidates: bool = False
    """Whether the smaller candidates of an image are wanted too."""
    ahead: int = 4
    """Pages fetched before their turn has come."""
    fingerprint: str = ""
    """Tells whether the options that matter are those of an earlier run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The bundle of an article, or where it would be."""

    folder: Path
    journals: frozenset[str] = frozenset()
    """The digests that its journal may have; none where nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostItem:
    """A post with its references, and where it came from."""

    post: Post
    article: Article | None = None
    """The file on disk, as discovery saw it."""
    document: str | None = None
    """Otherwise the page, feed or export that holds it: a URL, or a path."""
    identity: str | None = None
    """Tells an item of a feed or an export from others with the same link."""
    only: frozenset[str] | None = None
    """The images to try again, whatever is known of them; all else stays as it is. None: those that
    are not settled."""


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A post that is as it was."""

    row: PostRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A source, or a part of one, that cannot be read."""

    source: str
    message: str
    post_id: str | None = None
    """Of the post that it costs, where that is known."""
    defect: bool = False
    """Whether it is a fault of this program."""


Found = PostItem | Unchanged | Trouble

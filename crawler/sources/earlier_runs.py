"""What earlier runs know of posts and documents, as far as reading asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from crawler.models import Article
from crawler.sources.results import Kept
from crawler.store.catalog import DocumentRow, PostRow


class Known(Protocol):
    """The memory of an archive."""

    def post(self, post_id: str) -> PostRow | None:
        """Return what is known of a post."""

    def had(self, article: Article, post_id: str) -> bool:
        """Return whether an earlier version archived *article* under this id."""

    def stands(self, row: PostRow) -> bool:
        """Return whether there is nothing to do for a post unless its article changed."""

    def is_unchanged(self, article: Article, row: PostRow) -> bool:
        """Return whether *article* can be passed over unread."""

    def bundle_of(self, article: Article, row: PostRow | None) -> Kept | None:
        """Return the bundle of *article*, or where it would be."""

    def document(self, url: str) -> DocumentRow | None:
        """Return what is known of a document."""

    def posts_of(self, url: str) -> Iterable[PostRow]:
        """Return the posts that a document held."""

    def put_document(self, row: DocumentRow) -> None:
        """Remember a document."""


class NothingKnown:
    """The memory of who has no archive."""

    def post(self, post_id: str) -> PostRow | None:  # noqa: ARG002 - as the protocol has it
        """Return None."""
        return None

    def had(self, article: Article, post_id: str) -> bool:  # noqa: ARG002 - as above
        """Return False."""
        return False

    def stands(self, row: PostRow) -> bool:  # noqa: ARG002 - as above
        """Return False."""
        return False

    def is_unchanged(self, article: Article, row: PostRow) -> bool:  # noqa: ARG002 - as above
        """Return False."""
        return False

    def bundle_of(self, article: Article, row: PostRow | None) -> Kept | None:  # noqa: ARG002 - as above
        """Return None."""
        return None

    def document(self, url: str) -> DocumentRow | None:  # noqa: ARG002 - as above
        """Return None."""
        return None

    def posts_of(self, url: str) -> Iterable[PostRow]:  # noqa: ARG002 - as above
        """Return nothing."""
        return ()

    def put_document(self, row: DocumentRow) -> None:
        """Forget it."""


def under_its_id(known: Known, article: Article) -> Article:
    """Return *article* under the id by which it is known, which an earlier version may have made.

    What is archived under an id stays there, whatever the rule for ids is now.
    """
    former = article.former_id
    if former is None or known.post(article.id) is not None or not known.had(article, former):
        return article
    return replace(article, id=former, former_id=None)

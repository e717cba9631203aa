"""Whether it may be said that nothing is missing, and what to say instead: the one place for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crawler.common.formatting import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """What is missing of an archive or of the sources of a run, and what is not known of them."""

    images: int = 0
    """Those that are failed or suspect."""
    incomplete_posts: int = 0
    """Posts that may name images which were not found."""
    unread: int = 0
    """Sources, or documents in them, that their last run could not read."""
    unfinished: tuple[str, ...] = ()
    """Sources whose last run did not come to its end, or of which not all is known since."""
    undecided_posts: int = 0
    """Posts that an earlier version read: it did not keep what it could not read of them."""
    unread_manifests: int = 0
    """Posts whose manifests cannot be read."""
    has_run: bool = True
    """Whether a run over a source is known: only that tells what the sources hold."""

    @property
    def is_none(self) -> bool:
        """Whether nothing is missing, and that is known."""
        return self == Lack()

    def words(self, scope: str = "") -> Iterator[str]:
        """Yield sentences; of images that are missing, others say which and why.

        *scope* says of what nothing is missing, where that is not plain.

        >>> list(Lack().words(" of these posts")), list(Lack(images=1).words())
        (['Nothing is missing of these posts.'], [])
        """
        if self.is_none:
            yield f"Nothing is missing{scope}."
        elif not self.images:
            yield "Every image that was found is archived or left out on purpose."
        if self.incomplete_posts:
            posts = counted(self.incomplete_posts, "post")
            yield f"{posts} may name images that were not found."
        if self.unread:
            documents = counted(self.unread, "document")
            yield f"{documents} of the sources could not be read by the last run."
        for source in self.unfinished:
            yield (
                f"Whether {source} holds more is not known: its last run did not come to its end,"
                " or the catalog was made anew since."
            )
        if self.undecided_posts:
            posts = counted(self.undecided_posts, "post")
            yield (
                f"{posts} without images were read by an earlier version, which did not note what"
                " it could not read: the next run reads them again."
            )
        if self.unread_manifests:
            manifests = counted(self.unread_manifests, "manifest")
            yield f"{manifests} could not be read: image-archiver verify says more."
        if not self.has_run:
            yield "Whether sources hold more is not known: no run over one is noted here."

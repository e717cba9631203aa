"""What a document held when it was read."""

from __future__ import annotations

from hashlib import sha256

from crawler.downloads import Validators
from crawler.store.catalog import DocumentRow

_BITS = 256


class Held:
    """Counts the posts of a document in any order, in the memory of one number."""

    def __init__(
        self, key: str, validators: Validators | None = None, announced: str | None = None
    ) -> None:
        self.key = key
        self.complete = True
        """Whether the document alone tells if its posts changed."""
        self._validators = validators or Validators()
        self._announced = announced
        self._sum = 0

    def add(self, post_id: str, revision: str) -> None:
        """Count a post."""
        number = int.from_bytes(sha256(f"{post_id}\n{revision}".encode()).digest())
        self._sum = (self._sum + number) % (1 << _BITS)

    @property
    def content(self) -> str:
        """The digest of all posts that were counted."""
        return f"{self._sum:064x}"

    def row(self, fingerprint: str) -> DocumentRow:
        """Return what to remember of the document."""
        return DocumentRow(
            url=self.key,
            etag=self._validators.etag,
            last_modified=self._validators.last_modified,
            announced=self._announced,
            fingerprint=fingerprint,
            content=self.content,
        )

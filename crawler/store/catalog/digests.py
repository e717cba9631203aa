"""The digests of the manifests and journals, as they were written."""

from __future__ import annotations

from typing import Final

from crawler.common import archive_layout
from crawler.store.catalog.database import Database, as_text

NONE: Final = ""
"""Stands for the digest of a file that is to go."""

_INTENDED = "SELECT 1 FROM digests WHERE bundle = ? AND name = ? AND digest = ?"
_SELECT_UNKNOWN = (
    "SELECT 1 FROM posts WHERE bundle IS NOT NULL AND NOT EXISTS"
    " (SELECT 1 FROM digests WHERE bundle = posts.bundle AND name = ?) LIMIT 1"
)


class Digests(Database):
    """What the files of a bundle must be that nothing else has the digest of.

    Of one file there are several only while it is written, or where that was interrupted: the file
    is then what it was, or what it was to be.
    """

    def digests(self, bundle: str, name: str) -> dict[str, bool]:
        """Return the digests that the file *name* of *bundle* may have; none where it is not known.

        With each, whether the writing is known to have come to its end.
        """
        statement = "SELECT digest, confirmed FROM digests WHERE bundle = ? AND name = ?"
        return {
            digest: bool(confirmed) for digest, confirmed in self._read(statement, bundle, name)
        }

    def knows_all_manifests(self) -> bool:
        """Return whether no post has a manifest without a digest, as those of version 0.1.0 are."""
        return not any(True for _ in self._read(_SELECT_UNKNOWN, archive_layout.MANIFEST))

    def files_with_digests(self) -> list[tuple[str, str]]:
        """Return the files that are known, by bundle and name."""
        found = self._read("SELECT DISTINCT bundle, name FROM digests")
        return [(as_text(bundle), name) for bundle, name in found]

    def put_digest(self, bundle: str, name: str, digest: str, *, confirmed: bool) -> None:
        """Note a digest that the file *name* of *bundle* may have; it waits for others."""
        self._put("digests", (bundle, name, digest, confirmed))
        self._commit_some()

    def intend_digest(self, bundle: str, name: str, digest: str) -> None:
        """Note that the file *name* of *bundle* is about to be one with *digest*."""
        if not any(True for _ in self._read(_INTENDED, bundle, name, digest)):
            self.put_digest(bundle, name, digest, confirmed=False)

    def confirm_digest(self, bundle: str, name: str, digest: str) -> None:
        """Note that it is; it is nothing else any more."""
        statement = "DELETE FROM digests WHERE bundle = ? AND name = ? AND digest <> ?"
        self._write(statement, (bundle, name, digest))
        if digest == NONE:
            self._write("DELETE FROM digests WHERE bundle = ? AND name = ?", (bundle, name))
        else:
            self.put_digest(bundle, name, digest, confirmed=True)

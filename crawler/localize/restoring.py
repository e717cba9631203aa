"""Give articles back as they were before `localize` wrote into them, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from crawler.common import archive_layout, limits
from crawler.common.files import followed, read_regular, replace_durably, sweep
from crawler.errors import ManifestError, PathError
from crawler.localize.localizing import note
from crawler.localize.post_selection import Record, chosen_posts, opened, own_article, own_manifest
from crawler.store.archive import bundle_at
from crawler.store.bundle import Bundle
from crawler.store.catalog import Catalog, PostRow
from crawler.store.checked_files import write_checked_journal
from crawler.store.localization_journal import Journal, read_journal

Outcome = Literal["restored", "as-it-was", "forgotten", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What became of one article that was localised in place."""

    post: str
    article: str
    outcome: Outcome
    reason: str | None = None
    """Why it was refused."""


def restore(
    root: Path, posts: Sequence[str], *, forget: bool = False, dry_run: bool = False
) -> Iterator[Restored]:
    """Give the articles of *posts* back, of all without any, and yield what became of each.

    With *forget*, those that changed since stay as they are, and count as their author's own.
    Raises UsageError, ArchiveLockedError or StorageError.
    """
    with opened(root, read_only=dry_run) as (catalog, record):
        for row in chosen_posts(catalog, posts):
            one = _Restoring(row, bundle_at(root.resolve(), str(row.bundle)), catalog)
            yield from one.told(record, forget=forget, dry_run=dry_run)


class _Restoring:
    """One article."""

    def __init__(self, row: PostRow, bundle: Bundle, catalog: Catalog) -> None:
        self._row = row
        self._catalog = catalog
        self._article = Path(row.path)
        self._bundle = bundle

    def told(self, record: Record, *, forget: bool, dry_run: bool) -> Iterator[Restored]:
        """Give the article back and yield what became of it; nothing where it is the author's."""
        try:
            known = self._catalog.digests(str(self._row.bundle), archive_layout.JOURNAL)
            journal = read_journal(self._bundle.folder, known)
            if journal is not None and journal.in_place is not None:
                own_article(self._row, self._bundle, own_manifest(self._row, self._bundle))
                content = read_regular(followed(self._article), limits.ARTICLE)
                original = journal.in_place.original_of(content)
                if original is None and not forget:
                    yield self._result("refused", self._changed())
                    return
                if not dry_run:
                    self._write(journal, content, original, record)
                yield self._result(_outcome(content, original))
        except OSError as error:
            yield self._result("refused", f"{self._article}: {error.strerror}")
        except (ManifestError, PathError) as error:
            yield self._result("refused", str(error))

    def _write(
        self, journal: Journal, content: bytes, original: bytes | None, record: Record
    ) -> None:
        """Write the article as it was, then let go of what is known of it."""
        if original is not None and original != content:
            sweep(self._article.parent, beneath=None)
            replace_durably(self._article, original)
        left = replace(journal, in_place=None)
        write_checked_journal(self._catalog, str(self._row.bundle), self._bundle, left)
        if original is not None:
            note(self._row, self._article, original, record)

    def _changed(self) -> str:
        return (
            "it changed since it was localised, and what it was then would take the change back:"
            " `localize --to in-place` takes the change in, so that it can be restored with it;"
            " `restore --forget` leaves it as it is;"
            f" {self._bundle.folder / archive_layout.JOURNAL} has the URLs"
        )

    def _result(self, outcome: Outcome, reason: str | None = None) -> Restored:
        return Restored(
            post=self._row.id, article=str(self._article), outcome=outcome, reason=reason
        )


def _outcome(content: bytes, original: bytes | None) -> Outcome:
    if original is None:
        return "forgotten"
    return "as-it-was" if original == content else "restored"

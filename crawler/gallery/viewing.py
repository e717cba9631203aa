"""Write the offline pages of an archive that nobody else is writing to."""

from __future__ import annotations

from pathlib import Path

from crawler.gallery.update import PagesReport, write_pages
from crawler.store.archive import Archive
from crawler.store.catalog import check_archive


def view(root: Path) -> PagesReport:
    """Bring the pages of the archive at *root* up to date.

    Raises UsageError where there is no archive, ArchiveLockedError while a run holds it, or
    StorageError.
    """
    check_archive(root)
    archive = Archive(root)
    try:
        return write_pages(archive.root)
    finally:
        archive.close()

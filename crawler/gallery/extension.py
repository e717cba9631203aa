"""Write the offline pages of what a run has changed, when its last manifest is written."""

from __future__ import annotations

import asyncio
import logging
from typing import Self

from scrapy.crawler import Crawler

from crawler.archiving.run import Ending, Run
from crawler.errors import PathError, StorageError
from crawler.extensions import run_ending
from crawler.gallery.update import write_pages

logger = logging.getLogger(__name__)

_IN_A_HURRY = frozenset({Ending.INTERRUPTED, Ending.STORAGE, Ending.NO_DECODER})
"""Who waits no longer is not kept; the next run, or `view`, writes what is left."""
_LEFT = "not all offline pages are up to date: image-archiver view writes the others"


class GalleryExtension:
    """Brings the gallery up to date at the end of a run; the settings name it."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the extension of *crawler*."""
        extension = cls()
        crawler.signals.connect(extension.write, run_ending)
        return extension

    async def write(self, run: Run) -> None:
        """Write the pages of *run*'s archive, unless it was asked not to or must end."""
        if not run.options.pages:
            return
        try:
            run.archive.catalog.commit()
            complete = not _is_in_a_hurry(run) and await asyncio.to_thread(_write_pages, run)
        except StorageError as error:
            run.end(Ending.STORAGE, str(error))
        except PathError as error:
            logger.warning("the offline pages are not up to date: %s", error)
        else:
            if not complete:
                logger.warning(_LEFT)


def _write_pages(run: Run) -> bool:
    """Write the pages; return whether all are. Blocks. Raises StorageError or PathError."""
    report = write_pages(run.archive.root, stop=lambda: _is_in_a_hurry(run))
    logger.debug("%s files of the offline pages are written", report.written)
    return report.complete


def _is_in_a_hurry(run: Run) -> bool:
    return run.ending in _IN_A_HURRY or run.is_overtime

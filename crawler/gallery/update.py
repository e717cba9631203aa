"""Write the offline pages of an archive: those of what changed, and no others.

A page is made again when its manifest is another one by size and time, or when the program that
made it was. What is there already with the same bytes is left untouched. In place, pages do not
go among the author's own files, which engines publish: they stand in the archive.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Final
from urllib.parse import quote

from crawler.common import archive_layout
from crawler.common.files import remove
from crawler.common.lack import Lack
from crawler.common.problems import costly
from crawler.errors import ManifestError, PathError, StorageError
from crawler.gallery.archive_pages import write_gallery
from crawler.gallery.article import show_article
from crawler.gallery.data_scripts import write_alike, write_months
from crawler.gallery.image_facts import facts_of
from crawler.gallery.jinja import render, version
from crawler.gallery.ledger import ALIKE, Ledger, Made
from crawler.gallery.page_files import write_if_changed
from crawler.gallery.post_images import Picture, pictures_of
from crawler.gallery.rows import rows_of
from crawler.gallery.sanitiser import Sanitiser
from crawler.models import Manifest
from crawler.store.catalog import Catalog, PostRow
from crawler.store.completeness import known_sources, lack_of_sources
from crawler.store.manifest import read_manifest

logger = logging.getLogger(__name__)

LEDGER: Final = f"{archive_layout.GALLERY}/pages.sqlite"
_AT_ONCE: Final = 100
"""Pages between two commits of the ledger."""
_STEPS: Final = 256
"""Steps of the work on a page between two looks at whether to go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesReport:
    """What was written."""

    index: Path
    """The page to open."""
    posts: int
    """How many have a page."""
    written: int
    """How many files were."""
    complete: bool
    """Whether it came to its end."""


def write_pages(root: Path, *, stop: Callable[[], bool] = lambda: False) -> PagesReport:
    """Write the pages of the archive at *root*, of which nobody else may be writing.

    It ends early when *stop* says so, inside of a page too, and goes on from there another time.
    Raises StorageError or PathError.
    """
    catalog = Catalog(root / archive_layout.CATALOG, read_only=True)
    try:
        ledger = Ledger(root / LEDGER, version(), beneath=root)
        try:
            return _Pages(root.resolve(), ledger, stop).write(catalog)
        finally:
            ledger.close()
    finally:
        catalog.close()


class _Stopped(Exception):
    """Nobody waits for the pages any more."""


class _Pages:
    def __init__(self, root: Path, ledger: Ledger, stop: Callable[[], bool]) -> None:
        self._root = root
        self._ledger = ledger
        self._stop = stop
        self._sanitiser = Sanitiser()
        self._written = 0
        self._steps = 0

    def write(self, catalog: Catalog) -> PagesReport:
        try:
            undecided = self._write_pages(catalog)
            sources = known_sources(self._root, catalog)
            lack = lack_of_sources(replace(row, source=_shown(row.source)) for row in sources)
            self._write_gallery(replace(lack, undecided_posts=undecided))
        except _Stopped:
            return self._report(complete=False)
        return self._report(complete=True)

    def _write_pages(self, catalog: Catalog) -> int:
        """Write the pages of posts; return of how many nobody knows what they name."""
        done = undecided = 0
        for row, made in _paired(catalog.posts(), self._ledger.made()):
            if self._stop():
                raise _Stopped
            undecided += row is not None and row.problems is None and row.bundle is None
            if self._bring_up_to_date(row, made):
                done += 1
                if done % _AT_ONCE == 0:
                    self._ledger.commit()
        self._ledger.commit()
        return undecided

    def _check(self) -> None:
        """Raise _Stopped where nobody waits any more; looks there once in many calls."""
        self._steps += 1
        if self._steps % _STEPS == 0 and self._stop():
            raise _Stopped

    def _report(self, *, complete: bool) -> PagesReport:
        return PagesReport(
            index=self._root / archive_layout.PAGE,
            posts=self._ledger.totals().posts,
            written=self._written,
            complete=complete,
        )

    def _write_gallery(self, lack: Lack) -> None:
        self._written += write_months(self._root, self._ledger)
        if self._ledger.is_stale(ALIKE):
            names, groups = write_alike(self._root, self._ledger)
            self._ledger.remember_alike(names, groups)
            self._ledger.fresh(ALIKE)
        names, groups = self._ledger.alike()
        self._written += write_gallery(self._root, self._ledger, lack, alike=names, groups=groups)

    def _bring_up_to_date(self, row: PostRow | None, made: Made | None) -> bool:
        """Make the page of a post, where it is not as it should be; return whether it was made."""
        manifest = self._root / row.bundle / archive_layout.MANIFEST if row and row.bundle else None
        try:
            status = manifest.stat() if manifest else None
        except OSError:
            status = None
        if row is None or manifest is None or status is None:
            self._forget(made)
            return False
        same = made and (status.st_size, status.st_mtime_ns) == (made.size, made.mtime_ns)
        if same and made and _size(self._root / made.page) == made.page_size:
            return False
        try:
            found = read_manifest(manifest)
        except ManifestError as error:
            logger.warning("no page of %s: %s", row.id, error)
            return False
        if found is not None and row.bundle is not None:
            page = self._place(row.id, row.bundle)
            now = Made(row.id, page, 0, status.st_size, status.st_mtime_ns)
            try:
                self._make(found, row.bundle, now)
            except PathError as error:
                logger.warning("no page of %s: %s", row.id, error)
                return False
            except (StorageError, _Stopped):
                raise
            except Exception:
                # One article must not take the pages of all others.
                logger.exception("a defect in the page of %s: please report it", row.id)
                return False
        return True

    def _place(self, post_id: str, bundle: str) -> str:
        """Return where the page of a post goes, relative to the archive."""
        page = self._root / bundle / archive_layout.PAGE
        inside = bundle.startswith(f"{archive_layout.POSTS}/")
        # An empty one is what a power failure left of ours.
        if inside and (not _size(page) or archive_layout.is_page(page)):
            return f"{bundle}/{archive_layout.PAGE}"
        return f"{archive_layout.GALLERY}/{archive_layout.POSTS}/{post_id}/{archive_layout.PAGE}"

    def _make(self, manifest: Manifest, bundle: str, made: Made) -> None:
        page = self._root / made.page
        folder = self._root / bundle
        beside = os.path.relpath(folder, page.parent)
        prefix = "" if beside == "." else quote(os.fsencode(beside)) + "/"
        pictures = pictures_of(manifest, prefix)
        up = "../" * made.page.count("/")
        payload = self._page(folder, manifest, pictures, prefix=prefix, up=up)
        self._written += write_if_changed(page, payload, beneath=self._root)
        # The gallery's pages stand elsewhere than the bundle's.
        own = pictures_of(manifest) if prefix else pictures
        rows = rows_of(manifest, own, page=made.page, bundle=quote(os.fsencode(bundle)) + "/")
        summary = manifest.summary
        counts = (summary.archived, summary.suspect, summary.failed, summary.skipped, summary.size)
        self._ledger.put(made._replace(page_size=len(payload)), rows, counts)

    def _page(
        self,
        folder: Path,
        manifest: Manifest,
        pictures: tuple[Picture, ...],
        *,
        prefix: str,
        up: str,
    ) -> bytes:
        article = show_article(folder, manifest, pictures, self._sanitiser, self._check)
        shown = article.shown if article else frozenset()
        others = [
            p for p in pictures if p.full and p.number not in shown and p.entry.state != "skipped"
        ]
        missing = [p for p in pictures if p.entry.state in {"failed", "suspect"}]
        return render(
            "post.html",
            post=manifest.post,
            summary=manifest.summary,
            article=article,
            others=others,
            missing=missing,
            doubts=costly(manifest.post.problems),
            pictures=[(picture, facts_of(picture, prefix)) for picture in pictures],
            prefix=prefix,
            up=up,
        )

    def _forget(self, made: Made | None) -> None:
        if made is None:
            return
        self._ledger.forget(made.id)
        page = self._root / made.page
        if archive_layout.is_page(page):
            remove(page, beneath=self._root)


def _shown(source: str) -> str:
    """Return a source as pages may have it: they may be published, and tell of no disk."""
    return PurePath(source).name if PurePath(source).is_absolute() else source


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _paired(
    rows: Iterator[PostRow], made: Iterator[Made]
) -> Iterator[tuple[PostRow | None, Made | None]]:
    """Yield what belongs together of two lists in the order of the ids; None where it lacks."""
    row, known = next(rows, None), next(made, None)
    while row is not None or known is not None:
        if known is None or (row is not None and row.id < known.id):
            yield row, None
            row = next(rows, None)
        elif row is None or known.id < row.id:
            yield None, known
            known = next(made, None)
        else:
            yield row, known
            row, known = next(rows, None), next(made, None)

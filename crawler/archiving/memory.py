"""What a run remembers of those before it, and notes for those after it, in the catalog."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from crawler.archiving.run import Run
from crawler.common import archive_layout
from crawler.common.dates import rfc3339
from crawler.common.digests import digest_of_file
from crawler.common.safe_paths import REPLACED
from crawler.downloads import RobotsRecord
from crawler.errors import ManifestError
from crawler.models import Article
from crawler.sources import Kept
from crawler.store.archive import bundle_in_place
from crawler.store.catalog import Catalog, HostRow, PostRow, RobotsRow
from crawler.store.manifest import read_manifest


class CatalogRobots:
    """The robots.txt of every origin that was asked for one."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def get(self, origin: str) -> RobotsRecord | None:
        """Return the last record of *origin*, however old, or None."""
        row = self._catalog.robots(origin)
        if row is None:
            return None
        return RobotsRecord(origin=row.origin, date=row.date, status=row.status, body=row.body)

    def put(self, record: RobotsRecord) -> None:
        """Remember *record* in the place of the origin's last."""
        self._catalog.put_robots(
            RobotsRow(
                origin=record.origin, date=record.date, status=record.status, body=record.body
            )
        )


def liked_by(host: str, catalog: Catalog) -> str | None:
    """Return the rung of the Referer ladder that *host* let in before."""
    row = catalog.host(host)
    return row.liked if row else None


def learn(host: str, liked: str | None, catalog: Catalog) -> None:
    """Remember the rung that *host* let in, where something was learned."""
    if liked is not None and liked != liked_by(host, catalog):
        catalog.put_host(HostRow(host=host, liked=liked))


class RunMemory:
    """What earlier runs know of posts and documents, as intake asks for it."""

    def __init__(self, run: Run) -> None:
        self._run = run
        catalog = run.archive.catalog
        self.post = catalog.post
        self.document = catalog.document
        self.posts_of = catalog.posts_of
        self.put_document = catalog.put_document

    def is_unchanged(self, article: Article, row: PostRow) -> bool:
        """Return whether *article* can be passed over unread."""
        return (
            row.path == str(article.path.absolute())
            and (row.size, row.mtime_ns) == (article.size, article.mtime_ns)
            and self.stands(row)
        )

    def bundle_of(self, article: Article, row: PostRow | None) -> Kept:
        """Return the bundle of *article*, or where it would be."""
        if row is not None and row.bundle is not None:
            journals = self._run.archive.catalog.digests(row.bundle, archive_layout.JOURNAL)
            folder = self._run.archive.bundle(row.bundle).folder
            return Kept(folder=folder, journals=frozenset(journals))
        if self._run.options.in_place:
            return Kept(folder=bundle_in_place(article.path).folder)
        return Kept(folder=self._run.archive.root / archive_layout.POSTS / article.id)

    def had(self, article: Article, post_id: str) -> bool:
        """Return whether an earlier version archived *article* under this id.

        Where that has replacement characters, it may stand for others, too: the bytes tell.
        """
        row = self._run.archive.catalog.post(post_id)
        if row is not None and REPLACED not in post_id:
            return True
        bundle = self.bundle_of(replace(article, id=post_id), row)
        with contextlib.suppress(ManifestError, OSError):
            manifest = read_manifest(bundle.folder / archive_layout.MANIFEST)
            if manifest is not None and manifest.post.id == post_id:
                ours = self._run.options.in_place or REPLACED not in post_id
                return ours or manifest.post.article.digest == digest_of_file(article.path)
        return False

    def stands(self, row: PostRow) -> bool:
        """Return whether there is nothing to do for a post unless its article changed."""
        waits = row.due is not None and row.due > rfc3339(self._run.began)
        return (
            (row.settled or waits)
            and row.problems is not None
            and row.fingerprint == self._run.options.fingerprint
            and (row.bundle is None or self._run.archive.bundle(row.bundle).manifest.exists())
        )

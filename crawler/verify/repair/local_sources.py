"""Articles and images that were archived from this disk, from where they lay."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from crawler.common import limits
from crawler.common.files import followed, read_regular, stored_at
from crawler.errors import ArchiveError, ManifestError
from crawler.models import Article, Manifest
from crawler.sources import Reading, UnreadableArticle, read_post
from crawler.sources.archived_post import post_of
from crawler.sources.local_images import read_local
from crawler.store.catalog import Catalog, PostRow
from crawler.store.localization_journal import as_written
from crawler.store.manifest import copies_article
from crawler.verify.bundle_locations import Place
from crawler.verify.expected_files import manifest_at
from crawler.verify.repair.records import Need

_MOST = 1 << 32
"""Bytes: what was archived was within the limits of its run."""


def bytes_from_source(need: Need, catalog: Catalog | None) -> bytes | None:
    """Return what lies now where the bytes of *need* came from; None where that is not this disk.

    Whether they are still the same the digest tells.
    """
    with suppress(OSError, ArchiveError, ManifestError, UnreadableArticle):
        manifest = manifest_at(need.place)
        row = catalog.post(manifest.post.id) if catalog and manifest else None
        if manifest is None:
            return None
        if need.named.version is None:
            return _article(need.place, row)
        if need.named.derivative is None:
            return _image(need, manifest, row)
    return None


def _article(place: Place, row: PostRow | None) -> bytes | None:
    if row is None or row.document is not None or not Path(row.path).is_absolute():
        return None
    return as_written(place.folder, read_regular(followed(Path(row.path)), limits.ARTICLE))


def _image(need: Need, manifest: Manifest, row: PostRow | None) -> bytes | None:
    version = need.named.version
    if version is None or need.named.entry is None:
        return None
    if version.capture.via == "file" and row is not None:
        return read_local(post_of(row, manifest), need.named.entry.url, _MOST)
    if version.capture.via == "data":
        return _payloads(need.place, manifest).get(need.named.entry.url)
    return None


def _payloads(place: Place, manifest: Manifest) -> dict[str, bytes]:
    """Return the images that stand in the article itself."""
    path = stored_at(place.folder, manifest.post.article.path)
    root = place.folder if copies_article(manifest) else path.parent
    status = path.stat()
    article = Article(
        path=path,
        root=root,
        id=manifest.post.id,
        source=manifest.post.source,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
    )
    return dict(read_post(article, Reading()).payloads)

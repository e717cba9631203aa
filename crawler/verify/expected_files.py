"""What a bundle should hold, by its manifest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crawler.common import archive_layout, limits
from crawler.common.files import read_regular
from crawler.common.rules import versions_of
from crawler.errors import ManifestError
from crawler.fields import MediaType
from crawler.models import Derivative, Entry, Manifest, Original, Version
from crawler.store.manifest import copies_article, from_document
from crawler.verify.bundle_locations import Place
from crawler.verify.findings import Finding, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A file that a manifest names."""

    path: str
    """Relative to the bundle."""
    digest: str
    size: int
    version: Version | None = None
    """What it belongs to; None for the article."""
    derivative: Derivative | None = None
    entry: Entry | None = None

    @property
    def original(self) -> Original | None:
        """The record of the file, where it is an original."""
        return self.version.original if self.version and not self.derivative else None

    @property
    def media_type(self) -> MediaType | None:
        """What the manifest says that the file is; None for the article."""
        image = self.derivative or self.original
        return image.media_type if image else None


def manifest_at(place: Place) -> Manifest | None:
    """Return the manifest of a bundle, or None where there is none. Raises ManifestError."""
    document = document_at(manifest_path(place))
    return None if document is None else from_document(document)


def document_at(path: Path) -> bytes | None:
    """Return the bytes of a manifest or a journal; None where there is none.

    Raises ManifestError where it cannot be read.
    """
    try:
        return read_regular(path, limits.MANIFEST)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ManifestError(f"it cannot be read: {error.strerror}") from error


def manifest_path(place: Place) -> Path:
    """Return where the manifest of a bundle is."""
    return place.folder / archive_layout.MANIFEST


def named_files(manifest: Manifest) -> Iterator[Named]:
    """Yield the files of a bundle, each once: the article where it is a copy, then the images."""
    article = manifest.post.article
    if copies_article(manifest):
        yield Named(path=article.path, digest=article.digest, size=article.size)
    seen: set[str] = set()
    for entry in manifest.entries:
        for version in versions_of(entry):
            for named in _files(entry, version):
                if named.path not in seen:
                    seen.add(named.path)
                    yield named


def finding(
    kind: Kind, place: Place, named: Named, detail: str, found: str | None = None
) -> Finding:
    """Return a finding about a file that a manifest names."""
    return Finding(
        kind=kind,
        path=f"{place.name}/{named.path}",
        detail=detail,
        bundle=place.name,
        expected=named.digest,
        found=found,
    )


def _files(entry: Entry, version: Version) -> Iterator[Named]:
    original = version.original
    yield Named(
        path=original.path,
        digest=original.digest,
        size=original.size,
        version=version,
        entry=entry,
    )
    for made in version.derivatives:
        yield Named(
            path=made.path,
            digest=made.digest,
            size=made.size,
            version=version,
            derivative=made,
            entry=entry,
        )

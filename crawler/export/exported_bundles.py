"""Find the bundles in what an export left: a bag, an unpacked zip or tar, or one bundle alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from crawler.common import archive_layout, limits
from crawler.common.files import read_regular
from crawler.errors import ManifestError, StorageError, UnfitFileError, UsageError
from crawler.export.bagit import DATA, bagged, is_bag, unbagged
from crawler.export.bundle_contents import former_articles
from crawler.store.bundle_discovery import find_bundles
from crawler.store.manifest import from_document


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What an export left, unpacked."""

    base: Path
    """Where ``posts`` is."""
    bag: Path | None
    """The bag that it is, if it is one."""
    alone: str | None = None
    """The path in an archive of the bundle that it is, if it is one."""

    def paths(self) -> Iterator[str]:
        """Yield the bundles, by their paths in an archive. Raises StorageError or UsageError."""
        decoded: Callable[[str], str] = unbagged if self.bag else str
        found = find_bundles(self.base) if self.alone is None else iter([self.alone])
        try:
            for path in map(decoded, found):
                parts = path.split("/")
                if (
                    parts[0] != archive_layout.POSTS
                    or not parts[1:]
                    or {"", ".", ".."} & set(parts)
                ):
                    raise UsageError(f"{self.base}: {path!r} is no place of a bundle")
                yield path
        except OSError as error:
            raise StorageError(f"cannot read {error.filename}: {error.strerror}") from error
        except ValueError as error:
            raise UsageError(f"{self.base} has a name that no path is called: {error}") from error

    def file(self, path: str, name: str) -> Path:
        """Return the file *name* of the bundle *path*."""
        if self.alone is not None:
            return self.base / name
        whole = f"{path}/{name}"
        return self.base / (bagged(whole) if self.bag else whole)

    def former_articles(self, path: str) -> list[str]:
        """Return the former versions of the article of a bundle, relative to it."""
        return former_articles(self.file(path, archive_layout.MANIFEST).parent)

    def document(self, path: str) -> bytes:
        """Return the manifest of a bundle. Raises ManifestError."""
        file = self.file(path, archive_layout.MANIFEST)
        try:
            return read_regular(file, limits.MANIFEST)
        except OSError as error:
            raise ManifestError(error.strerror or str(error)) from error


def returned(folder: Path) -> Returned:
    """Return what *folder* holds, itself or in the one folder in it.

    Raises UsageError where that is nothing of an export.
    """
    for place in (folder, *_only_folder(folder)):
        if is_bag(place):
            return Returned(base=place / DATA, bag=place)
        if (place / archive_layout.POSTS).is_dir():
            return Returned(base=place, bag=None)
        if (place / archive_layout.MANIFEST).is_file():
            return Returned(base=place, bag=None, alone=_own_path(place))
    if not any(folder.iterdir()):
        return Returned(base=folder, bag=None)
    raise UsageError(
        f"{folder} is neither a bag nor what a zip or a tar of bundles holds: it has no"
        f" {archive_layout.POSTS} folder"
    )


def _only_folder(folder: Path) -> list[Path]:
    inner = [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]
    return inner if len(inner) == 1 else []


def _own_path(bundle: Path) -> str:
    try:
        manifest = from_document(read_regular(bundle / archive_layout.MANIFEST, limits.MANIFEST))
    except UnfitFileError as error:
        raise UsageError(str(error)) from error
    except ManifestError as error:
        raise UsageError(f"{bundle / archive_layout.MANIFEST}: {error}") from error
    return f"{archive_layout.POSTS}/{manifest.post.id}"

"""One post's folder: what its files are called and how they are written."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path, PurePosixPath

from crawler.common import archive_layout, limits
from crawler.common.digests import digest, digest_of_file, short
from crawler.common.files import (
    link_or_copy,
    names_in,
    read_regular,
    regular_status,
    remove,
    storage_error,
    sweep,
    sync_folder,
    touch,
    write_atomically,
)
from crawler.common.media_types import EXTENSIONS
from crawler.models import Derivative, Original, Profile, Version, Written
from crawler.store.image_names import Stem


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleWriter:
    """Writes the files of one image into a bundle; travels to the worker processes."""

    folder: Path
    base: Path
    """As the bundle's."""
    stem: Stem
    is_marking: bool
    """Whether the bundle says that it has images which no manifest names yet. In place nobody asks:
    files that are not ours belong to their owner."""

    def original(self, payload: bytes, media_type: str) -> Written:
        """Keep the bytes exactly as they came, and never in the place of others.

        Raises StorageError or PathError.
        """
        self._mark()
        value = digest(payload)
        path, is_there = self._place(value, EXTENSIONS[media_type])
        if not is_there:
            write_atomically(self.folder / path, payload, beneath=self.base)
        return Written(path=path, digest=value, size=len(payload))

    def derivative(
        self, payload: bytes, media_type: str, profile: Profile, original: Written
    ) -> Written:
        """Keep a derivative of *original*. Raises StorageError or PathError."""
        path = _derivative_path(original.path, profile.name, EXTENSIONS[media_type])
        return _write(self.folder / path, path, payload, self.base)

    def linked(self, original: Original, source: Path) -> Written:
        """Keep *original* as a link to the same bytes at *source*.

        Raises StorageError, PathError, or FileNotFoundError when *source* has them no longer.
        """
        _check(source, original.digest)
        self._mark()
        path, is_there = self._place(original.digest, EXTENSIONS[original.media_type])
        if not is_there:
            link_or_copy(source, self.folder / path, beneath=self.base)
        return Written(path=path, digest=original.digest, size=original.size)

    def _mark(self) -> None:
        """Note that an image comes, whatever ends the process or the disk before its manifest."""
        path = self.folder / archive_layout.UNFINISHED
        if self.is_marking and not os.path.lexists(path):
            touch(path, beneath=self.base)

    def _place(self, value: str, extension: str) -> tuple[str, bool]:
        """Return the path for the bytes of the digest *value*, and whether they are there already.

        One stem, one original, whatever its ending: derivatives are called after the stem.
        """
        plain = [] if self.stem.qualified else [self.stem.text]
        for stem in [*plain, *(f"{self.stem.text}-{short(value, n)}" for n in (8, 64))]:
            path = f"{archive_layout.IMAGES}/{stem}.{extension}"
            try:
                if digest_of_file(self.folder / path) == value:
                    return path, True
            except FileNotFoundError:
                if not self._is_taken(stem):
                    return path, False
            except OSError as error:
                raise storage_error(self.folder / path, error) from error
        raise AssertionError("two different originals have one SHA-256")

    def _is_taken(self, stem: str) -> bool:
        """Return whether another original has *stem*, or what would be one of its derivatives.

        In place the folder is the author's too, who may have a file where a derivative would go.
        """
        originals = {f"{stem}.{ending}" for ending in EXTENSIONS.values()}
        if not originals.isdisjoint(names_in(self.folder / archive_layout.IMAGES)):
            return True
        folders = (
            () if self.stem.returning else (archive_layout.CONVERTED, archive_layout.THUMBNAILS)
        )
        names = chain.from_iterable(names_in(self.folder / folder) for folder in folders)
        return any(name.startswith(f"{stem}.") for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nowhere:
    """Writes nothing: for a look at bytes that may not be kept."""

    def original(self, payload: bytes, media_type: str) -> Written:
        """Return what would be written, under no name that a file has."""
        path = f"{archive_layout.IMAGES}/.{EXTENSIONS[media_type]}"
        return Written(path=path, digest=digest(payload), size=len(payload))

    def derivative(
        self, payload: bytes, media_type: str, profile: Profile, original: Written
    ) -> Written:
        """Return the same of a derivative."""
        path = _derivative_path(original.path, profile.name, EXTENSIONS[media_type])
        return Written(path=path, digest=digest(payload), size=len(payload))


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivativeWriter:
    """Writes derivatives of an original that stays as it is; travels to the worker processes."""

    folder: Path
    base: Path
    """As the bundle's."""
    kept: Original

    def original(self, payload: bytes, media_type: str) -> Written:  # noqa: ARG002 - it is here
        """Return the record of the original."""
        return Written(path=self.kept.path, digest=self.kept.digest, size=self.kept.size)

    def derivative(
        self, payload: bytes, media_type: str, profile: Profile, original: Written
    ) -> Written:
        """Keep a derivative of *original*. Raises StorageError or PathError."""
        path = _derivative_path(original.path, profile.name, EXTENSIONS[media_type])
        return _write(self.folder / path, path, payload, self.base)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The folder that holds all of one post."""

    folder: Path
    base: Path
    """Where it begins to be ours: from there on, no link on the way to a file is followed."""
    article: str
    """Where the article is, relative to the folder; in place, the author's own file."""
    in_place: bool

    @property
    def manifest(self) -> Path:
        """The path of the manifest."""
        return self.folder / archive_layout.MANIFEST

    @property
    def is_new(self) -> bool:
        """Whether nothing of it is there yet."""
        try:
            self.folder.stat()
        except OSError as error:
            return isinstance(error, FileNotFoundError)
        return False

    def writer(self, stem: Stem) -> BundleWriter:
        """Return a writer for one image."""
        return BundleWriter(
            folder=self.folder, base=self.base, stem=stem, is_marking=not self.in_place
        )

    def holds(self, version: Version) -> bool:
        """Return whether all files of *version* are here, by their sizes."""
        try:
            return all(
                regular_status(self.folder / file.path).st_size == file.size
                for file in _files(version)
            )
        except OSError:
            return False

    def keep_article(self, content: bytes) -> None:
        """Copy the article, and keep a former version of it. Raises StorageError or PathError.

        In place there is nothing to copy.
        """
        if self.in_place:
            return
        path = self.folder / self.article
        try:
            former = read_regular(path, limits.ARTICLE)
        except FileNotFoundError:
            former = None
        except OSError as error:
            raise storage_error(path, error) from error
        if former == content:
            return
        if former is not None:
            name = f"{archive_layout.ARTICLE}-{short(digest(former), 16)}{path.suffix}"
            link_or_copy(path, self.folder / archive_layout.EARLIER / name, beneath=self.base)
        write_atomically(path, content, beneath=self.base)

    def adopt(self, version: Version, source: Bundle, stem: Stem) -> Version | None:
        """Return *version* of another bundle as one of this bundle, its files linked.

        None if the other bundle no longer has them. Raises StorageError or PathError.
        """
        try:
            found = version.original
            original = self.writer(stem).linked(found, source.folder / found.path)
            derivatives = tuple(
                self._adopt_derivative(made, source, original) for made in version.derivatives
            )
        except FileNotFoundError:
            return None
        return replace(
            version, original=replace(found, path=original.path), derivatives=derivatives
        )

    def share(self, original: Original, twin: Path) -> bool:
        """Make the file of *original* one with *twin*, which has the same bytes elsewhere.

        Return whether that made two files one.
        """
        path = self.folder / original.path
        with contextlib.suppress(OSError):
            if not path.samefile(twin):
                _check(twin, original.digest)
                link_or_copy(twin, path, beneath=self.base)
                return path.samefile(twin)
        return False

    def shared_size(self, version: Version) -> int:
        """Return the bytes of those files of *version* that other bundles have, too."""
        with contextlib.suppress(OSError):
            return sum(
                file.size
                for file in _files(version)
                if regular_status(self.folder / file.path).st_nlink > 1
            )
        return 0

    def sweep(self) -> None:
        """Remove what a killed run left half-written."""
        for folder in self._folders:
            sweep(folder, beneath=self.base)

    def finish(self) -> None:
        """Note that the manifest names all images. Raises StorageError or PathError."""
        path = self.folder / archive_layout.UNFINISHED
        if os.path.lexists(path):
            remove(path, beneath=self.base)

    def sync(self) -> None:
        """Make the names of all files outlive a power failure; their bytes do already."""
        for folder in self._folders:
            sync_folder(folder)

    @property
    def _folders(self) -> tuple[Path, ...]:
        names = (
            archive_layout.IMAGES,
            archive_layout.CONVERTED,
            archive_layout.THUMBNAILS,
            archive_layout.EARLIER,
        )
        return (self.folder, *(self.folder / name for name in names))

    def _adopt_derivative(self, made: Derivative, source: Bundle, original: Written) -> Derivative:
        path = _derivative_path(original.path, made.profile, EXTENSIONS[made.media_type])
        _check(source.folder / made.path, made.digest)
        link_or_copy(source.folder / made.path, self.folder / path, beneath=self.base)
        return replace(made, path=path)


def _check(path: Path, value: str) -> None:
    """Raise FileNotFoundError unless the bytes at *path* are still those of the digest *value*.

    A file that a disk or a hand has damaged must not come into a second bundle.
    """
    try:
        found = digest_of_file(path)
    except OSError as error:
        raise FileNotFoundError(str(path)) from error
    if found != value:
        raise FileNotFoundError(str(path))


def _write(file: Path, path: str, payload: bytes, base: Path) -> Written:
    write_atomically(file, payload, beneath=base)
    return Written(path=path, digest=digest(payload), size=len(payload))


def _derivative_path(original: str, profile: str, extension: str) -> str:
    stem = PurePosixPath(original).stem
    if profile == archive_layout.CONVERTED:
        return f"{archive_layout.CONVERTED}/{stem}.{extension}"
    return f"{archive_layout.THUMBNAILS}/{stem}.{profile.removeprefix('thumbnail-')}.{extension}"


def _files(version: Version) -> tuple[Original | Derivative, ...]:
    return (version.original, *version.derivatives)

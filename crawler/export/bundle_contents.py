"""Bundles as an export takes them: each with its manifest, each file proven before it is handed on.

Nothing is locked: a run may write to the archive meanwhile. Manifests are whole or not there, and
what one names is there already.
"""

from __future__ import annotations

import hashlib
import io
import posixpath
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

from crawler.common import archive_layout
from crawler.common.digests import digest
from crawler.common.files import open_regular, stored_at
from crawler.models import ArticleRecord, Derivative, Entry, Manifest, Original, Version

GapKind = Literal["missing", "altered", "manifest-invalid", "in-place"]

_SHOWN = 16
"""Digits of the digest in the name of a former article."""
_BEFORE = len(f"{archive_layout.EARLIER}/{archive_layout.ARTICLE}-")
_EPOCH = "1980-01-01T00:00:00Z"
"""The first date that a zip can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something of the archive that the export does not hold, and why."""

    kind: GapKind
    path: str
    """Relative to the archive, POSIX."""
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A file of a bundle."""

    path: str
    """Relative to the archive, POSIX."""
    file: Path
    digest: str | None = None
    """As the manifest has it; None for a former version of the article, which it does not name."""
    beginning: str = ""
    """How the digest begins: a former version of the article is called so."""
    content: bytes | None = None
    """Of the manifest, which was read already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A file whose bytes are those that the manifest names, open at its beginning."""

    file: BinaryIO
    size: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A bundle with its manifest."""

    folder: Path
    path: str
    """Relative to the archive, POSIX."""
    in_place: bool
    document: bytes
    """The manifest, byte for byte."""
    manifest: Manifest
    chosen: tuple[Entry, ...]
    """The entries that were asked for, in their order; the bundle has all of them."""

    def locate(self, path: str) -> str:
        """Return where a path of the manifest is, relative to the archive, POSIX."""
        return posixpath.normpath(posixpath.join(self.path, path))

    def leads_out(self) -> str | None:
        """Return a path of the manifest that leads out of the bundle, unless it is in place."""
        if self.in_place:
            return None
        inner = f"{self.path}/"
        return next(
            (p for p in named_files(self.manifest) if not self.locate(p).startswith(inner)), None
        )

    @property
    def date(self) -> str:
        """When the newest of its captures was made, or else the post."""
        dates = [version.capture.date for e in self.manifest.entries for version in versions(e)]
        return max(dates, default=self.manifest.post.date or _EPOCH)

    def pieces(self) -> Iterator[Piece]:
        """Yield the files of the bundle, the manifest first, each once."""
        content = self.document
        yield self._piece(archive_layout.MANIFEST, digest(content), content=content)
        for path, value in named_files(self.manifest).items():
            file = stored_at(self.folder, path)
            yield self._piece(posixpath.join(posixpath.dirname(path), file.name), value)
        for path in [] if self.in_place else former_articles(self.folder):
            yield self._piece(path, None, beginning=f"sha256:{path[_BEFORE:][:_SHOWN]}")

    def piece(self, file: Original | Derivative | ArticleRecord) -> Piece:
        """Return a file that the manifest names."""
        return self._piece(file.path, file.digest)

    def _piece(
        self, path: str, value: str | None, *, beginning: str = "", content: bytes | None = None
    ) -> Piece:
        return Piece(
            path=self.locate(path),
            file=self.folder / path,
            digest=value,
            beginning=value or beginning,
            content=content,
        )


def named_files(manifest: Manifest) -> dict[str, str]:
    """Return the paths that a manifest names, the article first, with their digests."""
    article = manifest.post.article
    named = {article.path: article.digest}
    for file in (file for entry in manifest.entries for file in files(entry)):
        named.setdefault(file.path, file.digest)
    return named


def former_articles(bundle: Path) -> list[str]:
    """Return the former versions of the article in *bundle*, called by how their digests begin."""
    found = (bundle / archive_layout.EARLIER).glob(
        f"{archive_layout.ARTICLE}-{'[0-9a-f]' * _SHOWN}.*"
    )
    return sorted(f"{archive_layout.EARLIER}/{path.name}" for path in found)


def versions(entry: Entry) -> Iterator[Version]:
    """Yield what is kept of an entry, the newest first."""
    if entry.capture is not None and entry.original is not None:
        yield Version(capture=entry.capture, original=entry.original, derivatives=entry.derivatives)
    yield from entry.earlier


def files(entry: Entry) -> Iterator[Original | Derivative]:
    """Yield the files of an entry."""
    for version in versions(entry):
        yield version.original
        yield from version.derivatives


@dataclass(slots=True)
class Account:
    """What an export has written so far, and what it could not; a thread may look at it."""

    posts: int = 0
    entries: int = 0
    """Rows, for the formats that have rows."""
    files: int = 0
    size: int = 0
    """Bytes of the files."""
    gaps: list[Gap] = field(default_factory=list)

    def note(self, kind: GapKind, path: str, detail: str) -> None:
        """Note what the export does not hold."""
        self.gaps.append(Gap(kind=kind, path=path, detail=detail))

    @contextmanager
    def proven(self, piece: Piece) -> Iterator[Proven | None]:
        """Give *piece* opened, or None where its bytes are not those that were archived.

        The file is read twice; the second time it comes from the memory of the system.
        """
        try:
            content = piece.content
            file = open_regular(piece.file) if content is None else io.BytesIO(content)
        except OSError as error:
            self.note("missing", piece.path, error.strerror or str(error))
            yield None
            return
        with file:
            yield self._prove(piece, file)

    def _prove(self, piece: Piece, file: BinaryIO) -> Proven | None:
        try:
            found = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"  # type: ignore[arg-type]  # typeshed wants more than is read
            size = file.seek(0, io.SEEK_END)
            file.seek(0)
        except OSError as error:
            self.note("missing", piece.path, error.strerror or str(error))
            return None
        if not found.startswith(piece.beginning):
            detail = f"its digest is {found[:23]}…, not {piece.beginning[:23]}…"
            self.note("altered", piece.path, detail)
            return None
        self.files += 1
        self.size += size
        return Proven(file=file, size=size, digest=found)


def inside(holdings: Iterable[Holding], account: Account) -> Iterator[Holding]:
    """Yield the bundles that stand in the archive, and note those that do not.

    A bundle in place is not whole without the article beside it, which is another's.
    """
    for holding in holdings:
        if holding.in_place:
            account.note("in-place", holding.path, f"stands beside {holding.manifest.post.source}")
            account.posts -= 1
        else:
            yield holding

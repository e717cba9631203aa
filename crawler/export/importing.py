"""Take the bundles of a bag, a zip or a tar into an archive: all that are there, or none.

Everything is laid out beside the archive's posts first, and checked there as `verify` checks an
archive. What is taken then is moved, a bundle at a time.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from crawler.common import archive_layout, limits
from crawler.common.digests import digest_of_file
from crawler.common.files import (
    TEMPORARY_SUFFIX,
    move,
    open_regular,
    read_regular,
    regular_status,
    storage_error,
)
from crawler.common.safe_paths import folded
from crawler.errors import ManifestError, UnfitFileError, UsageError
from crawler.export.bagit import check_bag
from crawler.export.bundle_contents import named_files, versions
from crawler.export.exported_bundles import Returned, returned
from crawler.export.unpacking import unpack
from crawler.models import Manifest
from crawler.store.archive import Archive, is_place_of
from crawler.store.manifest import copies_article, from_document
from crawler.verify import Finding, Stage, verify
from crawler.verify.manifest_checks import contradictions
from crawler.verify.rebuild_catalog import add_bundle

_STAGING = ".import-"
_LISTED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did."""

    taken: tuple[str, ...] = ()
    """Bundles that are new, relative to the archive."""
    present: tuple[str, ...] = ()
    """Bundles that the archive has already, with the same manifests."""
    completed: tuple[str, ...] = ()
    """Files of these that were missing there, relative to the archive."""
    findings: tuple[Finding, ...] = ()
    """What is wrong with the source; if there is anything, nothing was taken."""


@dataclass(slots=True)
class Progress:
    """How far an import is; a thread may look at it."""

    step: str = "opening"
    done: int = 0
    total: int = 0
    """0 where it is not known."""

    def begin(self, step: str, total: int = 0) -> None:
        """Begin the next step."""
        self.step, self.done, self.total = step, 0, total

    def watch(self, _stage: Stage, done: int, total: int) -> None:
        """Note how far the check is."""
        self.done, self.total = done, total


def import_bundles(root: Path, source: Path, progress: Progress) -> Imported:
    """Take the bundles of *source* into the archive at *root*, which is made where there is none.

    *source* is a folder (a bag, or what a zip or a tar unpacked to), a zip or a tar; it stays as it
    is. Raises UsageError where it is none of these, is made to do harm, or has a post that the
    archive has otherwise; ArchiveLockedError while a run holds the archive; StorageError where that
    cannot be written.
    """
    if not source.exists():
        raise UsageError(f"{source} does not exist")
    with closing(Archive(root)) as archive, _staging(archive.root) as stage:
        progress.begin("unpacking")
        found = returned(_unpacked(source, stage))
        findings = _check_bag(found, progress)
        if not findings:
            progress.begin("laying out")
            laid_out = _LaidOut(found, stage / "archive", keep=source.is_dir())
            laid_out.fill(progress)
            findings = laid_out.findings or _check(laid_out, progress)
        if findings:
            return Imported(findings=tuple(findings))
        progress.begin("taking", len(laid_out.posts))
        return _take(archive, laid_out, progress)


@contextmanager
def _staging(root: Path) -> Iterator[Path]:
    """Give a folder on the disk of the archive, which is gone afterwards, as are those of others.

    Whoever died over an import does not hold the archive any more.
    """
    for stale in root.glob(f"{_STAGING}*{TEMPORARY_SUFFIX}"):
        shutil.rmtree(stale, ignore_errors=True)
    try:
        folder = Path(tempfile.mkdtemp(prefix=_STAGING, suffix=TEMPORARY_SUFFIX, dir=root))
    except OSError as error:
        raise storage_error(root, error) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpacked(source: Path, stage: Path) -> Path:
    if source.is_dir():
        return source
    folder = stage / "unpacked"
    folder.mkdir()
    unpack(source, folder)
    return folder


def _check_bag(found: Returned, progress: Progress) -> list[Finding]:
    if found.bag is None:
        return []
    progress.begin("checking the bag")
    return [
        Finding(
            kind="missing" if gap.kind == "missing" else "altered", path=gap.path, detail=gap.detail
        )
        for gap in check_bag(found.bag)
    ]


class _LaidOut:
    """The bundles of a source, laid out as an archive has them, with what their manifests name."""

    def __init__(self, found: Returned, root: Path, *, keep: bool) -> None:
        self.root = root
        self.posts: dict[str, str] = {}
        """The ids of the posts, by the paths of their bundles."""
        self.findings: list[Finding] = []
        self._found = found
        self._keep = keep
        """Whether the files stay where they are, too."""

    def fill(self, progress: Progress) -> None:
        """Bring everything. Raises UsageError and StorageError."""
        self.root.mkdir()
        for path in self._found.paths():
            try:
                document = self._found.document(path)
                manifest = from_document(document)
            except ManifestError as error:
                self._blame(path, str(error))
                continue
            wrong = list(_wrong(path, manifest))
            for detail in wrong:
                self._blame(path, detail)
            if not wrong:
                self.posts[path] = manifest.post.id
                self._bring(path, manifest, document)
            progress.done += 1

    def _bring(self, path: str, manifest: Manifest, document: bytes) -> None:
        folder = self.root / path
        try:
            folder.mkdir(parents=True)
            (folder / archive_layout.MANIFEST).write_bytes(document)
            for name in (*named_files(manifest), *self._found.former_articles(path)):
                self._bring_file(self._found.file(path, name), folder / name)
        except OSError as error:
            raise storage_error(folder, error) from error

    def _bring_file(self, source: Path, target: Path) -> None:
        try:
            regular_status(source)
        except (UnfitFileError, FileNotFoundError, NotADirectoryError):
            return  # it is missing then, as the check finds
        target.parent.mkdir(exist_ok=True)
        if self._keep:
            with open_regular(source) as read, target.open("xb") as written:
                shutil.copyfileobj(read, written)
        else:
            source.rename(target)

    def _blame(self, path: str, detail: str) -> None:
        where = f"{path}/{archive_layout.MANIFEST}"
        self.findings.append(
            Finding(kind="manifest-invalid", path=where, detail=detail, bundle=path)
        )


def _wrong(path: str, manifest: Manifest) -> Iterator[str]:
    if not copies_article(manifest):
        yield "it is of a bundle in place, which is not whole without the article beside it"
        return
    yield from contradictions(manifest)
    if not is_place_of(manifest.post.id, path):
        yield f"it is of the post {manifest.post.id!r}, which is elsewhere"


def _check(laid_out: _LaidOut, progress: Progress) -> list[Finding]:
    if not laid_out.posts:
        return []
    progress.begin("checking")
    posts = str(laid_out.root / archive_layout.POSTS)
    return list(verify(laid_out.root, given=[posts], watch=progress.watch).findings)


def _take(archive: Archive, laid_out: _LaidOut, progress: Progress) -> Imported:
    present = [path for path in laid_out.posts if _is_present(archive, laid_out, path)]
    new = [path for path in laid_out.posts if path not in set(present)]
    conflicts = [why for path in new for why in _conflicts(archive, path, laid_out.posts[path])]
    if conflicts:
        more = [f"… and {len(conflicts) - _LISTED} more"] if len(conflicts) > _LISTED else []
        lines = "".join(f"\n  {line}" for line in (*conflicts[:_LISTED], *more))
        raise UsageError(f"nothing was imported; nothing is ever overwritten:{lines}")
    os.sync()
    for path in new:
        # Where this is killed, what the catalog lacks of a bundle is unfinished, and no damage.
        value = digest_of_file(laid_out.root / path / archive_layout.MANIFEST)
        archive.catalog.intend_digest(path, archive_layout.MANIFEST, value)
    archive.catalog.commit()
    archive.catalog.sync()
    for path in new:
        source = laid_out.root / path
        move(source, archive.root / path, beneath=archive.root, source_beneath=archive.root)
        _share(archive, path)
        add_bundle(archive, path)
        progress.done += 1
    completed: list[str] = []
    for path in present:
        added = _complete(archive, laid_out, path)
        completed += added
        if added or archive.catalog.post(laid_out.posts[path]) is None:
            # Whoever took it was killed before it was in the catalog, or it was damaged since.
            archive.bundle(path).sweep()
            _share(archive, path)
            add_bundle(archive, path)
    return Imported(taken=tuple(new), present=tuple(present), completed=tuple(completed))


def _complete(archive: Archive, laid_out: _LaidOut, path: str) -> list[str]:
    """Bring what is missing of a bundle with the same manifest; return its paths."""
    source, target = laid_out.root / path, archive.root / path
    missing = [
        file.relative_to(source)
        for file in sorted(source.rglob("*"))
        if file.is_file() and not os.path.lexists(target / file.relative_to(source))
    ]
    for name in missing:
        move(source / name, target / name, beneath=archive.root, source_beneath=archive.root)
    return [f"{path}/{name.as_posix()}" for name in missing]


def _share(archive: Archive, path: str) -> None:
    """Make originals that other bundles have one file with theirs."""
    bundle = archive.bundle(path)
    manifest = from_document(read_regular(bundle.manifest, limits.MANIFEST))
    for version in (version for entry in manifest.entries for version in versions(entry)):
        twin = archive.catalog.twin_of(version.original.digest)
        if twin is not None and twin.version is not None:
            bundle.share(version.original, archive.root / twin.bundle / twin.version.original.path)


def _is_present(archive: Archive, laid_out: _LaidOut, path: str) -> bool:
    theirs = laid_out.root / path / archive_layout.MANIFEST
    ours = archive.root / path / archive_layout.MANIFEST
    try:
        size = regular_status(theirs).st_size
        return read_regular(ours, size) == read_regular(theirs, size)
    except OSError:
        return False


def _conflicts(archive: Archive, path: str, post: str) -> Iterator[str]:
    target = archive.root / path
    row = archive.catalog.post(post)
    owner = archive.catalog.owner_of(folded(path))
    if row is not None and row.bundle not in {None, path}:
        yield f"the archive has the post {post} already, and otherwise, at {row.bundle}"
    elif owner not in {None, post}:
        yield f"{path}: some file systems take it for the bundle of {owner}"
    elif os.path.lexists(target / archive_layout.MANIFEST):
        yield f"the archive has the post {post} already, and otherwise, at {path}"
    elif _is_taken(target):
        yield f"{path}: the archive has something there already"
    elif any((folder / archive_layout.MANIFEST).exists() for folder in _above(archive, target)):
        yield f"{path}: lies inside of a bundle of the archive"


def _is_taken(target: Path) -> bool:
    """Return whether anything is at *target*; an empty folder is nothing."""
    if target.is_dir() and not target.is_symlink():
        return any(target.iterdir())
    return os.path.lexists(target)


def _above(archive: Archive, target: Path) -> Iterator[Path]:
    posts = archive.root / archive_layout.POSTS
    yield from (folder for folder in target.parents if folder.is_relative_to(posts))

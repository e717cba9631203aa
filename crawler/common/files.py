"""Files that are either whole under their name or not there; and reading those of strangers."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from crawler.common.folders import OpenFolder, open_folder, opened_folder
from crawler.common.safe_paths import storable
from crawler.errors import ImageArchiverError, PathError, StorageError, UnfitFileError

TEMPORARY_SUFFIX = ".image-archiver-part"
"""What a file is called while it is being written; a stale one is rubbish of a killed run."""


_OF_THE_DISK = frozenset(
    {
        errno.EACCES,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOSPC,
        errno.EPERM,
        errno.EROFS,
    }
)


_FOR_READING = os.O_RDONLY | sum(
    getattr(os, flag, 0)
    for flag in ("O_BINARY", "O_CLOEXEC", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK")
)
_MET_A_LINK = frozenset({errno.ELOOP, errno.EMLINK, getattr(errno, "EFTYPE", errno.ELOOP)})
"""What systems answer to O_NOFOLLOW."""
_MET_A_SOCKET = frozenset({errno.ENXIO, errno.EOPNOTSUPP})


_unfinished: ContextVar[list[_Unfinished] | None] = ContextVar("unfinished", default=None)
"""What is being written together."""


def write_atomically(
    path: Path, payload: bytes, *, beneath: Path | None, durable: bool = True
) -> None:
    """Write *payload* durably to *path*, making its folders.

    Nobody ever sees half a file under the name. Below *beneath* no link is followed, as `folders`
    says; None is for a path that a person named. Raises StorageError or PathError.
    """
    unfinished = _unfinished.get()
    if durable and unfinished is not None:
        unfinished.append(_written(path, payload, beneath))
        return
    with whole_file(path, beneath=beneath, durable=durable) as file:
        file.write(payload)


@contextlib.contextmanager
def written_together() -> Iterator[None]:
    """Have all that `write_atomically` writes inside flushed and named together, at the end.

    The disk has begun with the first file by the time the last is written, and what it notes of
    one it mostly notes of all. When something goes wrong, what has no name yet goes. Raises
    StorageError or PathError.
    """
    files: list[_Unfinished] = []
    token = _unfinished.set(files)
    try:
        yield
        for file in files:
            file.flush()
        for file in files:
            file.name()
    finally:
        _unfinished.reset(token)
        for file in files:
            file.discard()


@contextlib.contextmanager
def whole_file(path: Path, *, beneath: Path | None, durable: bool = True) -> Iterator[BinaryIO]:
    """Give a file to write to that is durably at *path* when all went well, and gone otherwise.

    It is written under a temporary name in the same folder, which is made, flushed to the disk
    unless it need not outlive a power failure, and renamed. *beneath* is as for `write_atomically`.
    Raises StorageError or PathError.
    """
    begun = _begun(path, beneath)
    try:
        with _about(path):
            yield begun.file
            begun.file.flush()
        if durable:
            begun.flush()
        begun.name()
    finally:
        begun.discard()


@contextlib.contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give a folder to fill that is durably at *path* when all went well, and gone otherwise.

    Nothing may be at *path* but an empty folder. Raises StorageError or PathError.
    """
    temporary = path.parent / _temporary_name()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.mkdir()
            yield temporary
            os.sync()  # one for all its files, where each would wait for its own
            temporary.replace(path)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
    except OSError as error:
        raise storage_error(path, error) from error


def append(path: Path, payload: bytes, *, beneath: Path) -> None:
    """Add *payload* to the end of the file at *path*, making it and its folders.

    *beneath* is as for `write_atomically`. Raises StorageError or PathError.
    """
    with (
        _about(path),
        opened_folder(path.parent, beneath=beneath, make=True) as folder,
        folder.extend(path.name) as file,
    ):
        file.write(payload)


def touch(path: Path, *, beneath: Path) -> None:
    """Have an empty file at *path*, unless something is there; its folders are made.

    *beneath* is as for `write_atomically`. Raises StorageError or PathError.
    """
    with (
        _about(path),
        contextlib.suppress(FileExistsError),
        opened_folder(path.parent, beneath=beneath, make=True) as folder,
    ):
        folder.create(path.name).close()


def link_or_copy(source: Path, target: Path, *, beneath: Path) -> None:
    """Make *target* the same file as the regular file *source*, by a hard link where that can be.

    *beneath* is as for `write_atomically`. Raises StorageError, PathError, or FileNotFoundError
    when *source* is gone.
    """
    temporary = _temporary_name()
    with _about(target):
        folder = open_folder(target.parent, beneath=beneath, make=True)
    try:
        regular_status(source)
        folder.link(source, temporary)
        folder.rename(temporary, target.name)
    except FileNotFoundError:
        raise
    except OSError:
        write_atomically(target, _read(source), beneath=beneath)
    finally:
        # Renaming one name of a file onto another of the same file leaves both (POSIX rename).
        with contextlib.suppress(OSError):
            folder.remove(temporary)
        folder.close()


def move(source: Path, target: Path, *, beneath: Path, source_beneath: Path | None) -> None:
    """Give a file or a folder another place on the same disk, whose folders are made.

    *beneath* is as for `write_atomically`, and *source_beneath* so for the source. Raises
    StorageError or PathError.
    """
    with (
        _about(target),
        opened_folder(source.parent, beneath=source_beneath) as former,
        opened_folder(target.parent, beneath=beneath, make=True) as folder,
    ):
        folder.take(former, source.name, target.name)


def remove(path: Path, *, beneath: Path) -> None:
    """Remove a file if it is there; *beneath* is as for `write_atomically`.

    Raises StorageError or PathError.
    """
    with (
        _about(path),
        contextlib.suppress(FileNotFoundError),
        opened_folder(path.parent, beneath=beneath) as folder,
    ):
        folder.remove(path.name)


def replace_durably(path: Path, payload: bytes) -> None:
    """Write *payload* in the place of an author's file, whose rights and links stay.

    It is the old or the new one, whole, whenever the power fails. Raises StorageError or PathError.
    """
    path = path.resolve()
    with whole_file(path, beneath=None) as file:
        file.write(payload)
        _keep_rights(path, file.fileno())
    sync_folder(path.parent)


def remove_durably(path: Path, *, beneath: Path) -> None:
    """Remove a file of ours, as `remove` does, and let that outlive a power failure."""
    remove(path, beneath=beneath)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in *folder* outlive a power failure, where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def open_regular(path: Path) -> BufferedReader:
    """Return the regular file at *path*, open for reading.

    For whatever may be a stranger's: a link is not followed, and nothing else that may have the
    name is waited for, a FIFO or a device. Raises UnfitFileError, or OSError as opening does.
    """
    if not hasattr(os, "O_NOFOLLOW") and path.is_symlink():
        raise _unfit(path, "is a link")
    try:
        descriptor = os.open(path, _FOR_READING)
    except OSError as error:
        if error.errno in _MET_A_LINK and path.is_symlink():
            raise _unfit(path, "is a link") from error
        if error.errno in _MET_A_SOCKET:
            raise _unfit(path, "is no regular file") from error
        raise
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return open(descriptor, "rb")  # noqa: PTH123 - it is open already
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise _unfit(path, "is no regular file")


def regular_status(path: Path) -> os.stat_result:
    """Return what the system knows of the regular file at *path*, unopened.

    Raises UnfitFileError where it is anything else, a link too, or OSError.
    """
    status = path.lstat()
    if stat.S_ISREG(status.st_mode):
        return status
    raise _unfit(path, "is a link" if stat.S_ISLNK(status.st_mode) else "is no regular file")


def followed(path: Path) -> Path:
    """Return what *path* leads to, for a file that a person named, or that lies among their own."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def stored_at(folder: Path, path: str) -> Path:
    """Return the file that a record says is at *path* of *folder*.

    In a record, what is no UTF-8 in the name of an author's file is percent-encoded (`storable`).
    """
    plain = folder / path
    if "%" not in plain.name or os.path.lexists(plain):
        return plain
    alike = [name for name in names_in(plain.parent) if storable(name) == plain.name]
    return plain.with_name(alike[0]) if alike else plain


def read_regular(path: Path, limit: int) -> bytes:
    """Return what the regular file at *path* holds, *limit* bytes at most.

    The limits of each kind of file stand in `limits`. Raises UnfitFileError, also where it holds
    more, or OSError.
    """
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        payload = file.read(min(size, limit) + 1)
        if size < len(payload) <= limit:
            payload += file.read(limit + 1 - len(payload))  # it grows
    if len(payload) > limit:
        raise _unfit(path, f"is larger than {limit} bytes")
    return payload


def sweep(folder: Path, *, beneath: Path | None) -> None:
    """Remove the files that a killed run left half-written directly in *folder*.

    *beneath* is as for `write_atomically`.
    """
    with contextlib.suppress(OSError), opened_folder(folder, beneath=beneath) as opened:
        for name in opened.names():
            if name.startswith(".") and name.endswith(TEMPORARY_SUFFIX):
                with contextlib.suppress(OSError):
                    opened.remove(name)


def names_in(folder: Path) -> list[str]:
    """Return the names of what is in *folder*; there are none where there is no such folder."""
    try:
        return os.listdir(folder)  # noqa: PTH208 - paths are not asked for
    except (FileNotFoundError, NotADirectoryError):
        return []


def storage_error(path: Path, error: OSError) -> ImageArchiverError:
    """Return *error* about *path* as one that a person can act on.

    StorageError where the disk refuses, and so will refuse the next file too; PathError where this
    path cannot be written: a file where a folder should be, a name that is too long.
    """
    kind = StorageError if error.errno in _OF_THE_DISK else PathError
    return kind(f"cannot write {path}: {error.strerror or error}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unfinished:
    """A file whose bytes are on their way to the disk, under a temporary name."""

    file: BinaryIO
    folder: OpenFolder
    temporary: str
    path: Path

    def flush(self) -> None:
        """Return when the disk has the bytes. Raises StorageError or PathError."""
        with _about(self.path):
            datasync(self.file.fileno())

    def name(self) -> None:
        """Give it the name that it is to have. Raises StorageError or PathError."""
        with _about(self.path):
            self.file.close()
            self.folder.rename(self.temporary, self.path.name)

    def discard(self) -> None:
        """Let go of it, and remove it unless it has its name."""
        with contextlib.suppress(OSError):
            self.folder.remove(self.temporary)
        with contextlib.suppress(OSError):
            self.file.close()
        self.folder.close()


def _begun(path: Path, beneath: Path | None) -> _Unfinished:
    """Return a new file for *path*, its folder made. Raises StorageError or PathError."""
    temporary = _temporary_name()
    with _about(path):
        folder = open_folder(path.parent, beneath=beneath, make=True)
        try:
            file = folder.create(temporary)
        except BaseException:
            folder.close()
            raise
    return _Unfinished(file=file, folder=folder, temporary=temporary, path=path)


def _written(path: Path, payload: bytes, beneath: Path | None) -> _Unfinished:
    """Return the file with its bytes, of which the disk begins to write. Raises as `_begun`."""
    begun = _begun(path, beneath)
    try:
        with _about(path):
            begun.file.write(payload)
            begun.file.flush()
    except BaseException:
        begun.discard()
        raise
    if hasattr(os, "posix_fadvise"):
        # Whoever needs them no longer in memory has them written now; nobody waits for it here.
        with contextlib.suppress(OSError):
            os.posix_fadvise(begun.file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return begun


def _unfit(path: Path, why: str) -> UnfitFileError:
    return UnfitFileError(errno.EINVAL, why, str(path))


@contextlib.contextmanager
def _about(path: Path) -> Iterator[None]:
    """Say of which file an OSError is."""
    try:
        yield
    except OSError as error:
        raise storage_error(path, error) from error


def _temporary_name() -> str:
    return f".{secrets.token_hex(8)}{TEMPORARY_SUFFIX}"


def _keep_rights(path: Path, descriptor: int) -> None:
    """Give a new file mode and owner of the one at *path*, as far as may be."""
    status = path.stat()
    if hasattr(os, "fchown"):
        with contextlib.suppress(OSError):
            os.fchown(descriptor, status.st_uid, status.st_gid)
        os.fchmod(descriptor, stat.S_IMODE(status.st_mode))


def _read(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            return file.read()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}") from error


def datasync(descriptor: int) -> None:
    """Return when the disk has the bytes of an open file. Raises OSError."""
    getattr(os, "fdatasync", os.fsync)(descriptor)

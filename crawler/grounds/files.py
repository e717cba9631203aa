"""Files that are either whole under their name or not there."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from crawler.errors import StorageError

TEMPORARY_SUFFIX = ".image-archiver-part"
"""What a file is called while it is being written; a stale one is rubbish of a killed run."""


def write_atomically(path: Path, payload: bytes) -> None:
    """Write *payload* durably to *path*, making its folders.

    Nobody ever sees half a file under the name: it is written under a temporary one in the same
    folder, flushed to the disk, and renamed. Raises StorageError.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}{TEMPORARY_SUFFIX}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as file:
                file.write(payload)
                file.flush()
                _datasync(file.fileno())
            temporary.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        raise storage_error(path, error) from error


def link_or_copy(source: Path, target: Path) -> None:
    """Make *target* the same file as *source*, by a hard link where the file system can.

    Raises StorageError, or FileNotFoundError when *source* is gone.
    """
    temporary = target.with_name(f".{secrets.token_hex(8)}{TEMPORARY_SUFFIX}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(source, temporary)
        temporary.replace(target)
        # Renaming one name of a file onto another of the same file leaves both (POSIX rename).
        temporary.unlink(missing_ok=True)
    except FileNotFoundError:
        raise
    except OSError:
        write_atomically(target, source.read_bytes())


def sweep(folder: Path) -> None:
    """Remove what a killed run left half-written directly in *folder*."""
    with contextlib.suppress(OSError):
        for path in folder.glob(f".*{TEMPORARY_SUFFIX}"):
            path.unlink(missing_ok=True)


def storage_error(path: Path, error: OSError) -> StorageError:
    """Return *error* about *path* as one that a person can act on."""
    return StorageError(f"cannot write {path}: {error.strerror or error}")


def _datasync(descriptor: int) -> None:
    getattr(os, "fdatasync", os.fsync)(descriptor)

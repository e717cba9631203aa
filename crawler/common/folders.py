"""Folders that are opened, so that no link leads out of the one below which a file belongs.

An archive may be a stranger's, or may have been changed by one: a link in the place of one of its
folders would have us write wherever it leads. So the way to a file is gone from one open folder to
the next, and none of them may be a link. Only the folder at the beginning, which a person named, is
reached as the system does. A name in an open folder stays in it, whatever becomes of its path.

Where the system cannot look up a name in an open folder, as Windows cannot, each step is looked at
before it is taken.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

CAN_LOOK_UP: Final = {os.open, os.mkdir, os.rename, os.unlink, os.link} <= os.supports_dir_fd
"""Whether the system looks up a name in an open folder."""
_FLAGS: Final = sum(
    getattr(os, flag, 0) for flag in ("O_BINARY", "O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK")
)
_FOLDER: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS
_END: Final = os.O_WRONLY | os.O_CREAT | os.O_APPEND | _FLAGS
_MODE: Final = 0o666
"""The umask takes away from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFolder:
    """An open folder; *name* is that of a file in it. All of it raises OSError."""

    path: Path
    descriptor: int | None
    """None where the system cannot look up a name in an open folder."""

    def create(self, name: str) -> BinaryIO:
        """Return a new file, open for writing."""
        return os.fdopen(os.open(self._at(name), _NEW, _MODE, dir_fd=self.descriptor), "wb")

    def extend(self, name: str) -> BinaryIO:
        """Return a file, made where there is none, open at its end; what is written is written."""
        descriptor = os.open(self._at(name), _END, _MODE, dir_fd=self.descriptor)
        return os.fdopen(descriptor, "ab", buffering=0)

    def rename(self, name: str, new: str) -> None:
        """Give a file another name, in the place of whatever file has it."""
        at = self.descriptor
        os.replace(self._at(name), self._at(new), src_dir_fd=at, dst_dir_fd=at)

    def take(self, folder: OpenFolder, name: str, new: str) -> None:
        """Move *name* of another *folder*, a file or a folder, in here as *new*."""
        os.replace(
            folder._at(name),
            self._at(new),
            src_dir_fd=folder.descriptor,
            dst_dir_fd=self.descriptor,
        )

    def link(self, source: Path, name: str) -> None:
        """Make *name* the same file as *source*; a link is not followed."""
        if self.descriptor is None:
            os.link(source, self._at(name))
        else:
            os.link(source, name, dst_dir_fd=self.descriptor, follow_symlinks=False)

    def remove(self, name: str) -> None:
        """Remove a file."""
        os.unlink(self._at(name), dir_fd=self.descriptor)

    def is_regular(self, name: str) -> bool:
        """Return whether *name* is a regular file; False for a link to one."""
        status = os.stat(self._at(name), dir_fd=self.descriptor, follow_symlinks=False)
        return stat.S_ISREG(status.st_mode)

    def names(self) -> list[str]:
        """Return the names of what is in it."""
        return os.listdir(self.path if self.descriptor is None else self.descriptor)  # noqa: PTH208 - it is open

    def sync(self) -> None:
        """Make the names in it outlive a power failure, where the system can."""
        if self.descriptor is not None:
            with contextlib.suppress(OSError):
                os.fsync(self.descriptor)

    def close(self) -> None:
        """Let go of it; once more does nothing."""
        if self.descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(self.descriptor)

    def _at(self, name: str) -> str | Path:
        return name if self.descriptor is not None else self.path / name


def open_folder(path: Path, *, beneath: Path | None, make: bool = False) -> OpenFolder:
    """Return the folder at *path*, open; the caller closes it.

    Below *beneath* no link is followed on the way; with None a person named the path, and links
    are theirs. With *make* the folders that are missing are made. Raises OSError.
    """
    base = path if beneath is None else beneath
    if not path.is_relative_to(base) or os.pardir in path.relative_to(base).parts:
        raise OSError(errno.EINVAL, f"{path} leads out of {base}")
    steps = path.relative_to(base).parts
    return _opened(base, steps, make) if CAN_LOOK_UP else _looked_at(base, steps, make)


@contextlib.contextmanager
def opened_folder(path: Path, *, beneath: Path | None, make: bool = False) -> Iterator[OpenFolder]:
    """Give what `open_folder` returns, and close it."""
    opened = open_folder(path, beneath=beneath, make=make)
    try:
        yield opened
    finally:
        opened.close()


def _opened(base: Path, steps: tuple[str, ...], make: bool) -> OpenFolder:
    if make and not base.is_dir():
        base.mkdir(parents=True, exist_ok=True)
    path, descriptor = base, os.open(base, _FOLDER)
    for step in steps:
        path /= step
        outer = descriptor
        try:
            descriptor = _step(path, outer, make)
        finally:
            os.close(outer)
    return OpenFolder(path=path, descriptor=descriptor)


def _step(path: Path, outer: int, make: bool) -> int:
    """Return the folder *path* in the folder *outer*, open."""
    try:
        return os.open(path.name, _FOLDER | os.O_NOFOLLOW, dir_fd=outer)
    except FileNotFoundError:
        if not make:
            raise
    except OSError as error:
        # Systems disagree on how they call a link that they are not to follow.
        raise (_met_a_link(path) if path.is_symlink() else error) from None
    with contextlib.suppress(FileExistsError):
        os.mkdir(path.name, dir_fd=outer)
    return _step(path, outer, make=False)


def _looked_at(base: Path, steps: tuple[str, ...], make: bool) -> OpenFolder:
    path = base
    for step in ("", *steps):
        path /= step
        if step and path.is_symlink():
            raise _met_a_link(path)
        if make:
            path.mkdir(parents=not step, exist_ok=True)
    path.stat()
    return OpenFolder(path=path, descriptor=None)


def _met_a_link(path: Path) -> OSError:
    return OSError(errno.ELOOP, f"{path} is a link, which may lead anywhere; move it away")

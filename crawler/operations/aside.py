"""What a repair puts out of the way: nothing is deleted, all of it is listed."""

from __future__ import annotations

import os
import stat
from datetime import datetime
from pathlib import Path, PurePosixPath

from crawler.grounds import layout
from crawler.grounds.files import link_or_copy, storage_error, sweep


class Aside:
    """The folder of one repair, made when the first file comes into it."""

    def __init__(self, root: Path, began: datetime) -> None:
        for folder in (root / layout.SET_ASIDE).glob("**/"):
            sweep(folder)  # what a repair that was killed left half-written
        self._root = root
        self._name = f"{layout.SET_ASIDE}/{began.strftime('%Y-%m-%dT%H%M%SZ')}"
        self.kept: list[str] = []
        """What is in it, relative to the archive."""

    def keep(self, path: Path, name: str) -> str:
        """Keep the file at *path*, called *name* in the archive; it also stays where it is.

        What is no regular file does not. Return where it is kept. Raises StorageError or PathError.
        """
        parts = [part for part in PurePosixPath(name).parts if part != ".."]
        kept = self._free("/".join((self._name, *parts)))
        target = self._root / kept
        try:
            if stat.S_ISREG(path.lstat().st_mode):
                link_or_copy(path, target)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                path.rename(target)
        except OSError as error:
            raise storage_error(path, error) from error
        self.kept.append(kept)
        return kept

    def move(self, path: Path, name: str) -> str:
        """Keep the file at *path* here and no longer there. Raises as `keep`."""
        kept = self.keep(path, name)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise storage_error(path, error) from error
        return kept

    def _free(self, name: str) -> str:
        """Return *name*, or one like it where two repairs begin within a second."""
        found, number = name, 1
        while os.path.lexists(self._root / found):
            number += 1
            found = f"{name}.{number}"
        return found

"""What a repair puts out of the way: nothing is deleted, all of it is listed."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path, PurePosixPath

from crawler.common import archive_layout
from crawler.common.files import link_or_copy, move, remove, storage_error, sweep
from crawler.common.folders import opened_folder


class Aside:
    """The folder of one repair, made when the first file comes into it."""

    def __init__(self, root: Path, began: datetime) -> None:
        for folder in (root / archive_layout.SET_ASIDE).glob("**/"):
            sweep(folder, beneath=root)  # what a repair that was killed left half-written
        self._root = root
        self._name = f"{archive_layout.SET_ASIDE}/{began.strftime('%Y-%m-%dT%H%M%SZ')}"
        self.kept: list[str] = []
        """What is in it, relative to the archive."""

    def keep(self, path: Path, name: str, *, beneath: Path) -> str:
        """Keep the file at *path*, called *name* in the archive; it also stays where it is.

        What is no regular file does not. From *beneath* no link may lead there: what is elsewhere
        is not ours. Return where it is kept. Raises StorageError or PathError.
        """
        parts = [part for part in PurePosixPath(name).parts if part != ".."]
        kept = self._free("/".join((self._name, *parts)))
        target = self._root / kept
        try:
            with opened_folder(path.parent, beneath=beneath) as folder:
                is_regular = folder.is_regular(path.name)
            if is_regular:
                link_or_copy(path, target, beneath=self._root)
            else:
                move(path, target, beneath=self._root, source_beneath=beneath)
        except OSError as error:
            raise storage_error(path, error) from error
        self.kept.append(kept)
        return kept

    def move(self, path: Path, name: str, *, beneath: Path) -> str:
        """Keep the file at *path* here and no longer there; as `keep`."""
        kept = self.keep(path, name, beneath=beneath)
        remove(path, beneath=beneath)
        return kept

    def _free(self, name: str) -> str:
        """Return *name*, or one like it where two repairs begin within a second."""
        found, number = name, 1
        while os.path.lexists(self._root / found):
            number += 1
            found = f"{name}.{number}"
        return found

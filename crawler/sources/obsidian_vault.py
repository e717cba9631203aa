"""Images by their bare names, wherever they lie below a source folder, as Obsidian finds them.

Source: https://help.obsidian.md/embeds. A folder is walked once, when the first name is looked for.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from threading import Lock

from crawler.common import archive_layout
from crawler.common.safe_paths import folded
from crawler.sources.discovery import SUFFIXES, is_passed_over

logger = logging.getLogger(__name__)

_MOST = 200_000
"""Files that are remembered: some 40 MB."""


class Vault:
    """What lies below the source folders of a run; threads may share it."""

    def __init__(self) -> None:
        self._known: dict[Path, dict[str, Path]] = {}
        self._lock = Lock()

    def find(self, root: Path, name: str) -> Path | None:
        """Return the file below *root* that is called *name*, whatever the case, or None.

        Of several, that with the shortest path. What discovery passes over is not looked into.
        """
        with self._lock:
            if root not in self._known:
                self._known[root] = _walked(root)
            return self._known[root].get(folded(name))


def _walked(root: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for where, folders, names in os.walk(root):
        if archive_layout.CATALOG in names:
            folders.clear()
            continue
        folder = Path(where)
        ours = (
            archive_layout.names_of_ours(folder)
            if archive_layout.MANIFEST in names
            else frozenset[str]()
        )
        folders[:] = sorted(f for f in folders if not is_passed_over(f) and f not in ours)
        for name in sorted(names):
            path, key = folder / name, folded(name)
            if path.suffix.lower() not in SUFFIXES and _is_better(path, found.get(key)):
                found[key] = path
        if len(found) > _MOST:
            logger.warning("%s: more than %d files, others are found by path", root, _MOST)
            break
    return found


def _is_better(path: Path, known: Path | None) -> bool:
    return known is None or (len(path.parts), str(path)) < (len(known.parts), str(known))

"""Where the bundles of an archive stand, found by looking: the catalog may be gone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from crawler.common import archive_layout
from crawler.common.files import TEMPORARY_SUFFIX


def find_bundles(root: Path) -> Iterator[str]:
    """Yield the bundles in the archive at *root*, relative to it, POSIX, in the order of names.

    A bundle is a folder with a manifest; none lies inside another. Links to folders are not
    followed. Raises OSError where a folder cannot be read.
    """
    if (root / archive_layout.POSTS).is_dir():
        yield from _below(root / archive_layout.POSTS, archive_layout.POSTS)


def _below(folder: Path, relative: str) -> Iterator[str]:
    with os.scandir(folder) as found:
        names = {entry.name: entry.is_dir(follow_symlinks=False) for entry in found}
    if archive_layout.MANIFEST in names:
        yield relative
        return
    for name in sorted(name for name, is_folder in names.items() if is_folder):
        if not name.endswith(TEMPORARY_SUFFIX):
            yield from _below(folder / name, f"{relative}/{name}")

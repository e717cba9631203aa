"""Write a page, a style sheet, a script: atomically, and only where it is another than before."""

from __future__ import annotations

from pathlib import Path

from crawler.common.files import read_regular, regular_status, storage_error, write_atomically
from crawler.errors import UnfitFileError


def write_if_changed(path: Path, payload: bytes, *, beneath: Path) -> bool:
    """Write *payload* to *path* unless it stands there; return whether it was written.

    Raises StorageError or PathError.
    """
    try:
        size = len(payload)
        if regular_status(path).st_size == size and read_regular(path, size) == payload:
            return False
    except (FileNotFoundError, UnfitFileError):
        pass  # whatever is no file there makes room
    except OSError as error:
        raise storage_error(path, error) from error
    # It can be made again: a page that a power failure emptied is known by its size.
    write_atomically(path, payload, beneath=beneath, durable=False)
    return True

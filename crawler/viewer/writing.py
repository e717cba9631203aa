"""Write a page, a style sheet, a script: atomically, and only where it is another than before."""

from __future__ import annotations

from pathlib import Path

from crawler.grounds.files import storage_error, write_atomically


def write_if_changed(path: Path, payload: bytes) -> bool:
    """Write *payload* to *path* unless it stands there; return whether it was written.

    Raises StorageError or PathError.
    """
    try:
        if path.stat().st_size == len(payload) and path.read_bytes() == payload:
            return False
    except FileNotFoundError:
        pass
    except OSError as error:
        raise storage_error(path, error) from error
    # It can be made again: a page that a power failure emptied is known by its size.
    write_atomically(path, payload, durable=False)
    return True

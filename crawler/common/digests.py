"""Digests, written ``sha256:<hex>``."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path

from crawler.common.files import open_regular
from crawler.errors import ManifestError


def digest(payload: bytes) -> str:
    """Return the digest of *payload*.

    >>> digest(b"")[:20]
    'sha256:e3b0c44298fc1'
    """
    return f"sha256:{hashlib.sha256(payload).hexdigest()}"


def digest_of_file(path: Path) -> str:
    """Return the digest of the regular file at *path*, read in pieces.

    Raises UnfitFileError or OSError.
    """
    with open_regular(path) as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def short(value: str, length: int = 8) -> str:
    """Return the first *length* hexadecimal digits of a digest.

    >>> short("sha256:0123456789abcdef")
    '01234567'
    """
    return value.removeprefix("sha256:")[:length]


def checked_digest(path: Path, payload: bytes, known: Collection[str]) -> str:
    """Return the digest of *payload*, which was read at *path*.

    Raises ManifestError unless it is one of the digests that are *known*, if any is.
    """
    value = digest(payload)
    if known and value not in known:
        raise ManifestError(
            f"{path}: it is not what was written there, its digest is {value};"
            " image-archiver verify --repair mends it, or says what to do"
        )
    return value

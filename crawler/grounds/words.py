"""Numbers as people read them."""

from __future__ import annotations

_STEP = 1000.0


def counted(count: int, noun: str) -> str:
    """Return a count with its noun in the right number.

    >>> counted(1, "post"), counted(12, "image")
    ('1 post', '12 images')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def in_bytes(count: int) -> str:
    """Return a size with an SI prefix.

    >>> in_bytes(999), in_bytes(61_100), in_bytes(2_500_000_000_000)
    ('999 bytes', '61.1 kB', '2.5 TB')
    """
    if count < _STEP:
        return counted(count, "byte")
    size, prefixes = count / _STEP, iter("kMGTPE")
    prefix = next(prefixes)
    while size >= _STEP:
        size, prefix = size / _STEP, next(prefixes)
    return f"{size:.1f} {prefix}B"

"""Numbers as people read them."""

from __future__ import annotations

_STEP = 1000.0


def counted(count: int, noun: str) -> str:
    """Return a count with its noun in the right number.

    >>> counted(1, "post"), counted(1234, "image")
    ('1 post', '1,234 images')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


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


def in_time(seconds: float) -> str:
    """Return a length of time as people say it.

    >>> in_time(9.6), in_time(132), in_time(11_100)
    ('10 s', '2 min 12 s', '3 h 5 min')
    """
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def roughly(seconds: float) -> str:
    """Return a length of time that nobody knows well.

    >>> roughly(42), roughly(100), roughly(11_100)
    ('about 42 s', 'about 2 min', 'about 3 h')
    """
    for unit, length in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 1.5 * length:
            return f"about {seconds / length:.0f} {unit}"
    return f"about {seconds:.0f} s"

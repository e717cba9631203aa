"""Whether the bytes are still those that were archived; threads read and hash them.

What the bytes are is told by the first of them on the way, since a manifest may lie about that.

hashlib lets other threads run while it works, so that a thread a core is as fast as the disk.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from crawler.common.files import open_regular
from crawler.imaging import Sniffed, sniff_head
from crawler.verify.bundle_locations import Place
from crawler.verify.expected_files import Named

_FILES = 64
_BYTES = 8 << 20
"""What a thread is given at once, whichever is reached first."""
_AT_ONCE = 1 << 18
"""Bytes of a file that are read at once: no less than what tells the kind of an image."""
_WAITING = 3
"""Portions a thread that may wait, done or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A file to hash."""

    place: Place
    named: Named

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.place.folder / self.named.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashed:
    """What came of it."""

    job: Job
    digest: str | None
    """None where the file could not be read."""
    sniffed: Sniffed | None = None
    """What the bytes are; None as above."""
    error: str = ""
    size: int = 0
    """Bytes that were read; none where another name of the file was."""


_Links = dict[tuple[int, int], tuple[str, Sniffed]]
"""Digests and kinds of files with several names, each of which is read once."""


def hash_all(jobs: Iterable[Job]) -> Iterator[Hashed]:
    """Yield what came of each of *jobs*, in their order; a bounded number waits."""
    threads = os.cpu_count() or 1
    links: _Links = {}
    waiting: deque[Future[list[Hashed]]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="hash") as executor:
        try:
            for portion in _portions(jobs):
                waiting.append(executor.submit(_hash_portion, portion, links))
                if len(waiting) > threads * _WAITING:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _portions(jobs: Iterable[Job]) -> Iterator[list[Job]]:
    portion: list[Job] = []
    size = 0
    for job in jobs:
        portion.append(job)
        size += job.named.size
        if len(portion) == _FILES or size >= _BYTES:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def _hash_portion(portion: list[Job], links: _Links) -> list[Hashed]:
    return [_hash(job, links) for job in portion]


def _hash(job: Job, links: _Links) -> Hashed:
    try:
        with open_regular(job.path) as file:
            status = os.fstat(file.fileno())
            key = status.st_dev, status.st_ino
            known = links.get(key)
            if known is not None:
                return Hashed(job=job, digest=known[0], sniffed=known[1])
            head = file.read(min(status.st_size, _AT_ONCE) + 1)
            is_whole = len(head) <= _AT_ONCE
            sniffed = sniff_head(head, is_whole=is_whole)
            hashing = hashlib.sha256(head)
            if not is_whole:
                hashlib.file_digest(file, lambda: hashing)
    except OSError as error:
        return Hashed(job=job, digest=None, error=error.strerror or str(error))
    value = f"sha256:{hashing.hexdigest()}"
    if status.st_nlink > 1:
        links[key] = value, sniffed
    return Hashed(job=job, digest=value, sniffed=sniffed, size=status.st_size)

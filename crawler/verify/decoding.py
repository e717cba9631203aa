"""Whether originals can be decoded to their end, in the worker processes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from crawler.common.files import read_regular
from crawler.common.media_types import WITHOUT_DECODER
from crawler.errors import ArchiveError
from crawler.imaging import Limits, NoWriter, WorkerPool
from crawler.verify.fixity import Job

LIMITS = Limits(max_pixels=1 << 30)
"""What a run let in with a --max-pixels of its own is to be decoded too; memory is the limit."""
_AHEAD = 2
"""Images that wait for the processes, a process."""

OnDecoded = Callable[[Job, str | None], None]
"""Is told of each image, and why it cannot be decoded, if so."""


def can_decode(job: Job) -> bool:
    """Return whether this is an original of a kind that is decoded here."""
    original = job.named.original
    return original is not None and original.media_type not in WITHOUT_DECODER


def decode_all(jobs: Iterable[Job], on_decoded: OnDecoded) -> None:
    """Decode the originals of *jobs*; a bounded number is in memory at once.

    Raises NoDecoderError.
    """
    asyncio.run(_decode_all(jobs, on_decoded))


async def _decode_all(jobs: Iterable[Job], on_decoded: OnDecoded) -> None:
    pool = WorkerPool(limits=LIMITS)
    places = asyncio.Semaphore(pool.size * _AHEAD)

    async def decode(job: Job) -> None:
        try:
            on_decoded(job, await _reason(pool, job))
        finally:
            places.release()

    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                await places.acquire()
                group.create_task(decode(job))
    except ExceptionGroup as errors:
        # The others are not looked at: what kept one from being decoded keeps all.
        raise errors.exceptions[0] from None
    finally:
        await pool.close()


async def _reason(pool: WorkerPool, job: Job) -> str | None:
    try:
        payload = await asyncio.to_thread(read_regular, job.path, job.named.size)
        writer = NoWriter(path=job.named.path)
        await pool.render(payload, subject=job.named.path, profiles=(), writer=writer)
    except ArchiveError as error:
        return error.fault.detail
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return None

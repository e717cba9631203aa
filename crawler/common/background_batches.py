"""Take values from an iterator in a thread, some at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import TypeVar

_T = TypeVar("_T")


async def batches(values: Iterator[_T], size: int) -> AsyncIterator[list[_T]]:
    """Yield *values*, *size* of them at once; a thread takes them.

    Raises what their iterator raises, after all that came before.
    """
    error: Exception | None = None
    while error is None:
        batch, error = await asyncio.to_thread(_take, values, size)
        if not batch:
            break
        yield batch
    if error is not None:
        raise error


async def batched(values: Iterator[_T], size: int) -> AsyncIterator[_T]:
    """Yield *values* one by one; else as `batches`."""
    async for batch in batches(values, size):
        for value in batch:
            yield value


def _take(values: Iterator[_T], size: int) -> tuple[list[_T], Exception | None]:
    batch: list[_T] = []
    try:
        batch.extend(islice(values, size))
    except Exception as error:  # noqa: BLE001 - it is raised when its turn has come
        return batch, error
    return batch, None

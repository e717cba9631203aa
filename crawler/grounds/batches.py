"""Take values from an iterator in a thread, some at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import TypeVar

_T = TypeVar("_T")


async def batched(values: Iterator[_T], size: int) -> AsyncIterator[_T]:
    """Yield *values*; a thread takes *size* of them at once. Raises what their iterator raises."""
    while batch := await asyncio.to_thread(lambda: list(islice(values, size))):
        for value in batch:
            yield value

"""A program with a worker that hangs; run as a script, to be killed.

It imports what a crawl does, and lacks the usual guard: a worker that imported it again would start
workers of its own.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click  # noqa: F401 - must not be seen in a worker
import scrapy  # noqa: F401 - as above

from crawler.imaging import Limits, WorkerPool
from tests.imaging.pictures import photo, save
from tests.imaging.writers import Hanging, Modules

OF_INTEREST = ("scrapy", "twisted", "click", "rich", "aiohttp", "lxml")
"""Not msgspec: the records carry the rules of their fields, which docs/decisions/0012 counts."""


async def _main() -> None:
    pool = WorkerPool(workers=2, limits=Limits())
    payload = save(photo((40, 30)), "PNG")
    writer = Modules(of_interest=OF_INTEREST)
    rendition = await pool.render(payload, subject="x", profiles=(), writer=writer)
    print(f"imported: {rendition.original.path}", flush=True)  # noqa: T201 - for the test
    if len(sys.argv) > 1:
        hanging = Hanging(pipe=Path(sys.argv[1]))
        await asyncio.gather(
            *(pool.render(payload, subject="x", profiles=(), writer=hanging) for _ in range(2))
        )
    await pool.close()


asyncio.run(_main())

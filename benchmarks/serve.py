"""Serve a folder on the loopback address, or another, in a process of its own; prints its port."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aiohttp import web


async def serve(folder: Path, address: str) -> None:
    """Serve *folder* at *address* until standard input is closed."""
    application = web.Application()
    application.router.add_static("/", folder)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, address, 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), (sys.argv[2:] or ["127.0.0.1"])[0]))

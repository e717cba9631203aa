"""A wish to stop that cuts waits short."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


class RunStopped(Exception):
    """The run is coming to an end, and this has not begun yet: it is left for later."""


class StopFlag:
    """Set once, never cleared; whoever waits with it wakes at once."""

    def __init__(self) -> None:
        self._set = False
        self._wakers: set[Callable[[], None]] = set()

    def set(self) -> None:
        """Ask everybody to come to an end."""
        self._set = True
        for wake in tuple(self._wakers):
            wake()

    def is_set(self) -> bool:
        """Return whether an end was asked for."""
        return self._set

    def check(self) -> None:
        """Raise RunStopped once an end was asked for."""
        if self.is_set():
            raise RunStopped

    async def sleep(self, seconds: float) -> None:
        """Sleep for *seconds*, or until the flag is set."""
        loop = asyncio.get_running_loop()
        over = loop.create_future()
        timer = loop.call_later(seconds, _finish, over)
        try:
            await self.outlast(over)
        finally:
            timer.cancel()

    async def outlast(self, waiting: asyncio.Future[Any]) -> None:
        """Return when *waiting* is done, or when the flag is set."""
        awake = asyncio.get_running_loop().create_future()

        def wake(_done: object = None) -> None:
            _finish(awake)

        waiting.add_done_callback(wake)
        self._wakers.add(wake)
        try:
            if not self._set:
                await awake
        finally:
            self._wakers.discard(wake)
            waiting.remove_done_callback(wake)


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)

"""A wish to stop that cuts waits short."""

from __future__ import annotations

import asyncio
import contextlib


class RunStopped(Exception):
    """The run is coming to an end, and this has not begun yet: it is left for later."""


class StopFlag:
    """Set once, never cleared; whoever sleeps with it wakes at once."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        """Ask everybody to come to an end."""
        self._event.set()

    def is_set(self) -> bool:
        """Return whether an end was asked for."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise RunStopped once an end was asked for."""
        if self.is_set():
            raise RunStopped

    async def sleep(self, seconds: float) -> None:
        """Sleep for *seconds*, or until the flag is set."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), seconds)

"""A transport that gives one answer to whatever is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from crawler.downloads import Answer
from crawler.errors import ArchiveError


class Canned:
    """Gives *answer*, or raises it, as soon as *ready* is set; notes what it was asked."""

    def __init__(self, answer: Answer | ArchiveError, ready: asyncio.Event | None = None) -> None:
        self.received = 0
        self.urls: list[str] = []
        self.allowed: list[float] = []
        """The seconds that each request might take."""
        self._answer = answer
        self._ready = ready

    async def get(
        self,
        url: str,
        headers: Mapping[str, str],  # noqa: ARG002 - as the protocol has it
        *,
        max_bytes: int,  # noqa: ARG002 - as above
        seconds: float,
        verify: bool,  # noqa: ARG002 - as above
    ) -> Answer:
        """Give the answer."""
        self.urls.append(url)
        self.allowed.append(seconds)
        if self._ready is not None:
            await self._ready.wait()
        if isinstance(self._answer, ArchiveError):
            raise self._answer
        return replace(self._answer, url=url)

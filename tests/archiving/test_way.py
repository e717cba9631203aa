"""One way through: from what Scrapy calls to the socket there are few steps."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

import crawler
from tests.conftest import Workshop, image
from tests.site import Site

_OURS = str(Path(crawler.__file__).parent)
_FIRST = "ImagesPipeline.process_item"
_LAST = "GuardedDownloadHandler._make_request"
_MOST = 10


def _running(frame: FrameType | None) -> Iterator[CodeType]:
    """Yield the frames of the task that *frame* belongs to, the last first."""
    while frame is not None and frame.f_code.co_qualname != "Handle._run":
        yield frame.f_code
        frame = frame.f_back


def _waiting(coroutine: Any) -> Iterator[CodeType]:  # noqa: ANN401 - whatever is awaited
    """Yield the frames of a task that waits, the first first."""
    while coroutine is not None:
        if hasattr(coroutine, "cr_code"):
            yield coroutine.cr_code
        coroutine = getattr(coroutine, "cr_await", None)


def _ours(codes: Iterator[CodeType]) -> list[str]:
    return [code.co_qualname for code in codes if code.co_filename.startswith(_OURS)]


def _way(frame: FrameType) -> list[str]:
    """Return the frames of this program from what Scrapy calls to *frame*, over all tasks."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    waiting = (_ours(_waiting(task.get_coro())) for task in others)
    before = next((names for names in waiting if names[:1] == [_FIRST]), [])
    return before + _ours(_running(frame))[::-1]


def test_frames_to_the_socket(
    site: Site, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When an image's connection is made, at most ten frames of this program are on the way."""
    ways: list[list[str]] = []
    connect = socket.socket.connect

    def recorded(self: socket.socket, address: Any) -> None:  # noqa: ANN401 - as inherited
        if self.family == socket.AF_INET:
            ways.append(_way(sys._getframe(1)))  # noqa: SLF001 - there is no other way to look
        connect(self, address)

    workshop.write("a.md", image(site.url("/ok.png")))
    with monkeypatch.context() as patched:
        patched.setattr(socket.socket, "connect", recorded)
        # Otherwise the connection is made for robots.txt, by a task that others may wait for.
        workshop.run(ROBOTSTXT_OBEY=False)
    (way,) = [way for way in ways if _FIRST in way]

    assert (way[0], way[-1]) == (_FIRST, _LAST)
    assert len(way) <= _MOST, way

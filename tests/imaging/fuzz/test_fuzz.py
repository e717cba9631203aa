"""Some thousands of damaged pictures, one after the other through the worker processes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from itertools import chain, pairwise

import psutil
import pytest

from crawler.errors import ArchiveError
from crawler.imaging import Limits, WorkerPool, profiles
from tests.imaging.codestreams import boxed, jxl
from tests.imaging.fuzz.damage import damaged, damaged_pictures
from tests.imaging.pictures import photo, save, see_through
from tests.imaging.writers import MemoryWriter, Pid

LIMITS = Limits(max_pixels=1_000_000, max_frames=100, seconds=20)
CODES = {"empty", "not-an-image", "truncated", "undecodable", "too-many-pixels"}
PICTURE = save(photo((96, 72)), "PNG")
LEAK = 40 << 20
"""Bytes by which a process may grow over all of them."""


async def outcome(pool: WorkerPool, name: str, payload: bytes) -> str:
    writer = MemoryWriter()
    wanted = profiles((32,), "png", animated=True)
    try:
        rendition = await pool.render(payload, subject=name, profiles=wanted, writer=writer)
    except ArchiveError as error:
        return error.code
    made = rendition.original
    return "whole" if made.size == len(payload) and made.frames and made.width else "odd"


async def memory(pool: WorkerPool) -> tuple[int, int]:
    """Return the process of the pool, and how much it holds."""
    rendition = await pool.render(PICTURE, subject="x", profiles=(), writer=Pid())
    pid = int(rendition.original.path)
    return pid, psutil.Process(pid).memory_info().rss


async def fuzzed(
    pictures: Iterable[tuple[str, bytes]],
) -> tuple[Counter[str], list[tuple[int, int]]]:
    pool, outcomes, held = WorkerPool(workers=1, limits=LIMITS), Counter[str](), []
    try:
        for number, (name, payload) in enumerate(pictures):
            if number % 900 == 450:  # warm by now, and not yet recycled
                held.append(await memory(pool))
            outcomes[await outcome(pool, name, payload)] += 1
            if number % 900 == 899:
                held.append(await memory(pool))
    finally:
        await pool.close()
    return outcomes, held


@pytest.mark.timeout(600)
def test_damaged() -> None:
    """Each ends as a whole picture or with a code; no process dies, hangs or grows."""
    outcomes, held = asyncio.run(fuzzed(damaged_pictures()))

    assert outcomes.total() > 4000
    assert outcomes.keys() <= {*CODES, "whole"}
    assert outcomes["whole"] < outcomes.total() / 2
    for (before, less), (after, more) in pairwise(held):
        assert before != after or more - less < LEAK


@pytest.mark.timeout(300)
def test_damaged_jxl() -> None:
    """The same holds for JPEG XL, whose decoder is none of Pillow's."""
    pytest.importorskip("pillow_jxl", reason="the extra jxl is not installed")
    small = (96, 72)
    kinds = {
        "lossy": jxl(photo(small)),
        "lossless": jxl(see_through(small), lossless=True),
        "parts": boxed(jxl(photo(small).convert("L")), 20, 60),
    }
    pictures = chain.from_iterable(damaged(*each) for each in kinds.items())
    outcomes, _ = asyncio.run(fuzzed(pictures))

    assert outcomes.total() > 500
    assert outcomes.keys() <= {*CODES, "whole"}
    assert outcomes["whole"] < outcomes.total() / 2

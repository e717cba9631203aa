"""Look for lost originals where they came from: only the very same bytes will do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from crawler.common.digests import digest
from crawler.downloads import Download, Fetcher, Wanted
from crawler.errors import ArchiveError, Placeholder
from crawler.verify.repair.records import Lost, Restore

_AT_ONCE = 64
"""Images that wait for their hosts."""
_CHANGED = "it shows other bytes today"


async def search(
    fetcher: Fetcher,
    wanted: Sequence[Lost],
    restore: Restore,
    *,
    liked: Callable[[str], str | None],
    elsewhere: bool,
) -> dict[str, str]:
    """Ask for each of *wanted*, and hand what is right to *restore*; return why not, by digest.

    *liked* tells the kind of Referer that the host of a URL let in before, *elsewhere* whether an
    archive of the web is asked for what its own server has no more. Raises StorageError.
    """
    reasons: dict[str, str] = {}
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(lost: Lost) -> None:
        if lost.is_former and not elsewhere:
            reasons[lost.digest] = f"{lost.url} shows a newer image; try --fallback memento"
            return
        async with places:
            try:
                await _ask(fetcher, lost, restore, liked=liked(lost.url), elsewhere=elsewhere)
            except ArchiveError as error:
                reasons[lost.digest] = f"{lost.url}: {error.detail}"

    await asyncio.gather(*map(one, wanted))
    return reasons


async def _ask(
    fetcher: Fetcher, lost: Lost, restore: Restore, *, liked: str | None, elsewhere: bool
) -> None:
    async def settle(download: Download) -> None:
        if await asyncio.to_thread(digest, download.body) != lost.digest:
            raise _changed(lost)
        where = (
            "its URL" if download.capture.via == "live" else f"a copy of {download.capture.date}"
        )
        await asyncio.to_thread(restore, lost, download.body, f"from {where}")

    await fetcher.fetch(
        Wanted(
            url=lost.url,
            referrer_policy=lost.referrer_policy,
            post_url=lost.post_url,
            liked=liked,
            published=lost.version.capture.date,
            second_choice=_second_choice(lost, elsewhere=elsewhere),
        ),
        admit=lambda: None,
        settle=settle,
    )


def _second_choice(lost: Lost, *, elsewhere: bool) -> str | None:
    """Return where the bytes came from last time, if that was not the URL itself."""
    capture = lost.version.capture
    if capture.url == lost.url or (capture.via == "memento" and not elsewhere):
        return None
    return capture.url


def _changed(lost: Lost) -> Placeholder:
    """Return the verdict on other bytes: no other Referer is tried, nor the same URL again."""
    error = Placeholder(lost.url, _CHANGED)
    error.refusal = False
    error.final = True
    return error

"""Look for lost originals where they came from: only the very same bytes will do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing

from crawler.archiving.config import Options
from crawler.archiving.memory import CatalogRobots, liked_by
from crawler.common import archive_layout, urls
from crawler.downloads import Fetcher, ImageRequest, Missed
from crawler.runner.fetch import run_fetcher
from crawler.runner.process import project_settings
from crawler.store.catalog import Catalog
from crawler.verify.repair.records import Lost, Restore

_AT_ONCE = 64
"""Images that wait for their hosts."""


def fetch_lost(
    lost: Sequence[Lost], restore: Restore, overrides: Mapping[str, object]
) -> Mapping[str, str]:
    """Ask for lost originals as a run asks for images; return why not, by their digests.

    The archive must be held, and its catalog sound. Raises UsageError when it cannot begin, and
    StorageError.
    """
    reasons: dict[str, str] = {}
    path = Options.from_settings(project_settings(overrides)).archive / archive_layout.CATALOG
    with closing(Catalog(path)) as catalog:

        async def look(fetcher: Fetcher, options: Options) -> None:
            found = await search(
                fetcher,
                lost,
                restore,
                liked=lambda url: liked_by(urls.host(url), catalog),
                elsewhere=options.policy.timegate is not None,
            )
            reasons.update(found)

        run_fetcher(look, overrides, CatalogRobots(catalog))
    return reasons


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
            reason = await _ask(fetcher, lost, restore, liked=liked(lost.url), elsewhere=elsewhere)
            if reason is not None:
                reasons[lost.digest] = f"{lost.url}: {reason}"

    await asyncio.gather(*map(one, wanted))
    return reasons


async def _ask(
    fetcher: Fetcher, lost: Lost, restore: Restore, *, liked: str | None, elsewhere: bool
) -> str | None:
    """Restore what is *lost*, or return why not."""
    found = await fetcher.read(
        ImageRequest(
            url=lost.url,
            referrer_policy=lost.referrer_policy,
            post_url=lost.post_url,
            liked=liked,
            published=lost.version.capture.date,
            second_choice=_second_choice(lost, elsewhere=elsewhere),
        ),
        expected=lost.digest,
    )
    if isinstance(found, Missed):
        return found.fault.detail
    where = "its URL" if found.capture.via == "live" else f"a copy of {found.capture.date}"
    await asyncio.to_thread(restore, lost, found.body, f"from {where}")
    return None


def _second_choice(lost: Lost, *, elsewhere: bool) -> str | None:
    """Return where the bytes came from last time, if that was not the URL itself."""
    capture = lost.version.capture
    if capture.url == lost.url or (capture.via == "memento" and not elsewhere):
        return None
    return capture.url

"""Fetch documents, some ahead of their turn, and ask only whether one changed where that is enough.

A document whose posts are all as the archive has them is asked for conditionally. What it held is
known by a digest over the ids and revisions of its posts, which the catalog's own rows must give
again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from crawler.common import urls
from crawler.downloads import Download, Validators
from crawler.errors import ArchiveError
from crawler.sources.document_fingerprint import Held
from crawler.sources.document_type import UnreadableDocument
from crawler.sources.earlier_runs import Known
from crawler.sources.feeds.item import Item
from crawler.sources.results import Found, Reading, Trouble, Unchanged
from crawler.store.catalog import DocumentRow

Fetch = Callable[[str, Validators | None], Awaitable[Download | None]]
"""Fetches a document; None once the run stops. Raises ArchiveError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A document to fetch, or something that needs no fetching any more."""

    url: str | None = None
    announced: str | None = None
    """When a sitemap says that it changed last."""
    item: Item | None = None
    """What a feed says of the page."""
    page_only: bool = False
    """Whether a page is expected: what named it can name nothing else."""
    found: Found | None = None
    """What there is to say instead of fetching."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What came of a target."""

    download: Download | None = None
    found: tuple[Found, ...] = ()
    failed: bool = False


class Arrivals:
    """The documents of one run, as they come."""

    def __init__(self, reading: Reading, known: Known, fetch: Fetch) -> None:
        self._reading = reading
        self._known = known
        self._fetch = fetch
        self._asked: set[int] = set()
        """Hashes of the URLs of pages: what several documents name is read once a run."""

    async def of(self, targets: AsyncIterator[Target]) -> AsyncIterator[tuple[Target, Came]]:
        """Yield *targets* in their order with what came of each; some are fetched meanwhile."""
        pending: deque[tuple[Target, asyncio.Task[Came] | Came]] = deque()
        broken: UnreadableDocument | None = None
        try:
            while broken is None:
                try:
                    target = await anext(targets)
                except StopAsyncIteration:
                    break
                except UnreadableDocument as error:
                    broken = error  # what was named before counts
                    break
                pending.append((target, self._begun(target)))
                if len(pending) >= self._reading.ahead:
                    first, task = pending.popleft()
                    yield first, task if isinstance(task, Came) else await task
            while pending:
                first, task = pending.popleft()
                yield first, task if isinstance(task, Came) else await task
        finally:
            # What is on its way comes to its end, as the images in hand do.
            tasks = [task for _, task in pending if not isinstance(task, Came)]
            await asyncio.gather(*tasks, return_exceptions=True)
        if broken is not None:
            raise broken

    def _begun(self, target: Target) -> asyncio.Task[Came] | Came:
        """Return what comes of *target*, or the task that fetches it."""
        if target.url is None:
            return Came(found=(target.found,) if target.found else ())
        if target.page_only and hash(target.url) in self._asked:
            return Came()
        self._asked.add(hash(target.url))
        return asyncio.create_task(self._come(target.url, target.announced))

    async def _come(self, url: str, announced: str | None) -> Came:
        row = self.standing(url)
        if row is not None and announced and row.announced == announced:
            return Came(found=self.as_before(url))
        validators = Validators(etag=row.etag, last_modified=row.last_modified) if row else None
        try:
            download = await self._fetch(url, validators)
        except ArchiveError as error:
            return Came(found=(refused(url, error),), failed=True)
        if download is not None and download.not_modified:
            return Came(found=self.as_before(url))
        return Came(download=download)

    def standing(self, key: str) -> DocumentRow | None:
        """Return what is known of a document, if nothing is left to do for any of its posts."""
        row = self._known.document(key)
        if row is None or row.fingerprint != self._reading.fingerprint:
            return None
        held = Held(key)
        for post in self._known.posts_of(key):
            if not self._known.stands(post):
                return None
            held.add(post.id, post.digest)
        return row if held.content == row.content else None

    def as_before(self, key: str) -> tuple[Found, ...]:
        """Return the posts of a document that did not change."""
        return tuple(Unchanged(row) for row in self._known.posts_of(key))


def refused(url: str, error: ArchiveError) -> Trouble:
    """Return what to say of a document that did not come."""
    shown = urls.without_credentials(url)
    return Trouble(source=shown, message=f"{shown}: {error.fault.detail} ({error.code})")

"""Pages, feeds, exports and sitemaps: what was asked for, what came, and the posts that it holds.

A document whose posts are all as the archive has them is asked for conditionally. What it held is
known by a digest over the ids and revisions of its posts, which the catalog's own rows must give
again. Several documents are fetched ahead, and read in their order.
"""

from __future__ import annotations

import asyncio
import io
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from crawler.bundles.catalog import DocumentRow
from crawler.downloads import Download, Validators
from crawler.errors import ArchiveError
from crawler.grounds import urls
from crawler.grounds.batches import batched
from crawler.intake.articles import with_references
from crawler.intake.contents import ITEM_READERS, Contents, Ids
from crawler.intake.found import Found, PostItem, Reading, Trouble, Unchanged
from crawler.intake.held import Held
from crawler.intake.known import Known
from crawler.manifests import revision_of
from crawler.model import Capture, Post
from crawler.posts import SUFFIXES, Kind, UnreadableDocument
from crawler.posts.composing import post_of_item
from crawler.posts.ids import page_id
from crawler.posts.items import Item
from crawler.posts.kinds import kind_of, opened
from crawler.posts.pages import read_page
from crawler.posts.reading import read_content
from crawler.posts.sitemaps import read_list, read_sitemap
from crawler.posts.sources import file_kind, open_document

Fetch = Callable[[str, Validators | None], Awaitable[Download | None]]
"""Fetches a document; None once the run stops. Raises ArchiveError."""

_PAGES: frozenset[Kind] = frozenset({"page", "markdown"})
_SITEMAPS_DEEP = 4
"""An index names sitemaps (https://www.sitemaps.org/protocol.html#index); some name indexes too."""
_ITEMS = 16
"""Items and locations read at once, in a thread."""


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
class _Came:
    """What came of a target."""

    download: Download | None = None
    found: tuple[Found, ...] = ()


class Documents:
    """Reads documents for one run."""

    def __init__(self, reading: Reading, known: Known, fetch: Fetch) -> None:
        self._reading = reading
        self._known = known
        self._fetch = fetch

    async def read(self, targets: AsyncIterator[Target]) -> AsyncGenerator[Found]:
        """Yield what comes of *targets*, in their order."""
        async for target, came in self._ahead(targets):
            for found in came.found:
                yield found
            if came.download is not None and target.url is not None:
                async for found in self._document(target.url, target, came.download):
                    yield found

    async def file(self, path: Path) -> AsyncGenerator[Found]:
        """Yield what comes of a document on this disk. Raises OSError."""
        key, version = await asyncio.to_thread(_state_of, path)
        row = self._standing(key)
        if row is not None and row.etag == version.etag:
            for found in self._as_before(key):
                yield found
            return
        kind = await asyncio.to_thread(file_kind, path)
        contents = Contents(open=partial(open_document, path), name=path.name)
        async for found in self._contents(kind, contents, Held(key, version)):
            yield found

    async def _ahead(self, targets: AsyncIterator[Target]) -> AsyncIterator[tuple[Target, _Came]]:
        """Yield *targets* in their order with what came of each; some are fetched meanwhile."""
        pending: deque[tuple[Target, asyncio.Task[_Came]]] = deque()
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
                pending.append((target, asyncio.create_task(self._come(target))))
                if len(pending) >= self._reading.ahead:
                    first, task = pending.popleft()
                    yield first, await task
            while pending:
                first, task = pending.popleft()
                yield first, await task
        finally:
            # What is on its way comes to its end, as the images in hand do.
            await asyncio.gather(*(task for _, task in pending), return_exceptions=True)
        if broken is not None:
            raise broken

    async def _come(self, target: Target) -> _Came:
        if target.url is None:
            return _Came(found=(target.found,) if target.found else ())
        row = self._standing(target.url)
        if row is not None and target.announced and row.announced == target.announced:
            return _Came(found=self._as_before(target.url))
        validators = Validators(etag=row.etag, last_modified=row.last_modified) if row else None
        try:
            download = await self._fetch(target.url, validators)
        except ArchiveError as error:
            return _Came(found=(_refused(target.url, error),))
        if download is not None and download.not_modified:
            return _Came(found=self._as_before(target.url))
        return _Came(download=download)

    def _standing(self, key: str) -> DocumentRow | None:
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

    def _as_before(self, key: str) -> tuple[Found, ...]:
        return tuple(Unchanged(row) for row in self._known.posts_of(key))

    async def _document(
        self, url: str, target: Target, download: Download
    ) -> AsyncGenerator[Found]:
        capture = download.capture
        try:
            content = await asyncio.to_thread(opened, download.body)
        except UnreadableDocument as error:
            yield Trouble(source=url, message=f"{url}: {error}")
            return
        kind = kind_of(content, media_type=capture.declared_media_type, url=capture.url)
        held = Held(url, _validators_of(capture), target.announced)
        contents = Contents(
            open=partial(io.BytesIO, content),
            url=capture.url,
            media_type=_content_type(capture),
        )
        if kind in _PAGES:
            read = self._page if kind == "page" else self._markdown
            post = await asyncio.to_thread(read, content, contents, target.item, held.key)
            yield await self._found(post, held)
            self._remember(held)
        elif target.page_only or kind == "other":
            yield Trouble(source=url, message=f"{url} is {_WORDS[kind]}, not a page")
        else:
            async for found in self._contents(kind, contents, held):
                yield found

    def _page(self, content: bytes, contents: Contents, item: Item | None, url: str) -> Post:
        return read_page(
            content,
            id_=page_id(url, self._reading.name),
            source=urls.without_credentials(url),
            url=urls.without_credentials(url),
            base=contents.url,
            media_type_header=contents.media_type,
            select=self._reading.select,
            item=item,
        )

    def _markdown(self, content: bytes, contents: Contents, _: Item | None, url: str) -> Post:
        path = PurePosixPath(urlsplit(url).path)
        suffix = path.suffix.lower() if SUFFIXES.get(path.suffix.lower()) == "markdown" else ".md"
        return read_content(
            content,
            id_=page_id(url, self._reading.name, suffix=suffix),
            source=urls.without_credentials(url),
            suffix=suffix,
            base_url=contents.url,
        )

    async def _contents(self, kind: Kind, contents: Contents, held: Held) -> AsyncGenerator[Found]:
        """Read a document that names others, or holds whole posts."""
        targets = self._targets(kind, contents, held)
        try:
            async for found in self.read(targets):
                yield found
        except UnreadableDocument as error:
            yield Trouble(source=held.key, message=f"{held.key}: {error}")
            return
        if held.complete:
            self._remember(held)

    async def _targets(self, kind: Kind, contents: Contents, held: Held) -> AsyncIterator[Target]:
        if kind in ITEM_READERS:
            ids = Ids(contents, self._reading.name)
            async for item in batched(ITEM_READERS[kind](contents), _ITEMS):
                # An export is whole; a feed may leave the article to its page.
                if kind == "wxr" or item.content is not None or item.url is None:
                    post = post_of_item(item, id_=ids.of(item), source=ids.source_of(item))
                    yield Target(found=await self._found(post, held))
                else:
                    held.complete = False
                    yield Target(url=item.url, item=item, page_only=True)
            return
        held.complete = False
        if kind == "sitemap":
            async for target in self._located(contents, frozenset()):
                yield target
        else:
            with contents.open() as file:
                text = file.read().decode(errors="replace")
            for url in read_list(text):
                yield Target(url=url, page_only=True)

    async def _found(self, post: Post, held: Held) -> Found:
        revision = revision_of(post)
        held.add(post.id, revision)
        row = self._known.post(post.id)
        if row is not None and row.digest == revision and self._known.stands(row):
            return Unchanged(row)
        found = await asyncio.to_thread(with_references, post, self._reading)
        return PostItem(post=found, document=held.key)

    async def _located(self, contents: Contents, above: frozenset[str]) -> AsyncIterator[Target]:
        """Yield the pages of a sitemap, and of those that it names."""
        with contents.open() as file:
            async for location in batched(read_sitemap(file), _ITEMS):
                if location.kind == "page":
                    yield Target(url=location.url, announced=location.lastmod, page_only=True)
                elif location.url not in above and len(above) < _SITEMAPS_DEEP:
                    async for target in self._inner_sitemap(location.url, above):
                        yield target

    async def _inner_sitemap(self, url: str, above: frozenset[str]) -> AsyncIterator[Target]:
        try:
            download = await self._fetch(url, None)
            if download is not None:
                content = await asyncio.to_thread(opened, download.body)
                inner = Contents(open=partial(io.BytesIO, content), url=url)
                async for target in self._located(inner, above | {url}):
                    yield target
        except ArchiveError as error:
            yield Target(found=_refused(url, error))
        except UnreadableDocument as error:
            yield Target(found=Trouble(source=url, message=f"{url}: {error}"))

    def _remember(self, held: Held) -> None:
        self._known.put_document(held.row(self._reading.fingerprint))


_WORDS: Mapping[Kind, str] = {
    "feed": "a feed",
    "json-feed": "a feed",
    "wxr": "a WordPress export",
    "sitemap": "a sitemap",
    "list": "a list of URLs",
    "other": "something else",
}


def _refused(url: str, error: ArchiveError) -> Trouble:
    shown = urls.without_credentials(url)
    return Trouble(source=shown, message=f"{shown}: {error.detail} ({error.code})")


def _validators_of(capture: Capture) -> Validators:
    return Validators(etag=capture.etag, last_modified=capture.last_modified)


def _content_type(capture: Capture) -> str | None:
    return next((value for key, value in capture.headers if key.lower() == "content-type"), None)


def _state_of(path: Path) -> tuple[str, Validators]:
    """Return under which key a file is known, and what changes with it. Raises OSError."""
    status = path.stat()
    return str(path.absolute()), Validators(etag=f"{status.st_size}-{status.st_mtime_ns}")

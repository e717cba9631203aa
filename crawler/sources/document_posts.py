"""Pages, feeds, exports and sitemaps: the posts that they hold, the documents that they name."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from crawler.common import urls
from crawler.common.background_batches import batched, batches
from crawler.downloads import Download, Validators
from crawler.errors import ArchiveError
from crawler.models import Capture, Post
from crawler.sources.article_file import read_content
from crawler.sources.article_posts import with_references
from crawler.sources.discovery import SUFFIXES
from crawler.sources.document_contents import ITEM_READERS, Contents, Ids, identity_of, read_items
from crawler.sources.document_fetches import Arrivals, Fetch, Target, refused
from crawler.sources.document_fingerprint import Held
from crawler.sources.document_type import Kind, UnreadableDocument, kind_of, opened
from crawler.sources.earlier_runs import Known
from crawler.sources.feeds.item import Item
from crawler.sources.feeds.item_article import post_of_item
from crawler.sources.feeds.sitemap import read_list, read_sitemap
from crawler.sources.pages.page import read_page
from crawler.sources.post_ids import page_id
from crawler.sources.results import Found, PostItem, Reading, Trouble, Unchanged
from crawler.sources.source_arguments import file_kind, open_document
from crawler.store.manifest import revision_of

logger = logging.getLogger(__name__)

_PAGES: frozenset[Kind] = frozenset({"page", "markdown"})
_SITEMAPS_DEEP = 4
"""An index names sitemaps (https://www.sitemaps.org/protocol.html#index); some name indexes too."""
_ITEMS = 16
"""Items and locations read at once, in a thread."""


_Named = tuple[Post, str | None]
"""A post, and what tells it from others with its link."""


class Documents:
    """Reads documents for one run."""

    def __init__(self, reading: Reading, known: Known, fetch: Fetch) -> None:
        self._reading = reading
        self._known = known
        self._fetch = fetch
        self._arrivals = Arrivals(reading, known, fetch)
        self._sitemaps: set[int] = set()
        """Hashes of the URLs of sitemaps: what several indexes name is read once a run."""

    async def read(self, targets: AsyncIterator[Target]) -> AsyncGenerator[Found]:
        """Yield what comes of *targets*, in their order."""
        async for target, came in self._arrivals.of(targets):
            for found in came.found:
                yield found
            if came.failed and target.item is not None:
                async for found in self._without_page(target.item):
                    yield found
            if came.download is not None and target.url is not None:
                async for found in self._document(target.url, target, came.download):
                    yield found

    async def _without_page(self, item: Item) -> AsyncGenerator[Found]:
        """Yield what the feed itself has of an article whose page did not come, if it is all."""
        id_ = page_id(item.url or "", self._reading.name)
        if item.images and self._known.post(id_) is None:
            source = urls.without_credentials(item.url or "")
            post = post_of_item(item, id_=id_, source=source)
            problem = "its page could not be read; this is what the feed has of it"
            post = replace(post, problems=(*post.problems, problem))
            for found in await self._found([(post, identity_of(item))], Held(source)):
                yield found

    async def file(self, path: Path) -> AsyncGenerator[Found]:
        """Yield what comes of a document on this disk. Raises OSError."""
        key, version = await asyncio.to_thread(_state_of, path)
        row = self._arrivals.standing(key)
        if row is not None and row.etag == version.etag:
            for found in self._arrivals.as_before(key):
                yield found
            return
        kind = await asyncio.to_thread(file_kind, path)
        contents = Contents(open=partial(open_document, path), name=path.name)
        async for found in self._contents(kind, contents, Held(key, version)):
            yield found

    async def _document(
        self, url: str, target: Target, download: Download
    ) -> AsyncGenerator[Found]:
        capture = download.capture
        try:
            content = await asyncio.to_thread(opened, download.body)
        except UnreadableDocument as error:
            yield Trouble(source=url, message=f"{url}: {error}")
            return
        kind = await asyncio.to_thread(
            kind_of, content, media_type=capture.declared_media_type, url=capture.url
        )
        held = Held(url, _validators_of(capture), target.announced)
        contents = Contents(
            open=partial(io.BytesIO, content),
            url=capture.url,
            media_type=_content_type(capture),
        )
        if kind in _PAGES:
            read = self._page if kind == "page" else self._markdown
            try:
                post = await asyncio.to_thread(read, content, contents, target.item, held.key)
            except Exception as error:  # noqa: BLE001 - it costs this page alone
                yield _defect(url, error)
                return
            for found in await self._found([(post, None)], held):
                yield found
            self._remember(held)
        elif target.page_only or kind == "other":
            yield _other_than(url, kind, "a page")
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
            ids = Ids(contents, self._reading.name, self._known)
            async for items in batches(read_items(kind, contents), _ITEMS):
                # An export is whole; a feed may leave the article to its page.
                linked = [item.content is None and item.url is not None for item in items]
                elsewhere = [kind != "wxr" and each for each in linked]
                for target in await self._of_items(items, elsewhere, ids, held):
                    yield target
            return
        held.complete = False
        if kind == "sitemap":
            self._sitemaps.add(hash(held.key))
            async for target in self._located(contents, held.key, 1):
                yield target
        else:
            for url in read_list(await asyncio.to_thread(_text_of, contents)):
                # A list on a server could name itself.
                yield Target(url=url, page_only=contents.url is not None)

    async def _of_items(
        self, items: Sequence[Item], elsewhere: Sequence[bool], ids: Ids, held: Held
    ) -> list[Target]:
        """Return each item as a post, or its page where the article is *elsewhere*."""
        held.complete = held.complete and not any(elsewhere)
        whole = [item for item, is_linked in zip(items, elsewhere, strict=True) if not is_linked]
        posts = [
            (post_of_item(item, id_=ids.of(item), source=ids.source_of(item)), identity_of(item))
            for item in whole
        ]
        found = iter(await self._found(posts, held))
        return [
            Target(url=item.url, item=item, page_only=True)
            if is_linked
            else Target(found=next(found))
            for item, is_linked in zip(items, elsewhere, strict=True)
        ]

    async def _found(self, posts: Sequence[_Named], held: Held) -> list[Found]:
        """Return what becomes of *posts*; one thread reads the references of all of them."""
        before = [self._as_before(post, held) for post, _ in posts]
        changed = [named for named, same in zip(posts, before, strict=True) if same is None]
        read = iter(await asyncio.to_thread(self._read, changed, held.key) if changed else ())
        return [same or next(read) for same in before]

    def _as_before(self, post: Post, held: Held) -> Unchanged | None:
        revision = revision_of(post)
        held.add(post.id, revision)
        row = self._known.post(post.id)
        if row is not None and row.digest == revision and self._known.stands(row):
            return Unchanged(row)
        return None

    def _read(self, posts: Sequence[_Named], document: str) -> list[Found]:
        return [self._referenced(post, identity, document) for post, identity in posts]

    def _referenced(self, post: Post, identity: str | None, document: str) -> Found:
        try:
            found = with_references(post, self._reading)
        except Exception as error:  # noqa: BLE001 - it costs this post alone
            return _defect(post.source, error)
        return PostItem(post=found, document=document, identity=identity)

    async def _located(self, contents: Contents, name: str, level: int) -> AsyncIterator[Target]:
        """Yield the pages of the sitemap *name*, and of those that it names."""
        is_told = False
        with contents.open() as file:
            async for location in batched(read_sitemap(file), _ITEMS):
                if location.kind == "page":
                    yield Target(url=location.url, announced=location.lastmod, page_only=True)
                elif hash(location.url) in self._sitemaps:
                    continue
                elif level < _SITEMAPS_DEEP:
                    self._sitemaps.add(hash(location.url))
                    async for target in self._inner_sitemap(location.url, level + 1):
                        yield target
                elif not is_told:
                    is_told = True
                    yield Target(found=_too_deep(name))

    async def _inner_sitemap(self, url: str, level: int) -> AsyncIterator[Target]:
        try:
            download = await self._fetch(url, None)
            if download is not None:
                content = await asyncio.to_thread(opened, download.body)
                kind = await asyncio.to_thread(kind_of, content, url=url)
                if kind != "sitemap":
                    yield Target(found=_other_than(url, kind, "a sitemap"))
                    return
                inner = Contents(open=partial(io.BytesIO, content), url=url)
                async for target in self._located(inner, url, level):
                    yield target
        except ArchiveError as error:
            yield Target(found=refused(url, error))
        except UnreadableDocument as error:
            yield Target(found=Trouble(source=url, message=f"{url}: {error}"))

    def _remember(self, held: Held) -> None:
        self._known.put_document(held.row(self._reading.fingerprint))


_WORDS: Mapping[Kind, str] = {
    "page": "a page",
    "markdown": "an article in Markdown",
    "feed": "a feed",
    "json-feed": "a feed",
    "wxr": "a WordPress export",
    "sitemap": "a sitemap",
    "list": "a list of URLs",
    "other": "something else",
}


def _text_of(contents: Contents) -> str:
    with contents.open() as file:
        return file.read().decode(errors="replace")


def _other_than(url: str, kind: Kind, expected: str) -> Trouble:
    return Trouble(source=url, message=f"{url} is {_WORDS[kind]}, not {expected}")


def _too_deep(name: str) -> Trouble:
    message = f"{name}: the sitemaps that it names were not read: indexes are read {_SITEMAPS_DEEP}"
    return Trouble(source=name, message=f"{message} levels deep; name them as sources")


def _defect(source: str, error: Exception) -> Trouble:
    logger.error("a defect while reading %s: please report it", source, exc_info=error)
    return Trouble(source=source, message=f"{source}: a defect of this program", defect=True)


def _validators_of(capture: Capture) -> Validators:
    return Validators(etag=capture.etag, last_modified=capture.last_modified)


def _content_type(capture: Capture) -> str | None:
    return next((value for key, value in capture.headers if key.lower() == "content-type"), None)


def _state_of(path: Path) -> tuple[str, Validators]:
    """Return under which key a file is known, and what changes with it. Raises OSError."""
    status = path.stat()
    return str(path.absolute()), Validators(etag=f"{status.st_size}-{status.st_mtime_ns}")

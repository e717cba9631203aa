"""Read a JSON Feed as items. Source: https://www.jsonfeed.org/version/1.1/."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from typing import Any

from crawler.sources import post_metadata
from crawler.sources.document_type import UnreadableDocument
from crawler.sources.feeds.item import Item, image_url, is_image, page_url, plain


def read_json_feed(content: bytes, *, url: str | None) -> Iterator[Item]:
    """Yield the items of the feed that *content* holds, in its order.

    *url* is where the feed came from. Raises UnreadableDocument at once where it is no JSON Feed,
    and at the end, after all that could be read, where something was broken or passed over.
    """
    feed = _mapping(_loaded(content))
    items = feed.get("items")
    if not isinstance(items, list):
        raise UnreadableDocument("a JSON Feed without items")
    base = url or page_url(_text(feed.get("home_page_url")), None)
    author = _author(feed)
    return _items(items, base, author, is_lossy=_is_lossy(content))


def _items(
    entries: list[Any], base: str | None, author: str | None, *, is_lossy: bool
) -> Iterator[Item]:
    found = [entry for entry in entries if isinstance(entry, dict)]
    for entry in found:
        yield _item(entry, base, author)
    if len(found) < len(entries):
        raise UnreadableDocument(f"{len(entries) - len(found)} of its items are no objects")
    if is_lossy:
        raise UnreadableDocument("it is not all UTF-8")


def _is_lossy(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return True
    return False


def _loaded(content: bytes) -> object:
    try:
        return json.loads(content.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise UnreadableDocument(f"broken JSON: {error}") from error


def _item(entry: Mapping[str, Any], feed: str | None, author: str | None) -> Item:
    url = page_url(_text(entry.get("url")), feed) or page_url(
        _text(entry.get("external_url")), feed
    )
    identity = plain(_text(entry.get("id")))
    url = url or page_url(identity, None)
    dates = (entry.get("date_published"), entry.get("date_modified"))
    return Item(
        url=url,
        guid=identity,
        title=plain(_text(entry.get("title"))),
        author=_author(entry) or author,
        date=next(filter(None, (post_metadata.published({"date": _text(d)}) for d in dates)), None),
        content=_content(entry),
        base=url or feed,
        images=tuple(dict.fromkeys(_images(entry, url or feed))),
    )


def _content(entry: Mapping[str, Any]) -> str | None:
    markup = _text(entry.get("content_html"))
    if markup and markup.strip():
        # A lone surrogate (from a JSON escape) cannot be written as UTF-8.
        return markup.encode("utf-8", "replace").decode()
    text = _text(entry.get("content_text"))
    if not text or not text.strip():
        return None
    return f"<p>{html.escape(text.encode('utf-8', 'replace').decode(), quote=False)}</p>"


def _author(holder: Mapping[str, Any]) -> str | None:
    # Version 1 has one author, version 1.1 a list of them.
    found = holder.get("authors")
    people = found if isinstance(found, list) and found else [holder.get("author")]
    names = (plain(_text(_mapping(person).get("name"))) for person in people)
    return ", ".join(name for name in names if name) or None


def _images(entry: Mapping[str, Any], base: str | None) -> Iterator[str]:
    named = [_text(entry.get(key)) for key in ("image", "banner_image")]
    attachments = entry.get("attachments")
    for attachment in attachments if isinstance(attachments, list) else []:
        held = _mapping(attachment)
        link = _text(held.get("url"))
        if link and is_image(link, _text(held.get("mime_type"))):
            named.append(link)
    yield from filter(None, (image_url(link, base) for link in named))


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**18 else None
    return value if isinstance(value, str) else None

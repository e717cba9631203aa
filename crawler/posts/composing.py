"""Make an article of an item: a small page of ours around the content, which stays as it came."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from crawler.model import Post
from crawler.posts.items import Item


def post_of_item(item: Item, *, id_: str, source: str) -> Post:
    """Return the post that *item* holds; the same item always gives the same bytes."""
    text = _document(item)
    return Post(
        id=id_,
        source=source,
        content=text.encode(),
        suffix=".html",
        language="html",
        metadata={},
        body=text,
        body_line=1,
        url=item.url,
        base=item.base,
        title=item.title,
        author=item.author,
        date=item.date,
        problems=item.problems,
    )


def _document(item: Item) -> str:
    head = "\n".join(_head(item))
    return (
        f"<!DOCTYPE html>\n<html>\n<head>\n{head}\n</head>\n"
        f"<body>\n{item.content or ''}\n</body>\n</html>\n"
    )


def _head(item: Item) -> Iterator[str]:
    yield '<meta charset="utf-8">'
    # A base counts only for what stands after it: https://html.spec.whatwg.org/#the-base-element
    if item.base is not None and item.base != item.url:
        yield f'<base href="{escape(item.base)}">'
    yield f"<title>{escape(item.title or '', quote=False)}</title>"
    if item.url is not None:
        yield f'<link rel="canonical" href="{escape(item.url)}">'
    named = (("name", "author", item.author), ("property", "article:published_time", item.date))
    images = (("property", "og:image", image) for image in item.images)
    for attribute, name, content in (*named, *images):
        if content is not None:
            yield f'<meta {attribute}="{name}" content="{escape(content)}">'

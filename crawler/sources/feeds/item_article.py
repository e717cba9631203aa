"""Make an article of an item: a small page of ours around the content, which stays as it came."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from crawler.models import Post
from crawler.sources.feeds.item import Item


def post_of_item(item: Item, *, id_: str, source: str) -> Post:
    """Return the post that *item* holds; the same item always gives the same bytes."""
    before, behind = _document(item)
    text = before + behind
    return Post(
        id=id_,
        source=source,
        content=text.encode(),
        suffix=".html",
        language="html",
        metadata={},
        body=behind,
        body_line=before.count("\n") + 1,
        url=item.url,
        base=item.base,
        title=item.title,
        author=item.author,
        date=item.date,
        problems=item.problems,
    )


def _document(item: Item) -> tuple[str, str]:
    """Return the page in two parts; the first, of lines of ours, names no image."""
    before = "".join(f"{line}\n" for line in ("<!DOCTYPE html>", "<html>", "<head>", *_head(item)))
    images = "".join(f"{_meta('property', 'og:image', image)}\n" for image in item.images)
    return before, f"{images}</head>\n<body>\n{item.content or ''}\n</body>\n</html>\n"


def _head(item: Item) -> Iterator[str]:
    yield '<meta charset="utf-8">'
    # A base counts only for what stands after it: https://html.spec.whatwg.org/#the-base-element
    if item.base is not None and item.base != item.url:
        yield f'<base href="{escape(item.base)}">'
    yield f"<title>{escape(item.title or '', quote=False)}</title>"
    if item.url is not None:
        yield f'<link rel="canonical" href="{escape(item.url)}">'
    if item.author is not None:
        yield _meta("name", "author", item.author)
    if item.date is not None:
        yield _meta("property", "article:published_time", item.date)


def _meta(attribute: str, name: str, content: str) -> str:
    return f'<meta {attribute}="{name}" content="{escape(content)}">'

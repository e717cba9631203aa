"""A page that shows the images of a post, for posts that are no pages themselves."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from crawler.export.bundle_contents import Holding, versions
from crawler.export.warc import shown_at
from crawler.models import Entry

_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "figure{margin:2rem 0}img{max-width:100%;height:auto}"
    "figcaption{overflow-wrap:anywhere;font-size:.85rem}"
)


def contact_sheet(holding: Holding) -> bytes:
    """Return the page; each image stands under the URL that the archive has it from."""
    post = holding.manifest.post
    title = escape(post.title or post.id)
    known = (post.author, post.date and post.date[:10], post.url or post.source)
    parts = [
        '<!doctype html>\n<html><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{title}</h1>",
        f"<p>{' · '.join(escape(each) for each in known if each)}</p>",
        *(_figure(holding, entry) for entry in holding.chosen),
        "</body></html>\n",
    ]
    return "\n".join(parts).encode()


def _figure(holding: Holding, entry: Entry) -> str:
    alt = next((r.alt for r in entry.references if r.alt), "")
    version = next(versions(entry), None)
    image = ""
    if version is not None:
        source = escape(shown_at(holding, entry, version))
        image = f'<img src="{source}" alt="{escape(alt)}"{"".join(_size(entry))}>'
    return (
        f"<figure>{image}<figcaption>{escape(' · '.join(_said(entry, alt)))}</figcaption></figure>"
    )


def _size(entry: Entry) -> Iterator[str]:
    original = entry.original
    if original is not None and original.width and original.height:
        yield f' width="{original.width}" height="{original.height}"'


def _said(entry: Entry, alt: str) -> Iterator[str]:
    if alt:
        yield alt
    yield entry.url
    if entry.failure is not None:
        yield f"{entry.state}: {entry.failure.code}"

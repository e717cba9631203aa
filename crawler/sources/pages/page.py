"""Read a page from the network as a post: its article, and the head, which may name its images.

The content stays the page byte for byte. Of its text everything else is left out, but for the ends
of the lines, so that a reference still tells its line of the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from w3lib.encoding import html_to_unicode

from crawler.common.digests import digest
from crawler.models import Post
from crawler.sources.article_file import is_lossy, unexpected_nul
from crawler.sources.document_type import UnreadableDocument
from crawler.sources.feeds.item import Item
from crawler.sources.pages.article_element import find_articles
from crawler.sources.pages.article_region import Region, region_of
from crawler.sources.pages.css_selectors import check_selector, select
from crawler.sources.pages.element_tree import Outline, outline_of
from crawler.sources.pages.page_metadata import PageMetadata, metadata_of
from crawler.sources.pages.revision import image_tags, lasting

__all__ = ["check_selector", "read_page"]

_NOT_LINE_ENDS: Final = re.compile(r"[^\r\n]++")


def read_page(  # noqa: PLR0913 - what is known of an answer, each under its name
    content: bytes,
    *,
    id_: str,
    source: str,
    url: str,
    media_type_header: str | None,
    select: str | None = None,
    base: str | None = None,
    item: Item | None = None,
) -> Post:
    """Return the post that the page at *url* holds.

    *media_type_header* is the answer's ``Content-Type``, whose charset comes first; *select* a CSS
    selector of the article; *base* the URL after redirects, where it is another. What the *item* of
    a feed says of the page wins over what the page says. Never raises: what cannot be told is a
    problem, and the whole page is read.
    """
    encoding, text = html_to_unicode(media_type_header, content, default_encoding="utf-8")
    problems = list(item.problems) if item is not None else []
    if is_lossy(text, content):
        problems.append(f"not all of the page is {encoding}")
    if (nul := unexpected_nul(text)) is not None:
        problems.append(nul)
    found = _Page(text, select)
    said = found.metadata
    return Post(
        id=id_,
        source=source,
        content=content,
        suffix=".html",
        language="html",
        # What stands beside the content of a feed stands not in the page.
        metadata={"feed": {"images": list(item.images)}} if item and item.images else {},
        body=found.body,
        body_line=1,
        url=url,
        base=base or url,
        title=(item and item.title) or said.title,
        author=(item and item.author) or said.author,
        date=(item and item.date) or said.date,
        problems=(*problems, *found.problems),
        revision=found.revision,
    )


class _Page:
    """What there is in a page; of one that cannot be parsed, its text alone."""

    def __init__(self, text: str, css: str | None) -> None:
        self.body = text
        self.metadata = PageMetadata(title=None, author=None, date=None)
        self.revision: str | None = None
        self.problems: list[str] = []
        try:
            outline = outline_of(text)
        except UnreadableDocument as error:
            self.problems.append(f"{error}; all of it was read")
            return
        self._read(outline, css)

    def _read(self, outline: Outline, css: str | None) -> None:
        text = outline.text
        regions = [region_of(outline, e) for e in select(outline, css)] if css else []
        if css and not regions:
            self.problems.append(f"nothing in the page is selected by {css}; all of it was read")
            body = (outline.head_end(), len(text))
            regions = [Region(element=outline.root, spans=(body,), texts=(body,))]
        self._take(outline, regions or find_articles(outline))

    def _take(self, outline: Outline, regions: list[Region]) -> None:
        text, head = outline.text, (0, outline.head_end())
        spans = [span for region in regions for span in region.spans]
        self.body = "".join(_kept(text, [head, *spans]))
        self.metadata = metadata_of(outline.root, [region.element for region in regions])
        # What else stands around a text counts readers and days; its images are the article's.
        around = [head, *(span for region in regions for span in region.around())]
        texts = (span for region in regions for span in region.texts)
        images = [image_tags("".join(text[start:end] for start, end in around))]
        read = "\n".join(filter(None, [*images, *(lasting(text[s:e]) for s, e in texts)]))
        self.revision = digest(read.encode("utf-8", "replace"))


def _kept(text: str, spans: list[tuple[int, int]]) -> Iterator[str]:
    """Yield what of *text* lies in *spans*, and the ends of the lines of what does not."""
    done = 0
    for start, end in sorted(spans):
        if start > done:
            yield _NOT_LINE_ENDS.sub("", text[done:start])
        yield text[max(start, done) : end]
        done = max(done, end)
    yield _NOT_LINE_ENDS.sub("", text[done:])

"""From the text of an article to all of the article, and what stands beside it in the page.

Reading too much can be seen, reading too little cannot: in doubt a region holds more.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final, cast

from cssselect import HTMLTranslator
from lxml import etree
from lxml.etree import _Element as Element

from crawler.sources.pages.css_selectors import outermost, select_known
from crawler.sources.pages.element_tree import Outline

Span = tuple[int, int]

# https://html.spec.whatwg.org/#the-aside-element, https://www.w3.org/TR/wai-aria/#landmark_roles,
# and what themes call the same
_BESIDE: Final = (
    "aside", "nav", "footer", "[role=complementary]", "[role=navigation]", "[role=contentinfo]",
    "[role=banner]", ".comment", ".comments", ".comments-area", ".commentlist", ".comment-list",
    "#comments", "#disqus_thread", ".related", ".related-posts", ".sidebar", "#sidebar", ".widget",
    ".widget-area", "#footer", ".footer", ".site-footer",
)  # fmt: skip
_HOLDS_MAIN: Final = etree.XPath("self::html or self::body or descendant-or-self::main")
"""What holds the main thing stands beside nothing: it was left open, or is called after a theme."""

_HOME: Final = etree.XPath(
    HTMLTranslator().css_to_xpath(
        "article, .hentry, .h-entry, [itemtype*=Article], [itemtype*=BlogPosting]",
        prefix="ancestor-or-self::",
    )
)
_PICTURES: Final = frozenset({"amp-img", "figure", "img", "picture"})
_CALLED_PICTURES: Final = re.compile(
    "carousel|cover|featured|gallery|hero|image|photo|picture|slider|swiper|thumb", re.IGNORECASE
)
_SIBLINGS: Final = 20
"""Elements on each side of a text that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A part of a page that belongs to its article."""

    element: Element
    spans: tuple[Span, ...]
    texts: tuple[Span, ...]
    """What holds the text, within the spans."""

    def around(self) -> Iterator[Span]:
        """Yield what of the spans holds no text."""
        for at, end in self.spans:
            start = at
            for first, after in self.texts:
                if start <= first < end:
                    yield start, first
                    start = after
            yield start, end


def region_of(outline: Outline, element: Element) -> Region:
    """Return *element* as a region."""
    span = outline.span(element)
    return Region(element=element, spans=(span,), texts=(span,))


class Beside:
    """The parts of a page that say of themselves that they are not its main thing."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        found = {
            outline.span(element)
            for css in _BESIDE
            for element in select_known(outline, css)
            if not _HOLDS_MAIN(element)
        }
        self._spans = list(_disjoint(found))
        self._starts = [start for start, _ in self._spans]

    def holds(self, element: Element) -> bool:
        """Return whether *element* stands in one of them."""
        start, _ = self._outline.span(element)
        before = bisect_right(self._starts, start) - 1
        return before >= 0 and start < self._spans[before][1]

    def within(self, span: Span) -> list[Span]:
        """Return those that begin in *span*."""
        first, after = (bisect_left(self._starts, at) for at in span)
        return [(start, min(end, span[1])) for start, end in self._spans[first:after]]

    def weight_without(self, span: Span) -> int:
        """Return how much text and images stand in *span* but not in one of them."""
        return self._outline.weight(span) - sum(map(self._outline.weight, self.within(span)))


def widened(outline: Outline, beside: Beside, texts: list[Element]) -> list[Region]:
    """Return the articles that *texts* are the texts of.

    Each is the closest element around the text that says so, without what stands beside the text
    there; where there is none, the text with the pictures next to it.
    """
    spans = [outline.span(text) for text in texts]
    parents = Counter(text.getparent() for text in texts)
    homes = dict.fromkeys(_home(text) for text in texts)
    inner = sorted(homes, key=lambda home: (outline.span(home)[0], -outline.span(home)[1]))
    regions: list[Region] = []
    for home in outermost(outline, inner):
        whole = outline.span(home)
        own = tuple(span for span in spans if whole[0] <= span[0] < whole[1])
        alone = home in texts and parents[home.getparent()] == 1
        around = _pictures_at(home, beside) if alone else ()
        parts = (*_without(whole, beside, own), *map(outline.span, around))
        regions.append(Region(element=home, spans=tuple(sorted(parts)), texts=own))
    return regions


def _home(text: Element) -> Element:
    around = [e for e in cast("list[Element]", _HOME(text)) if e.tag not in {"html", "body"}]
    return around[-1] if around else text


def _without(whole: Span, beside: Beside, texts: tuple[Span, ...]) -> Iterator[Span]:
    """Yield *whole* without what stands beside and in none of *texts*."""
    at = whole[0]
    for start, end in beside.within(whole):
        before = bisect_right(texts, (start, end)) - 1
        if before < 0 or start >= texts[before][1]:
            yield at, start
            at = end
    yield at, whole[1]


def _pictures_at(text: Element, beside: Beside) -> Iterator[Element]:
    parent = text.getparent()
    if parent is None or _is_home(text):
        return
    for sibling in chain(
        islice(text.itersiblings(preceding=True), _SIBLINGS), islice(text.itersiblings(), _SIBLINGS)
    ):
        # The header of a body is that of the site.
        is_picture = sibling.tag in _PICTURES or (sibling.tag == "header" and parent.tag != "body")
        names = f"{sibling.get('class', '')} {sibling.get('id', '')}"
        if (is_picture or _CALLED_PICTURES.search(names)) and not beside.holds(sibling):
            yield sibling


def _is_home(text: Element) -> bool:
    return bool(_HOME(text)) and _home(text) is text


def _disjoint(spans: set[Span]) -> Iterator[Span]:
    done = 0
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= done:
            yield start, end
            done = end

"""The tree of a page, whose elements know where in the source they begin.

A copy of the page is parsed, in which each start tag carries its offset as an attribute. The tags
are found as the standard's tokenizer finds them; what a tree builder adds or moves has no offset.
Source: https://html.spec.whatwg.org/#tokenization
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

from crawler.common.html_tokenizer import Tag, Tokenizer
from crawler.sources.document_type import UnreadableDocument

OFFSET: Final = "data-o"
MAX_TAGS: Final = 75_000
"""The largest pages of real blogs have a fifth of it."""
_MAX_ATTRIBUTES: Final = 100
"""Of one tag; libxml2 compares each with all the others."""
_OF_HEAD: Final = frozenset(
    {
        "base", "basefont", "bgsound", "head", "html", "link", "meta", "noframes", "noscript",
        "script", "style", "template", "title",
    }
)  # fmt: skip
"""https://html.spec.whatwg.org/#parsing-main-inhead"""
_IMAGE_WEIGHT: Final = 200
"""An image says as much as so many characters."""
_IMAGES: Final = frozenset({"amp-img", "img"})
_COMMENT: Final = re.compile(r"<!--(?:[^-]++|-(?!->))*+(?:-->|\Z)")
_UNTOLD: Final = 5
"""Start tags at the end that a tree may lack, as of a second body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A page that was parsed."""

    text: str
    root: Element
    written: str
    """The different start tags of the page, in lower case."""

    places: list[int]
    """Where the tags of the page begin, and its end."""
    weights: list[int]
    """What stands before each of these places, in characters."""

    def weight(self, span: tuple[int, int]) -> int:
        """Return how much text and images stand in *span*, which begins and ends with a tag."""
        start, end = (self.weights[bisect_left(self.places, at)] for at in span)
        return end - start

    def span(self, element: Element) -> tuple[int, int]:
        """Return where *element* begins and where what follows it does, in characters."""
        start = next(_offsets(element), len(self.text))
        return start, max(start, self._after(element))

    def head_end(self) -> int:
        """Return where the body begins: at its tag, or at the first that no head can hold.

        libxml2 opens no body for elements that are younger than it.
        """
        shown = (node for node in self.root.iter(etree.Element) if node.tag not in _OF_HEAD)
        return next(
            (int(node.get(OFFSET, -1)) for node in shown if OFFSET in node.attrib), len(self.text)
        )

    def _after(self, element: Element) -> int:
        node: Element | None = element
        while node is not None:
            for sibling in node.itersiblings():
                for offset in _offsets(sibling):
                    return offset
            node = node.getparent()
        return len(self.text)


def outline_of(text: str) -> Outline:
    """Return the outline of the page *text*. Raises UnreadableDocument.

    A page with more than MAX_TAGS tags is unreadable, and so is one that is nested too deeply.
    """
    copy = _marked(text)
    parser = etree.HTMLParser(
        encoding="utf-8",
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
        collect_ids=False,
    )
    try:
        root = etree.fromstring(copy.text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableDocument(f"the page cannot be parsed: {error}") from error
    # libxml2 stops without a word at what it finds too deep or too long.
    if root is None or not copy.offsets or _last(root) < copy.offsets[-_UNTOLD:][0]:
        raise UnreadableDocument("the page cannot be parsed to its end")
    return Outline(
        text=text,
        root=root,
        written="\n".join(copy.tags).lower(),
        places=copy.places,
        weights=copy.weights,
    )


class _Marked:
    """A copy of a page whose start tags carry their offsets, and what was seen on the way."""

    def __init__(self) -> None:
        self.text = ""
        self.offsets: list[int] = []
        self.tags: set[str] = set()
        self.places: list[int] = []
        self.weights: list[int] = []
        self._weight = 0

    def reach(self, place: int, before: str) -> None:
        """Note that what is shown of *before* stands before *place*."""
        shown = _COMMENT.sub("", before) if "<!--" in before else before
        self._weight += len(shown.strip())
        self.places.append(place)
        self.weights.append(self._weight)

    def open(self, tag: Tag, written: str) -> None:
        """Note a start tag. Raises UnreadableDocument for one too many."""
        self.offsets.append(tag.offset)
        self.tags.add(written)
        self._weight += _IMAGE_WEIGHT if tag.name in _IMAGES else 0
        if len(self.offsets) > MAX_TAGS:
            raise UnreadableDocument(f"the page has more than {MAX_TAGS} tags")


def _marked(text: str) -> _Marked:
    marked = _Marked()
    parts: list[str] = []
    done = shown = 0
    # The tokenizer knows line feeds alone, as the standard's input stream has them.
    for tag in Tokenizer(text.replace("\r", " "), structural=None):
        marked.reach(tag.offset, text[shown : tag.offset])
        shown = tag.end + len(tag.content)
        if tag.closing:
            continue
        marked.open(tag, text[tag.offset : tag.end])
        name_end = tag.offset + 1 + len(tag.name)
        parts.append(f"{text[done:name_end]} {OFFSET}={tag.offset} ")
        many = tag.written.count("=") > _MAX_ATTRIBUTES
        done = name_end + len(tag.written) if many else name_end
    marked.reach(len(text), text[shown:])
    marked.text = "".join([*parts, text[done:]]).replace("\0", "\ufffd")
    return marked


def _offsets(element: Element) -> Iterator[int]:
    for node in element.iter(etree.Element):
        written = node.get(OFFSET)
        if written is not None and written.isdecimal():
            yield int(written)


def _last(root: Element) -> int:
    return max(_offsets(root), default=-1)

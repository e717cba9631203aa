"""The open elements that decide what an image inside of them means.

Source: https://html.spec.whatwg.org/#parsing-main-inbody, as far as images ask for it.
"""

from __future__ import annotations

from typing import Final

from crawler.common.html_tokenizer import Tag

_MEDIA: Final = frozenset({"audio", "video"})
_FOREIGN: Final = frozenset({"math", "svg"})
_INTEGRATION_POINTS: Final = frozenset({"desc", "foreignobject", "title"})
"""Where HTML goes on inside of SVG."""
_BREAKOUT: Final = frozenset(
    {
        "b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em",
        "embed", "h1", "h2", "h3", "h4", "h5", "h6", "head", "hr", "i", "img", "li", "listing",
        "menu", "meta", "nobr", "ol", "p", "pre", "ruby", "s", "small", "span", "strike",
        "strong", "sub", "sup", "table", "tt", "u", "ul", "var",
    }
)  # fmt: skip
"""HTML elements that end SVG and MathML (the rules for parsing tokens in foreign content)."""
_CELLS: Final = frozenset({"caption", "td", "th", "tr"})
"""A link that was opened in one cell does not reach into the next."""

_DEPTH: Final = 32
"""SVG inside of HTML inside of SVG: a deeper one replaces the deepest."""

SCOPING: Final = (
    frozenset({"a", "picture", "table", "template"})
    | _MEDIA
    | _FOREIGN
    | _INTEGRATION_POINTS
    | _CELLS
)
"""The elements that must be told of even where they have no attributes."""


class Scope:
    """What is open where the tokenizer stands."""

    def __init__(self) -> None:
        self.anchor: int | None = None
        """The number of the mention that the open ``a`` makes, if it makes one."""
        self.picture = False
        self.media = False
        self._templates = 0
        self._foreign: list[str] = []
        self._tables: list[int | None] = []

    @property
    def inert(self) -> bool:
        """Whether a template is open: its content is not shown."""
        return self._templates > 0

    @property
    def foreign(self) -> bool:
        """Whether SVG or MathML is open, and not HTML inside of it."""
        return bool(self._foreign) and self._foreign[-1] in _FOREIGN

    @property
    def embedded(self) -> bool:
        """Whether SVG or MathML is open, whatever is open inside of it."""
        return bool(self._foreign)

    def enter(self, tag: Tag) -> None:
        """Take note of a tag, before its attributes are looked at."""
        name = tag.name
        if name not in SCOPING and not self._foreign:
            return
        if name == "template":
            self._templates = max(0, self._templates + (-1 if tag.closing else 1))
        elif self.inert:
            return
        elif name in _FOREIGN or (self._foreign and name in _INTEGRATION_POINTS):
            self._cross(tag)
        elif self.foreign and name in _BREAKOUT and not tag.closing:
            self._foreign.clear()
        self._note(tag)

    def _cross(self, tag: Tag) -> None:
        if not tag.closing and not tag.empty:
            self._foreign[_DEPTH:] = [tag.name]
        elif tag.closing and tag.name in self._foreign:
            while self._foreign.pop() != tag.name:
                pass

    def _note(self, tag: Tag) -> None:
        if tag.name == "a":
            self.anchor = None
        elif tag.name == "picture":
            self.picture = not tag.closing
        elif tag.name in _MEDIA:
            self.media = not tag.closing
        elif tag.name in _CELLS:
            self.anchor = self._tables[-1] if self._tables else self.anchor
        elif tag.name == "table":
            self._table(tag)

    def _table(self, tag: Tag) -> None:
        if not tag.closing:
            self._tables.append(self.anchor)
        elif self._tables:
            self.anchor = self._tables.pop()

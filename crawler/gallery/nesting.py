"""Bring the HTML of a stranger into a form that a parser reads in linear time.

A parser of HTML mends what is not well nested, and some of its repairs take quadratic time or make
much of little: elements without end in each other, formatting elements that are opened anew in
each paragraph, what stands between the cells of a table, thousands of attributes. So this goes
before the sanitiser, which is such a parser: one pass over the tags, after which each element that
may stay is closed where it ends, with the attributes that it may keep, and no more than `DEEPEST`
are in each other. What is deeper loses its tags and keeps its words.

Source: https://html.spec.whatwg.org/#parsing-main-inbody, as far as start tags end elements. Where
the standard would move or copy elements (the adoption agency, foster parenting), this is simpler:
an end tag ends what is open in its element too, and what stands between cells is a cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Final

from crawler.common.html_tokenizer import COMMENT, Tag, Tokenizer
from crawler.references.limits import SHOWN_WORK
from crawler.references.open_elements import SCOPING, Scope

DEEPEST: Final = 64
"""Elements in each other; browsers go to 512, and take minutes to lay out thousands."""
VOID: Final = frozenset({"br", "hr", "img", "wbr"})

_LONGEST_VALUE: Final = 8192
"""Characters of an attribute: no browser follows a longer URL for sure, nobody reads a longer
title."""
_REFERENCES: Final = 1000
"""Character references in one text; html5ever takes time quadratic in their number."""
_MANY_REFERENCES: Final = re.compile(rf"(?:&[^&]*+){{{_REFERENCES}}}")
_PARTING: Final = "<!---->"
"""Ends a text and begins another one; the sanitiser leaves it out."""

_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_ANNOTATIONS: Final = frozenset({"rp", "rt", "rtc"})
_BLOCKS: Final = _HEADINGS | {
    "blockquote", "center", "details", "div", "dl", "figcaption", "figure", "hr", "ol", "p", "pre",
    "summary", "table", "ul",
}  # fmt: skip
"""What ends a paragraph."""
_CELLS: Final = frozenset({"caption", "table", "td", "th"})
"""What no tag of something inside of it can end."""
_HOLDING_ITEMS: Final = (_BLOCKS - {"div", "hr", "p"}) | _CELLS

_Ends = tuple[tuple[frozenset[str], frozenset[str]], ...]
_PARAGRAPH: Final[_Ends] = ((frozenset({"p"}), _CELLS),)
_ENDS: Final[Mapping[str, _Ends]] = {
    **dict.fromkeys(_BLOCKS, _PARAGRAPH),
    "a": ((frozenset({"a"}), _CELLS),),
    "li": ((frozenset({"li"}), _HOLDING_ITEMS), *_PARAGRAPH),
    **dict.fromkeys(("dd", "dt"), ((frozenset({"dd", "dt"}), _HOLDING_ITEMS), *_PARAGRAPH)),
    **dict.fromkeys(_ANNOTATIONS, ((_ANNOTATIONS, _HOLDING_ITEMS | {"ruby"}),)),
}
"""What a start tag ends: the nearest of those elements that is open, inside of these."""

_PARENTS: Final = {
    "caption": ("table",),
    "thead": ("table",),
    "tbody": ("table",),
    "tr": ("tbody", "thead"),
    "td": ("tr",),
    "th": ("tr",),
}
"""Where the parts of a table stand; in the first of them where none is open."""
_ABOVE: Final = {
    **dict.fromkeys(("caption", "tbody", "thead"), frozenset({"table"})),
    "tr": frozenset({"table", "tbody", "thead"}),
    **dict.fromkeys(("td", "th"), frozenset({"table", "tbody", "thead", "tr"})),
}
"""What may be open around a part when it begins."""
_BETWEEN_CELLS: Final = frozenset({"table", "tbody", "thead", "tr"})

_HIDING: Final = frozenset({"audio", "object", "select"})
"""What hides all that it holds, where something ends it; `Scope` knows the others."""


def well_nested(
    html: str, attributes: Mapping[str, frozenset[str]], *, check: Callable[[], None]
) -> tuple[str, str]:
    """Return *html* nested well, and what is left of it, which is nothing unless there is too much.

    *attributes* has the elements that may stay, each with the names of the attributes that it may
    keep. *check* is called for each tag, and may raise what ends the work.
    """
    nesting = _Nesting(html, attributes)
    end = nesting.read(check)
    return nesting.written(), html[end:]


class _Nesting:
    def __init__(self, html: str, attributes: Mapping[str, frozenset[str]]) -> None:
        self._html = html
        self._attributes = attributes
        self._left = SHOWN_WORK
        self._scope = Scope()
        self._parts: list[str] = []
        self._open: list[tuple[str, bool]] = []
        """The elements that are open, and whether their tags were written."""
        self._at: dict[str, list[int]] = {name: [] for name in attributes}
        """Where in the list above those of a name are."""
        self._depth = 0
        self._references = 0
        self._hidden = ""
        """The element that hides what stands here, of those in `_HIDING`."""
        self._hiding = 0
        self._last_ends: dict[str, int] = {}

    def read(self, check: Callable[[], None]) -> int:
        """Read the tags, as many as are shown; return where what is left begins."""
        done = 0
        tags = Tokenizer(self._html, structural=None, comments=True)
        for tag in tags:
            check()
            if tag.offset > done and not self._is_hidden:
                self._text(self._html[done : tag.offset])
            if self._left < 0:
                return tag.offset
            done = tag.end + len(tag.content)
            if tag.name != COMMENT:
                self._enter(tag)
                tags.foreign = self._scope.foreign
        if not self._is_hidden:
            # A tag that never ends is no tag.
            self._text(self._html[done:].replace("<", "&lt;"))
        return len(self._html)

    def written(self) -> str:
        """Return what was read, all of it closed."""
        self._close_from(0)
        return "".join(self._parts)

    @property
    def _is_hidden(self) -> bool:
        return bool(self._hidden) or self._scope.inert or self._scope.embedded

    def _enter(self, tag: Tag) -> None:
        self._left -= 1
        if tag.name in SCOPING or self._scope.embedded:
            self._scope.enter(tag)
        if tag.name in _HIDING:
            self._hide(tag)
        elif tag.name in self._attributes and not self._is_hidden:
            if tag.closing:
                self._end(tag.name)
            else:
                self._start(tag)

    def _hide(self, tag: Tag) -> None:
        name = tag.name
        if not self._hidden and not tag.closing:
            if name not in self._last_ends:
                self._last_ends[name] = self._html.lower().rfind(f"</{name}")
            self._hidden = name if self._last_ends[name] > tag.offset else ""
        if self._hidden == name:
            self._hiding += -1 if tag.closing else 1
            self._hidden = name if self._hiding else ""

    def _text(self, text: str) -> None:
        if self._is_between_cells() and not text.isspace():
            self._open_part("td")
        self._references += text.count("&")
        if self._references > _REFERENCES:
            text = _PARTING + _MANY_REFERENCES.sub(rf"\g<0>{_PARTING}", text)
            self._references = 0
        self._parts.append(text)

    def _start(self, tag: Tag) -> None:
        name = tag.name
        if name in _PARENTS:
            if not self._at["table"]:
                return
            while self._open[-1][0] not in _ABOVE[name]:
                self._close_from(len(self._open) - 1)
            self._open_parents(name)
        else:
            if self._is_between_cells():
                self._open_part("td")
            for ended, inside in _ENDS.get(name, ()):
                self._end_nearest(ended, inside)
            if name in _HEADINGS and self._open and self._open[-1][0] in _HEADINGS:
                self._close_from(len(self._open) - 1)
        if name in VOID:
            self._write(self._start_tag(tag))
        else:
            self._push(name, self._start_tag(tag))

    def _end(self, name: str) -> None:
        at = self._at[name][-1] if self._at[name] else -1
        barriers = ("table",) if name in _PARENTS else () if name == "table" else _CELLS
        if at > self._nearest(barriers):
            self._close_from(at)
        elif name == "br":
            self._write("<br>")

    def _end_nearest(self, ended: frozenset[str], inside: frozenset[str]) -> None:
        at = self._nearest(ended)
        if at >= 0 and at > self._nearest(inside):
            self._close_from(at)

    def _nearest(self, names: frozenset[str] | tuple[str, ...]) -> int:
        """Return where the innermost element of one of *names* is open; -1 where none is."""
        return max((self._at[name][-1] for name in names if self._at[name]), default=-1)

    def _is_between_cells(self) -> bool:
        return bool(self._open) and self._open[-1][0] in _BETWEEN_CELLS

    def _open_part(self, name: str) -> None:
        self._open_parents(name)
        self._push(name, f"<{name}>")

    def _open_parents(self, name: str) -> None:
        """Open what a part of a table stands in, as far as it is not open."""
        parents = _PARENTS[name]
        if self._open[-1][0] not in parents:
            self._open_part(parents[0])

    def _push(self, name: str, start_tag: str) -> None:
        is_written = self._depth < DEEPEST
        if is_written:
            self._depth += 1
            self._write(start_tag)
        self._at[name].append(len(self._open))
        self._open.append((name, is_written))

    def _close_from(self, at: int) -> None:
        """End the element at *at*, and all that are open in it."""
        while len(self._open) > at:
            name, is_written = self._open.pop()
            self._at[name].pop()
            if is_written:
                self._depth -= 1
                self._write(f"</{name}>")

    def _write(self, tag: str) -> None:
        self._references = 0
        self._parts.append(tag)

    def _start_tag(self, tag: Tag) -> str:
        if not tag.written:
            return f"<{tag.name}>"
        known = self._attributes[tag.name]
        kept = (
            f' {name}="{escape(value)}"'
            for name, value in tag.attributes().items()
            if name in known and len(value) <= _LONGEST_VALUE
        )
        return f"<{tag.name}{''.join(kept)}>"

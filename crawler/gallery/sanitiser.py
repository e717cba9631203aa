"""What of an article's HTML may stand in a page of ours: words, their structure, local pictures.

It is the last to touch it. What it lets through loads nothing and runs nothing; the page's
Content-Security-Policy says the same again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

import nh3
from markupsafe import Markup

from crawler.common.html_tokenizer import Tokenizer

_OURS: Final = frozenset({"article", "aside", "footer", "header", "hgroup", "nav"})
"""Landmarks: those of the page are ours; the words in them stay."""
_MAPS: Final = frozenset({"area", "map"})
_TAGS: Final = nh3.ALLOWED_TAGS - _OURS - _MAPS
_WITHOUT_WORDS: Final = frozenset(
    {"audio", "iframe", "math", "noframes", "object", "script", "select", "style", "svg",
     "template", "textarea", "title", "xmp"}
)  # fmt: skip
"""Elements whose content is no part of the article's words."""
_ALIGNED: Final = frozenset({"align"})
_ATTRIBUTES: Final = {
    "*": {"dir", "id", "lang", "title"},
    "a": {"aria-label", "data-picture", "href"},
    "img": {"alt", "decoding", "height", "loading", "src", "width"},
    "ol": {"reversed", "start", "type"},
    "li": {"value"},
    "time": {"datetime"},
    "td": {"colspan", "rowspan", *_ALIGNED},
    "th": {"colspan", "rowspan", "scope", *_ALIGNED},
    **{name: {*_ALIGNED} for name in ("div", "h1", "h2", "h3", "h4", "p", "tr")},
}
_CLASSES: Final = {
    "a": {"zoom"},
    "img": {"photo"},
    "span": {"gap", "gap-title", "gap-why", "note", "embed"},
}
ID_PREFIX: Final = "article-"
"""What the article calls its parts must not be taken for what the page calls its own."""
_SCHEMES: Final = {"http", "https"}


_DEEPEST: Final = 64
"""Elements in each other: browsers need minutes to lay out thousands."""
_VOID: Final = frozenset({"br", "col", "hr", "img", "wbr"})


def _shallow(html: str) -> str:
    """Return *html*, which is well-formed, without the tags that are too deep in others."""
    parts: list[str] = []
    written = depth = 0
    for tag in Tokenizer(html, structural=None):
        if tag.name in _VOID:
            continue
        depth -= tag.closing
        if depth >= _DEEPEST:
            parts.append(html[written : tag.offset])
            written = tag.end
        depth += not tag.closing
    return "".join([*parts, html[written:]]) if parts else html


class Sanitiser:
    """Makes HTML safe; it is costly to make and cheap to use, for one text at a time."""

    def __init__(self) -> None:
        self._files: Collection[str] = ()
        self._link: Callable[[str], str | None] = lambda _: None
        self._cleaner = nh3.Cleaner(
            tags=set(_TAGS),
            clean_content_tags=set(_WITHOUT_WORDS),
            attributes=_ATTRIBUTES,
            attribute_filter=self._attribute,
            allowed_classes=_CLASSES,
            # What is wider than the page scrolls, which a keyboard must be able to do too.
            set_tag_attribute_values={"pre": {"tabindex": "0"}, "table": {"tabindex": "0"}},
            id_prefix=ID_PREFIX,
            link_rel="noopener noreferrer",
            url_schemes=_SCHEMES,
        )

    def clean(
        self, html: str, *, files: Collection[str], link: Callable[[str], str | None]
    ) -> Markup:
        """Return *html* with nothing left in it that could load or run something.

        *files* are the only sources that images may have; *link* says where a link leads, or None.
        """
        self._files, self._link = files, link
        return Markup(_shallow(self._cleaner.clean(html)))  # noqa: S704 - that is what it is for

    def _attribute(self, tag: str, name: str, value: str) -> str | None:
        if (tag, name) == ("img", "src"):
            return value if value in self._files else None
        if (tag, name) == ("a", "href"):
            return self._link(value)
        return value

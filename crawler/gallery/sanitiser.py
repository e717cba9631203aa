"""What of an article's HTML may stand in a page of ours: words, their structure, local pictures.

It is the last to touch it. What it lets through loads nothing and runs nothing; the page's
Content-Security-Policy says the same again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

import nh3
from markupsafe import Markup

from crawler.gallery.nesting import well_nested

_OURS: Final = frozenset({"article", "aside", "footer", "header", "hgroup", "nav"})
"""Landmarks: those of the page are ours; the words in them stay."""
_MAPS: Final = frozenset({"area", "map"})
_COLUMNS: Final = frozenset({"col", "colgroup"})
"""They hold nothing but styles."""
_TAGS: Final = nh3.ALLOWED_TAGS - _OURS - _MAPS - _COLUMNS
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

KEPT: Final = {
    name: frozenset(
        {*_ATTRIBUTES["*"], *_ATTRIBUTES.get(name, ()), *(("class",) if name in _CLASSES else ())}
    )
    for name in _TAGS
}
"""The attributes of each element that the sanitiser looks at."""


class Sanitiser:
    """Makes HTML safe; it is costly to make and cheap to use, for one text at a time."""

    def __init__(self) -> None:
        self._files: Collection[str] = ()
        self._numbers: Collection[str] = ()
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
        self,
        html: str,
        *,
        files: Collection[str],
        numbers: Collection[str],
        link: Callable[[str], str | None],
        check: Callable[[], None],
    ) -> tuple[Markup, str]:
        """Return *html* with nothing left in it that could load or run something, and the rest.

        *files* are the only sources that images may have, *numbers* those of the pictures that a
        link may show in the light box; *link* says where a link leads, or None.
        The rest is the HTML of which there is too much. *check* may raise what ends the work; the
        sanitiser itself, which is not interrupted, takes a second at most.
        """
        self._files, self._numbers, self._link = files, numbers, link
        nested, rest = well_nested(html, KEPT, check=check)
        return Markup(self._cleaner.clean(nested)), rest  # noqa: S704 - that is what it is for

    def _attribute(self, tag: str, name: str, value: str) -> str | None:
        if (tag, name) == ("img", "src"):
            return value if value in self._files else None
        if (tag, name) == ("a", "href"):
            return self._link(value)
        if name == "data-picture":
            return value if value in self._numbers else None
        return value

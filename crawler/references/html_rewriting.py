"""Put something in the place of each picture that HTML shows.

It is the loop of `html` over the same table, but it looks only at what a reader sees: the elements
that are images or show one, and backgrounds. What an attribute of another element may name for a
viewer, and the head of a page, has no place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from crawler.common.html_tokenizer import Tag, Tokenizer
from crawler.references import css
from crawler.references.attribute_values import READERS
from crawler.references.extraction import destination_of
from crawler.references.html_attributes import ANY, Attributes, row_of
from crawler.references.html_element import Element
from crawler.references.limits import SHOWN_WORK, STYLE_LENGTH, LimitReached
from crawler.references.open_elements import SCOPING, Scope

_TOLD_OF: Final = SCOPING | {"img", "noscript", "source"}
_PAINTED: Final = frozenset({"body", "table", "tbody", "td", "tfoot", "th", "thead", "tr"})
"""Elements that have a background, and stay what they are."""
_ENOUGH: Final = 5
_LOOK: Final = 6
_FIND: Final = 12
"""Steps for a tag with attributes, and for a picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A picture in a text."""

    destinations: tuple[str, ...]
    """What the references have that stand here: candidates for one picture."""
    alt: str | None
    width: int | None
    """Pixels, where the text says so."""
    linked: bool
    """Whether a link is open around it."""
    spare: bool
    """Whether it is shown only where scripts do not run, in the place of another."""


def depict(
    html: str, show: Callable[[Place], str], *, check: Callable[[], None]
) -> tuple[str, str]:
    """Return *html* with what *show* makes of each picture in its place, and what is left of it.

    Nothing is left unless there is too much. *check* is called for each tag that is looked at, and
    may raise what ends the work.
    """
    depiction = _Depiction(html, show, check)
    shown = "".join(depiction.parts())
    return shown, html[depiction.end :]


class _Depiction:
    def __init__(self, html: str, show: Callable[[Place], str], check: Callable[[], None]) -> None:
        self.end = len(html)
        """Where the work came to its end."""
        self._html = html
        self._show = show
        self._check = check
        self._left = SHOWN_WORK
        self._scope = Scope()
        self._sources: list[str] = []
        """Of the picture that is open, before its image."""
        self._spare = False
        self._style_left = STYLE_LENGTH

    def parts(self) -> Iterator[str]:
        written = 0
        tags = Tokenizer(self._html, structural=_TOLD_OF)
        for tag in tags:
            self._check()
            self._left -= _LOOK if tag.written else 1
            if self._left < 0:
                self.end = tag.offset
                break
            self._scope.enter(tag)
            tags.foreign = self._scope.foreign
            replacement = None if self._scope.inert else self._replacement(tag)
            if replacement is not None:
                yield self._html[written : tag.offset]
                yield replacement
                written = tag.end
        yield self._html[written : self.end]

    def _replacement(self, tag: Tag) -> str | None:
        """Return what stands in the place of *tag*; None where it stays."""
        if tag.name == "noscript":
            self._spare = not tag.closing
            return ""
        if tag.name == "picture":
            self._sources = []
        if tag.closing:
            return None
        attributes = tag.attributes()
        if tag.name == "a":
            self._scope.anchor = 1 if "href" in attributes else None
        found = list(self._destinations(tag.name, attributes))
        self._left -= len(found)
        if tag.name == "source":
            self._sources += found
            return ""
        if tag.name == "img":
            found, self._sources = [*self._sources, *found], []
        if not found:
            return "" if tag.name == "img" else None
        self._left -= _FIND
        shown = self._show(self._place(found, attributes))
        stays = tag.name in _PAINTED or ("style" in attributes and not _shows(tag.name))
        return self._html[tag.offset : tag.end] + shown if stays else shown

    def _destinations(self, name: str, attributes: Attributes) -> Iterator[str]:
        element = Element(name=name, attributes=attributes, line=1)
        for key, value in attributes.items():
            row = row_of(key, name, attributes, self._scope)
            if row is not None and (row.elements is not ANY or _shows(name)):
                try:
                    for mention in READERS[row.kind](row, value, element):
                        yield destination_of(mention.destination)
                except LimitReached:
                    continue
            elif key == "style" and css.may_hold_images(value):
                read, self._style_left = value[: self._style_left], self._style_left - len(value)
                for painted in css.images_of_declarations(read) if self._style_left > 0 else ():
                    yield destination_of(painted.url)

    def _place(self, destinations: list[str], attributes: Attributes) -> Place:
        width = attributes.get("width", "").strip().removesuffix("px")
        return Place(
            destinations=tuple(dict.fromkeys(destinations)),
            alt=attributes.get("alt"),
            width=int(width)
            if width.isascii() and width.isdigit() and len(width) < _ENOUGH
            else None,
            linked=self._scope.anchor is not None,
            spare=self._spare,
        )


_SHOWING: Final = frozenset(
    {"amp-anim", "amp-img", "amp-video", "embed", "feimage", "image", "img", "input", "mip-img",
     "object", "source", "video"}
)  # fmt: skip


def _shows(name: str) -> bool:
    """Return whether an element of that name gives way to its picture."""
    return name in _SHOWING

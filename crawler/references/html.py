"""Find images in HTML by one loop over its tags and the table in `attributes`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from crawler.common.html_tokenizer import Tag, Tokenizer
from crawler.common.urls import resolve, scheme
from crawler.fields import ReferrerPolicy
from crawler.references import css, html_head, image_links, json_ld, origins
from crawler.references.attribute_values import READERS
from crawler.references.candidate import Mention
from crawler.references.html_attributes import row_of
from crawler.references.html_element import Element
from crawler.references.image_urls import is_data_image
from crawler.references.insertion import COMPUTED, problem_of
from crawler.references.limits import MENTIONS, STYLE_LENGTH, TAGS, LimitReached
from crawler.references.open_elements import SCOPING, Scope
from crawler.references.post_html import Lines, Page
from crawler.references.template_expressions import is_computed

_OF_THE_PAGE: Final = frozenset({"base", "iframe", "meta"})
"""What says nothing of the post where it stands in a frame."""
_LINKABLE: Final = frozenset({None, "http", "https", "file"})


class HtmlExtractor:
    """The images of one page, found in one pass."""

    def __init__(self, page: Page, base: str | None) -> None:
        self.problems: list[str] = list(page.problems)
        self.base = base
        """What relative references resolve against: what the first ``base`` says, if one does."""
        self._has_base = False
        self.referrer_policy: ReferrerPolicy | None = None
        """What a ``meta`` says for the whole page."""
        self._page = page
        self._lines = Lines(page)
        self._scope = Scope()
        self._mentions: list[Mention] = []
        self._inside: dict[int, list[str]] = {}
        """The images inside of a link, by the number of the mention that the link makes."""
        self._viewed: set[int] = set()
        """The numbers of the links that a picture viewer opens."""
        self._style_left = STYLE_LENGTH
        self._tags_left = TAGS
        self._frame_line: int | None = None
        """On which line the frame stands whose own page is being read."""
        self._special: dict[str, Callable[[Element, Tag], None]] = {
            "a": self._anchor,
            "base": self._base,
            "iframe": self._iframe,
            "link": self._link,
            "meta": self._meta,
            "script": self._script,
            "style": self._style,
        }

    def mentions(self) -> list[Mention]:
        """Read the page to its end, or to the bound on the number of its images."""
        try:
            self._read_text(self._page.text)
        except LimitReached as limit:
            self.problems.append(str(limit))
        return [mention for mention in self._counted() if self._is_known(mention)]

    def _is_known(self, mention: Mention) -> bool:
        """Return whether the URL is one, rather than what an engine would make one of."""
        if not is_computed(mention.destination):
            return True
        if not any(known.startswith(COMPUTED) for known in self.problems):
            line = mention.location.removeprefix("line ")
            self.problems.append(problem_of(COMPUTED, line, mention.destination))
        return False

    def _counted(self) -> Iterator[Mention]:
        """Yield the mentions without the links to pages; judged last, when the base is known."""
        for number, mention in enumerate(self._mentions):
            if mention.origin not in origins.LINKS:
                yield mention
            elif inside := self._inside.get(number):
                link = image_links.Link(mention.destination, inside, self.base)
                if link.leads_to_image(viewer=number in self._viewed):
                    yield replace(mention, full_size_of=link.thumbnail)
            elif image_links.names_image(mention.destination):
                yield mention

    def _read_text(self, text: str) -> None:
        tags = Tokenizer(text, structural=SCOPING)
        for tag in tags:
            self._tags_left -= 1
            if self._tags_left < 0:
                raise LimitReached(f"more than {TAGS} tags, the rest was not read")
            self._scope.enter(tag)
            tags.foreign = self._scope.foreign
            if tag.closing or self._scope.inert:
                continue
            if tag.written or tag.content:
                self._read(tag)

    def _read(self, tag: Tag) -> None:
        element = Element(
            name=tag.name,
            attributes=tag.attributes(),
            line=self._frame_line or self._lines.at(tag.offset),
            origin=None if self._frame_line else self._page.origins.get(tag.offset),
        )
        special = self._special.get(tag.name)
        if special and not (self._frame_line and tag.name in _OF_THE_PAGE):
            special(element, tag)
        for name, value in element.attributes.items():
            if name == "style":
                self._style_attribute(element, value)
            elif row := row_of(name, tag.name, element.attributes, self._scope):
                self._add(self._within(READERS[row.kind](row, value, element)), element)

    def _add(self, mentions: Iterable[Mention], element: Element) -> None:
        for mention in mentions:
            if mention.destination.strip()[:1] in {"", "#"}:  # nothing, or a part of this page
                continue
            if len(self._mentions) >= MENTIONS:
                raise LimitReached(f"more than {MENTIONS} references, the rest was not read")
            if self._scope.anchor is not None and element.name != "a" and mention.skip is None:
                self._inside.setdefault(self._scope.anchor, []).append(mention.destination)
            self._mentions.append(mention)

    def _anchor(self, element: Element, _: Tag) -> None:
        href = element.attributes.get("href", "")
        number = len(self._mentions)
        if scheme(href) in _LINKABLE or is_data_image(href.strip()):
            self._add([element.mention(origins.A_HREF, href)], element)
        added = len(self._mentions) > number
        self._scope.anchor = number if added else None
        if added and image_links.opens_viewer(element.attributes):
            self._viewed.add(number)

    def _base(self, element: Element, _: Tag) -> None:
        if not self._has_base and "href" in element.attributes:
            self._has_base = True
            self.base = resolve(element.attributes["href"], self.base) or self.base

    def _meta(self, element: Element, _: Tag) -> None:
        self.referrer_policy = html_head.referrer_policy(element) or self.referrer_policy
        self._add(html_head.meta_images(element), element)

    def _iframe(self, element: Element, _: Tag) -> None:
        """Read the page that ``srcdoc`` holds, without the frames in it.

        Source: https://html.spec.whatwg.org/#attr-iframe-srcdoc
        """
        kept = self._scope
        self._scope, self._frame_line = Scope(), element.line
        self._read_text(element.attributes.get("srcdoc", ""))
        self._scope, self._frame_line = kept, None

    def _link(self, element: Element, _: Tag) -> None:
        self._add(html_head.link_images(element), element)

    def _script(self, element: Element, tag: Tag) -> None:
        if element.attributes.get("type", "").strip().lower() == "application/ld+json":
            found = json_ld.images_of_json_ld(tag.content)
            mentions = (element.mention(origins.JSON_LD, url) for url in found)
            self._add(self._within(mentions), element)

    def _style(self, element: Element, tag: Tag) -> None:
        found = css.images_of_style_sheet(self._affordable(tag.content))
        if self._frame_line:
            self._paint_at(element, found)
        elif found:
            self._paint(element, found, self._lines.at(tag.end) - 1)

    def _style_attribute(self, element: Element, value: str) -> None:
        found = css.images_of_declarations(self._affordable(value))
        self._paint_at(element, found)

    def _paint_at(self, element: Element, found: Iterable[css.Painted]) -> None:
        self._paint(element, [image._replace(line=0) for image in found], element.line)

    def _paint(self, element: Element, found: Iterable[css.Painted], before: int) -> None:
        for url, line, chosen in found:
            mention = element.mention(origins.STYLE_URL, url, line=before + line, chosen=chosen)
            self._add([mention], element)

    def _affordable(self, style: str) -> str:
        """Return as much of *style* as the bound allows; nothing where it cannot hold an image."""
        if not css.may_hold_images(style):
            return ""
        read = style[: self._style_left]
        self._style_left -= len(read)
        if len(read) < len(style):
            self._problem(f"more than {STYLE_LENGTH} characters of styles, the rest was not read")
        return read

    def _within(self, mentions: Iterable[Mention]) -> Iterator[Mention]:
        """Yield *mentions*; a bound that their source hits is a problem and ends them alone."""
        try:
            yield from mentions
        except LimitReached as limit:
            self._problem(str(limit))

    def _problem(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

"""Turn Markdown into the HTML that a reader's browser is given, as far as images ask for it.

Source: https://spec.commonmark.org/0.31.2/. Text, code and emphasis leave nothing behind; raw HTML
stays as it is, so that a link may begin in one piece of it and end in another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

from markdown_it.token import Token

from crawler.common.media_types import IMAGE_SUFFIXES
from crawler.references.aliases import without_alias
from crawler.references.commonmark import (
    ATTRIBUTES,
    IMPORTS,
    INSERTION,
    Environment,
    parse_blocks,
    parse_inline,
    place,
    plain_text,
)
from crawler.references.image_urls import ends_like_image
from crawler.references.insertion import image_tag
from crawler.references.jsx import Import, imports_of
from crawler.references.limits import MARKDOWN_LINES
from crawler.references.origins import ATTRIBUTE_LIST, MARKDOWN_IMAGE, MARKDOWN_LINK
from crawler.references.post_html import Page, PageWriter
from crawler.references.template_expansion import write_html

_IMAGE_OR_TAG: Final = re.compile(r"!\[|<[a-zA-Z/!?]|\{(?:%|\{[<%])")
_ENDINGS: Final = "|".join(sorted(suffix[1:] for suffix in IMAGE_SUFFIXES))
_SUFFIX: Final = re.compile(rf"[.&](?:{_ENDINGS}|#|period;)", re.IGNORECASE)
"""What must stand in a text that links to an image; entities may stand for letters of it."""

_HOLDS_MARKDOWN: Final = re.compile(
    r"<[A-Za-z][\w.:-]*+(?:\s[^<>]*?)?\smarkdown(?=[\s=>])|<[A-Z]\w*?[a-z]"
)
"""https://kramdown.gettalong.org/syntax.html#html-blocks, and components, which MDX looks into."""
_TAG_OF_MDX: Final = re.compile(r"\s*+</?(?!(?:script|style)(?=[\s>]))[A-Za-z]")
"""https://mdxjs.com/docs/what-is-mdx/#markdown: there is no HTML, and any tag may hold Markdown."""
_OF_THE_IMAGE: Final = frozenset(
    {"alt", "class", "height", "id", "loading", "src", "title", "width"}
)
"""What a list may say of an image without naming another one."""


def page_of_markdown(text: str, first_line: int, *, mdx: bool = False) -> Page:
    """Return the page that *text* makes; its first line is line *first_line* of the article.

    With *mdx*, what stands between tags is Markdown, and indented text is no code.

    >>> page_of_markdown("![A *b*](c.png 'd') and `![no](e.png)`", 1).text
    '<img src="c.png" alt="A b">'
    """
    environment: Environment = {}
    writer = _Writer(first_line, environment, mdx=mdx)
    if not _may_name_image(text, links_count=False):
        return writer.page()  # as for most posts: nothing to parse for
    blocks, complete = parse_blocks(writer.resolved(bounded(text)), environment, mdx=mdx)
    environment[IMPORTS] = dict(imports_in(blocks, first_line))
    links_count = _defines_image(environment)
    for token in blocks:
        if token.type == "html_block":
            writer.raw_html(token)
        elif token.type == "inline" and _may_name_image(token.content, links_count=links_count):
            writer.paragraph(token, *parse_inline(token.content, environment))
        elif token.nesting:
            writer.block(token)
    if not complete or text.count("\n") > MARKDOWN_LINES:
        writer.unread(blocks)
    return writer.page()


def imports_in(blocks: list[Token], first_line: int) -> Iterator[tuple[str, Import]]:
    """Yield the images that the *blocks* import, each with its name."""
    for token in blocks:
        if token.type == "inline" and token.map:
            yield from imports_of(token.content, first_line + token.map[0])


def bounded(text: str) -> str:
    """Return the first lines of *text*, as many as are read."""
    if text.count("\n") <= MARKDOWN_LINES:
        return text
    return "\n".join(text.split("\n", MARKDOWN_LINES)[:-1])


def _defines_image(environment: Environment) -> bool:
    definitions = environment.get("references", {}).values()
    return any(ends_like_image(definition["href"]) for definition in definitions)


def _may_name_image(text: str, *, links_count: bool) -> bool:
    if _IMAGE_OR_TAG.search(text):
        return True
    return "[" in text and (links_count or bool(_SUFFIX.search(text)))


def holds_markdown(html: str, *, mdx: bool) -> bool:
    """Return whether a block of HTML says that it holds Markdown."""
    return (_TAG_OF_MDX if mdx else _HOLDS_MARKDOWN).match(html) is not None


def more_than_image(listed: dict[str, str] | None) -> dict[str, str | None]:
    """Return what a list behind an image says but of the image itself."""
    return {name: listed[name] for name in listed or () if listed and name not in _OF_THE_IMAGE}


class _Writer(PageWriter):
    """Writes what the tokens of the parser stand for."""

    def __init__(self, first_line: int, environment: Environment, *, mdx: bool) -> None:
        super().__init__(first_line)
        self._first_line = first_line
        self._environment = environment
        self._raw = False
        self._mdx = mdx

    def raw_html(self, token: Token) -> None:
        """Write a block of HTML as it is, or as Markdown where it says that it holds some."""
        if holds_markdown(token.content, mdx=self._mdx):
            self.paragraph(token, *parse_inline(token.content, self._environment))
        else:
            write_html(self, token.content, self._line(token), self._environment[IMPORTS])
        self._raw = True

    def block(self, token: Token) -> None:
        """Write the tag of a block where it matters: after HTML that may have left a tag open."""
        if self._raw:
            self.write(f"<{'/' if token.nesting < 0 else ''}{token.tag}>", self.line)
            self._raw = False

    def paragraph(self, token: Token, children: Iterable[Token], complete: bool) -> None:
        """Write the images, links and tags of a paragraph, each with its own line."""
        line, counted = self._line(token), 0
        for child in children:
            position = place(child)
            if position is not None:
                line += token.content.count("\n", counted, position)
                counted = position
            if self.full:
                self.write("", line)
                break
            self._inline(child, line)
        if not complete:
            self.problem(f"too intricate Markdown, not all read from line {line} on")

    def unread(self, blocks: list[Token]) -> None:
        """Note that the text after the last of *blocks* was not read."""
        last = max((token.map[0] for token in blocks[-100:] if token.map), default=0)
        self.problem(f"too much Markdown, not read from line {self._first_line + last} on")

    def _inline(self, token: Token, line: int) -> None:
        if token.type == "image":
            self._image(token, line)
        elif token.type == "link_open":
            self.write(f'<a href="{escape(str(token.attrs["href"]))}">', line, MARKDOWN_LINK)
        elif token.type == "link_close":
            self.write("</a>", line)
        elif token.type == "html_inline":
            self.write(token.content, line)
        elif token.type == INSERTION:
            self.insert(token.meta[INSERTION], token.content, line)

    def _image(self, token: Token, line: int) -> None:
        source, alt = without_alias(str(token.attrs["src"])), plain_text(token.children)
        self.write(f'<img src="{escape(source)}" alt="{escape(alt)}">', line, MARKDOWN_IMAGE)
        if more := more_than_image(token.meta.get(ATTRIBUTES)):
            self.write(image_tag({**more, "alt": alt}), line, ATTRIBUTE_LIST)

    def _line(self, token: Token) -> int:
        return self._first_line + (token.map[0] if token.map else 0)

"""Turn Markdown into the HTML that a reader's browser is given, as far as images ask for it.

Source: https://spec.commonmark.org/0.31.2/. Text, code and emphasis leave nothing behind; raw HTML
stays as it is, so that a link may begin in one piece of it and end in another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import Final

from markdown_it.token import Token

from crawler.grounds.media_types import IMAGE_SUFFIXES
from crawler.references.commonmark import (
    Environment,
    parse_blocks,
    parse_inline,
    place,
    plain_text,
)
from crawler.references.limits import MARKDOWN_LINES
from crawler.references.origins import MARKDOWN_IMAGE, MARKDOWN_LINK
from crawler.references.page import Page, Piece
from crawler.references.plausible import ends_like_image

_IMAGE_OR_TAG: Final = re.compile(r"!\[|<[a-zA-Z/!?]")
_SUFFIX: Final = re.compile("|".join(map(re.escape, sorted(IMAGE_SUFFIXES))) + "|&", re.IGNORECASE)
"""What must stand in a paragraph that links to an image; ``&`` may be an encoded letter of it."""


def page_of_markdown(text: str, first_line: int) -> Page:
    """Return the page that *text* makes; its first line is line *first_line* of the article.

    >>> page_of_markdown("![A *b*](c.png 'd') and `![no](e.png)`", 1).text
    '<img src="c.png" alt="A b">'
    """
    environment: Environment = {}
    writer = _Writer(first_line)
    blocks, complete = parse_blocks(_bounded(text), environment)
    links_count = _defines_image(environment)
    for token in blocks:
        if token.type == "html_block":
            writer.raw_html(token)
        elif token.type == "inline" and _may_name_image(token.content, links_count):
            writer.paragraph(token, *parse_inline(token.content, environment))
        elif token.nesting:
            writer.block(token)
    if not complete or text.count("\n") > MARKDOWN_LINES:
        writer.unread(blocks)
    return writer.page()


def _bounded(text: str) -> str:
    """Return the first lines of *text*, as many as are read."""
    if text.count("\n") <= MARKDOWN_LINES:
        return text
    return "\n".join(text.split("\n", MARKDOWN_LINES)[:-1])


def _defines_image(environment: Environment) -> bool:
    definitions = environment.get("references", {}).values()
    return any(ends_like_image(definition["href"]) for definition in definitions)


def _may_name_image(paragraph: str, links_count: bool) -> bool:
    if _IMAGE_OR_TAG.search(paragraph):
        return True
    return "[" in paragraph and (links_count or bool(_SUFFIX.search(paragraph)))


class _Writer:
    """Writes the page, and remembers of each piece whence it came."""

    def __init__(self, first_line: int) -> None:
        self._first_line = first_line
        self._parts: list[str] = []
        self._length = 0
        self._pieces = [Piece(0, first_line)]
        self._origins: dict[int, str] = {}
        self._problems: list[str] = []
        self._raw = False

    def page(self) -> Page:
        """Return what was written."""
        return Page(
            text="".join(self._parts),
            pieces=tuple(self._pieces),
            origins=self._origins,
            problems=tuple(self._problems),
        )

    def raw_html(self, token: Token) -> None:
        """Write a block of HTML as it is."""
        self._write(token.content, self._line(token))
        self._raw = True

    def block(self, token: Token) -> None:
        """Write the tag of a block where it matters: after HTML that may have left a tag open."""
        if self._raw:
            self._write(f"<{'/' if token.nesting < 0 else ''}{token.tag}>", self._pieces[-1].line)
            self._raw = False

    def paragraph(self, token: Token, children: Iterable[Token], complete: bool) -> None:
        """Write the images, links and tags of a paragraph, each with its own line."""
        line, counted = self._line(token), 0
        for child in children:
            position = place(child)
            if position is not None:
                line += token.content.count("\n", counted, position)
                counted = position
            self._inline(child, line)
        if not complete:
            self._problem(f"too intricate Markdown, not all read from line {line} on")

    def unread(self, blocks: list[Token]) -> None:
        """Note that the text after the last of *blocks* was not read."""
        last = max((token.map[0] for token in blocks[-100:] if token.map), default=0)
        self._problem(f"too much Markdown, not read from line {self._first_line + last} on")

    def _inline(self, token: Token, line: int) -> None:
        if token.type == "image":
            source, alt = escape(str(token.attrs["src"])), escape(plain_text(token.children))
            self._write(f'<img src="{source}" alt="{alt}">', line, MARKDOWN_IMAGE)
        elif token.type == "link_open":
            self._write(f'<a href="{escape(str(token.attrs["href"]))}">', line, MARKDOWN_LINK)
        elif token.type == "link_close":
            self._write("</a>", line)
        elif token.type == "html_inline":
            self._write(token.content, line)

    def _problem(self, problem: str) -> None:
        kind = problem.partition(",")[0]
        if not any(known.startswith(kind) for known in self._problems):
            self._problems.append(problem)

    def _write(self, text: str, line: int, origin: str | None = None) -> None:
        self._pieces.append(Piece(self._length, line))
        if origin is not None:
            self._origins[self._length] = origin
        self._parts.append(text)
        self._length += len(text)

    def _line(self, token: Token) -> int:
        return self._first_line + (token.map[0] if token.map else 0)

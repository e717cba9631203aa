"""Turn all of a post's body into HTML, as its engine would: what `page` keeps, and the words too.

The parser and the constructs are those that found the images, so that each is met again under the
destination that its reference has. Nothing is made safe here: who shows it sanitises it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from crawler.models import Post
from crawler.references.aliases import without_alias
from crawler.references.commonmark import (
    ATTRIBUTES,
    CHECK,
    IMPORTS,
    INSERTION,
    Environment,
    parse_blocks,
    parse_inline,
    plain_text,
)
from crawler.references.extraction import text_of
from crawler.references.insertion import Insertion, image_tag
from crawler.references.limits import CONSTRUCT_WORK, SHOWN_LENGTH
from crawler.references.markdown import bounded, holds_markdown, imports_in, more_than_image
from crawler.references.post_html import PageWriter
from crawler.references.template_expansion import page_of_html, write_html
from crawler.references.template_expressions import resolve_expressions

_COMMENT: Final = re.compile(r"\{/\*|%%|\{%[-+]?\s*+comment|\{\{[<%]\s*+comment")
_OPENING_TAG: Final = re.compile(r"[^\n]*?[%>]\}\}?\n?")
_TAG_START: Final = re.compile(r"\{[%{]")
_SILENT: Final = re.compile(r"\{%[-+]?\s*+(?:end\w++|raw|more)\s*+-?%\}|\{\{[<%]\s*+/")


_CONSTRUCTS: Final = "image-archiver-constructs"
"""The key of the steps that are left for constructs in HTML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The body of a post as HTML."""

    html: str
    rest: str
    """What of its text comes behind that, where it is too long or too intricate."""
    complete: bool
    """Whether the HTML is all of it."""


def rendered(post: Post, *, check: Callable[[], None]) -> Rendered:
    """Return the HTML of the *post*'s body.

    *check* is called again and again, and may raise what ends the work; nothing else is raised.
    """
    text = text_of(post.body)
    if post.language == "html":
        page = page_of_html(text, 1)
        return Rendered(html=page.text, rest="", complete=not page.problems)
    return _of_markdown(text, check, mdx=post.suffix == ".mdx")


def _of_markdown(text: str, check: Callable[[], None], *, mdx: bool) -> Rendered:
    environment: Environment = {CHECK: check, _CONSTRUCTS: CONSTRUCT_WORK}
    text, all_resolved = resolve_expressions(text)
    read = bounded(text)
    blocks, complete = parse_blocks(read, environment, mdx=mdx, whole=True)
    environment[IMPORTS] = dict(imports_in(blocks, 1))
    complete &= all_resolved and read == text
    writer = _Writer(environment, _renderer(mdx=mdx))
    complete &= writer.write(blocks)
    rest = "" if complete else "".join(text.splitlines(keepends=True)[writer.line :])
    return Rendered(html="".join(writer.parts), rest=rest.strip("\n"), complete=complete)


class _Writer:
    """Writes blocks as HTML, as much as a page shows."""

    def __init__(self, environment: Environment, renderer: _Renderer) -> None:
        self._environment = environment
        self._renderer = renderer
        self._left = SHOWN_LENGTH
        self.parts: list[str] = []
        self.line = 0
        """As many lines are written."""

    def write(self, blocks: Sequence[Token]) -> bool:
        """Write *blocks*; return whether it is all of them, and all of each."""
        complete = True
        for at, token in enumerate(blocks):
            self._environment[CHECK]()
            if token.type == "inline":
                token.children, read = parse_inline(token.content, self._environment, whole=True)
                if not read:
                    token.children = [Token("text", "", 0, content=token.content)]
                    complete = False
                # A long destination may be used very often.
                if sum(map(_length, token.children)) > self._left:
                    return False
            part = self._renderer.block(blocks, at, self._environment)
            self._left -= len(part)
            if self._left < 0:
                return False
            self.parts.append(part)
            if token.map and not token.nesting:
                self.line = token.map[1]
        return complete


def _length(token: Token) -> int:
    """Return about how long the HTML of *token* is."""
    attributes = sum(len(str(value)) for value in token.attrs.values())
    return len(token.content) + attributes


@cache
def _renderer(*, mdx: bool) -> _Renderer:
    return _Renderer(mdx=mdx)


_OPTIONS: Final = MarkdownIt("commonmark").options


class _Renderer(RendererHTML):
    """Writes the tokens of the parser; each method is the rule for the token of its name."""

    def __init__(self, *, mdx: bool) -> None:
        super().__init__()
        self._mdx = mdx

    def block(self, blocks: Sequence[Token], at: int, environment: Environment) -> str:
        """Return the HTML of the block token at *at*, whose inline tokens are its children."""
        token = blocks[at]
        if token.type == "inline":
            return self.renderInline(token.children or [], _OPTIONS, environment)
        if token.type in self.rules:
            return str(self.rules[token.type](blocks, at, _OPTIONS, environment))
        return self.renderToken(blocks, at, _OPTIONS, environment)

    def image(self, tokens: Sequence[Token], idx: int, _options: object, _env: Environment) -> str:
        """Write an image, and behind it those that its list of attributes names."""
        token = tokens[idx]
        alt = plain_text(token.children)
        title = str(token.attrs["title"]) if "title" in token.attrs else None
        source = without_alias(str(token.attrs["src"]))
        written = image_tag({"src": source, "alt": alt, "title": title})
        more = more_than_image(token.meta.get(ATTRIBUTES))
        return written + (image_tag({**more, "alt": alt}) if more else "")

    def text_special(
        self, tokens: Sequence[Token], idx: int, _options: object, _env: Environment
    ) -> str:
        """Write a character that was escaped, or stood there as an entity."""
        return escape(tokens[idx].content)

    def insertion(
        self, tokens: Sequence[Token], idx: int, _options: object, _env: Environment
    ) -> str:
        """Write what stands for a construct of an engine; of what shows no image, its words."""
        token = tokens[idx]
        insertion: Insertion = token.meta[INSERTION]
        if insertion.markup:
            return "".join(markup.html for markup in insertion.markup)
        if _COMMENT.match(token.content) or _SILENT.match(token.content):
            return ""
        code = _code(token.content) if insertion.hides else None
        if code is not None:
            return f"<pre><code>{escape(code)}</code></pre>"
        return f"<code>{escape(token.content)}</code>"

    def html_block(
        self,
        tokens: Sequence[Token],
        idx: int,
        options: OptionsDict,
        env: Environment,
    ) -> str:
        """Write a block of HTML with its constructs, or as Markdown where it holds some."""
        content = tokens[idx].content
        if holds_markdown(content, mdx=self._mdx):
            children, complete = parse_inline(content, env, whole=True)
            return self.renderInline(children, options, env) if complete else content
        writer = PageWriter(1)
        writer.construct_work = env[_CONSTRUCTS]
        write_html(writer, content, 1, env[IMPORTS])
        env[_CONSTRUCTS] = writer.construct_work
        return writer.page().text


def _code(written: str) -> str | None:
    """Return what stands between the tags around code, of which the second is on the last line."""
    opening = _OPENING_TAG.match(written)
    if opening is None:
        return None
    last_line = written.rfind("\n") + 1
    closing = _TAG_START.search(written, max(last_line, opening.end()))
    return written[opening.end() : closing.start()] if closing else None

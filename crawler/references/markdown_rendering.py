"""Turn all of a post's body into HTML, as its engine would: what `page` keeps, and the words too.

The parser and the constructs are those that found the images, so that each is met again under the
destination that its reference has. Nothing is made safe here: who shows it sanitises it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
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
    IMPORTS,
    INSERTION,
    Environment,
    parse_blocks,
    parse_inline,
    plain_text,
)
from crawler.references.extraction import text_of
from crawler.references.insertion import Insertion, image_tag
from crawler.references.markdown import bounded, holds_markdown, imports_in, more_than_image
from crawler.references.post_html import PageWriter
from crawler.references.template_expansion import page_of_html, write_html
from crawler.references.template_expressions import resolve_expressions

_COMMENT: Final = re.compile(r"\{/\*|%%|\{%[-+]?\s*+comment|\{\{[<%]\s*+comment")
_CODE: Final = re.compile(r"(?s)\A[^\n]*?[%>]\}\}?\n?(.*?)\{[%{][^\n]*\Z")
"""What stands between the tags around code."""
_SILENT: Final = re.compile(r"\{%[-+]?\s*+(?:end\w++|raw|more)\s*+-?%\}|\{\{[<%]\s*+/")


def rendered(post: Post) -> tuple[str, bool]:
    """Return the HTML of the *post*'s body, and whether it is all of it. Never raises."""
    text = text_of(post.body)
    if post.language == "html":
        page = page_of_html(text, 1)
        return page.text, not page.problems
    return _of_markdown(text, mdx=post.suffix == ".mdx")


def _of_markdown(text: str, *, mdx: bool) -> tuple[str, bool]:
    environment: Environment = {}
    text, all_resolved = resolve_expressions(text)
    read = bounded(text)
    blocks, complete = parse_blocks(read, environment, mdx=mdx, whole=True)
    environment[IMPORTS] = dict(imports_in(blocks, 1))
    complete &= all_resolved and read == text
    for token in blocks:
        if token.type == "inline":
            token.children, all_read = parse_inline(token.content, environment, whole=True)
            complete &= all_read
            if not all_read:
                token.children = [Token("text", "", 0, content=token.content)]
    return _renderer(mdx=mdx).render(blocks, _OPTIONS, environment), complete


@cache
def _renderer(*, mdx: bool) -> _Renderer:
    return _Renderer(mdx=mdx)


_OPTIONS: Final = MarkdownIt("commonmark").options


class _Renderer(RendererHTML):
    """Writes the tokens of the parser; each method is the rule for the token of its name."""

    def __init__(self, *, mdx: bool) -> None:
        super().__init__()
        self._mdx = mdx

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
        code = _CODE.match(token.content) if insertion.hides else None
        if code:
            return f"<pre><code>{escape(code[1])}</code></pre>"
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
        write_html(writer, content, 1, env[IMPORTS])
        return writer.page().text

"""CommonMark as this stage needs it: markdown-it-py with places, with bounds, with URLs left alone."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline, autolink, html_inline, image, link
from markdown_it.token import Token

from crawler.references.limits import (
    MARKDOWN_BLOCK_NESTING,
    MARKDOWN_NESTING,
    MARKDOWN_STEPS,
    MARKDOWN_STEPS_A_CHARACTER,
    LimitReached,
)

_Rule = Callable[[StateInline, bool], bool]
Environment = MutableMapping[str, Any]
"""What the parser keeps between blocks: the definitions of references, and the steps left."""

_STEPS: Final = "image-archiver-steps"
_PLACE: Final = "place"


class _CommonMark(MarkdownIt):
    """The CommonMark preset; its names are markdown-it's."""

    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802
        """Every destination is one: CommonMark knows no unsafe schemes."""
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802
        """Leave the destination as its escapes and entities give it."""
        return url


def _placed(rule: _Rule) -> _Rule:
    """Return *rule*, made to note in its first token where in the paragraph it began."""

    def placed(state: StateInline, silent: bool) -> bool:
        start, count = state.pos, len(state.tokens)
        matched = rule(state, silent)
        if matched and not silent:
            for token in state.tokens[count : count + 2]:  # the text before it may come first
                token.meta.setdefault(_PLACE, start)
        return matched

    return placed


def _counted(state: StateInline, silent: bool) -> bool:  # noqa: ARG001 - a rule's signature
    """Match nothing; raise LimitReached when a paragraph costs more than its length allows."""
    state.env[_STEPS] -= 1
    if state.env[_STEPS] < 0:
        raise LimitReached
    return False


def _parser(nesting: int) -> _CommonMark:
    parser = _CommonMark("commonmark", {"maxNesting": nesting})
    rules: dict[str, _Rule] = {
        "link": link, "image": image, "autolink": autolink, "html_inline": html_inline,
    }  # fmt: skip
    for name, rule in rules.items():
        parser.inline.ruler.at(name, _placed(rule))
    parser.inline.ruler.before("text", "counted", _counted)
    return parser


_BLOCKS: Final = _parser(MARKDOWN_BLOCK_NESTING)
_INLINE: Final = _parser(MARKDOWN_NESTING)
_RENDERER: Final = RendererHTML()


def parse_blocks(text: str, environment: Environment) -> list[Token]:
    """Return the block tokens of *text*; the definitions of references go to *environment*."""
    tokens: list[Token] = []
    _BLOCKS.block.parse(text, _BLOCKS, environment, tokens)
    return tokens


def parse_inline(text: str, environment: Environment) -> tuple[list[Token], bool]:
    """Return the tokens of a paragraph, and whether they are all of them."""
    tokens: list[Token] = []
    environment[_STEPS] = MARKDOWN_STEPS + MARKDOWN_STEPS_A_CHARACTER * len(text)
    try:
        _INLINE.inline.parse(text, _INLINE, environment, tokens)
    except LimitReached:
        return tokens, False
    return tokens, True


def place(token: Token) -> int | None:
    """Return where in its paragraph an image, a link or a tag begins; None for other tokens."""
    position: int | None = token.meta.get(_PLACE)
    return position


def plain_text(image_token: Token) -> str:
    """Return the alternative text of an image: its description without markup."""
    return _RENDERER.renderInlineAsText(image_token.children, _INLINE.options, {})

"""CommonMark by markdown-it-py, with places, with bounds, and with URLs left alone."""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline, autolink, emphasis, html_inline, image, link
from markdown_it.token import Token

from crawler.references.limits import (
    BLOCK_WORK,
    INLINE_WORK,
    MARKDOWN_BLOCK_NESTING,
    MARKDOWN_NESTING,
    PARAGRAPH_WORK,
    LimitReached,
)

_Rule = Callable[[StateInline, bool], bool]
Environment = MutableMapping[str, Any]
"""What the parser keeps between blocks: the definitions of references, and the steps left."""

_LEFT: Final = "image-archiver-left"
_INLINE_LEFT: Final = "image-archiver-inline-left"
_BLOCK_STEPS: Final = 3
_RUN: Final = re.compile(r"\*++|_++")
_TERMINATED: Final = ["paragraph", "reference", "blockquote", "list"]
"""The blocks that look at each further line for the beginning of another one."""
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


def _spend(environment: Environment, steps: int) -> bool:
    environment[_LEFT] -= steps
    if environment[_LEFT] < 0:
        raise LimitReached
    return False


def _count(state: StateInline, silent: bool) -> bool:  # noqa: ARG001 - a rule's signature
    """Match nothing, but raise LimitReached when the work allowed is done."""
    return _spend(state.env, 1)


def _count_block(state: StateBlock, line: int, end: int, silent: bool) -> bool:  # noqa: ARG001
    """Match nothing, but raise LimitReached when the work allowed is done."""
    return _spend(state.env, 1 if silent else _BLOCK_STEPS)


def _emphasis(state: StateInline, silent: bool) -> bool:
    """Do as the rule does, which makes a token of each character of a run."""
    if run := _RUN.match(state.src, state.pos):
        _spend(state.env, len(run.group()))
    return emphasis.tokenize(state, silent)


def _parser(nesting: int) -> _CommonMark:
    parser = _CommonMark("commonmark", {"maxNesting": nesting})
    rules: dict[str, _Rule] = {
        "link": link, "image": image, "autolink": autolink, "html_inline": html_inline,
    }  # fmt: skip
    for name, rule in rules.items():
        parser.inline.ruler.at(name, _placed(rule))
    parser.inline.ruler.at("emphasis", _emphasis)
    parser.inline.ruler.before("text", "count", _count)
    parser.block.ruler.before("table", "count", _count_block, {"alt": _TERMINATED})
    return parser


_BLOCKS: Final = _parser(MARKDOWN_BLOCK_NESTING)
_INLINE: Final = _parser(MARKDOWN_NESTING)
_BREAKS: Final = {"softbreak": "\n", "hardbreak": "\n"}
_TEXTS: Final = frozenset({"text", "text_special", "code_inline"})


def parse_blocks(text: str, environment: Environment) -> tuple[list[Token], bool]:
    """Return the block tokens of *text*, and whether they are all of them.

    The definitions of references go to *environment*.
    """
    tokens: list[Token] = []
    environment[_LEFT], environment[_INLINE_LEFT] = BLOCK_WORK, INLINE_WORK
    try:
        _BLOCKS.block.parse(text, _BLOCKS, environment, tokens)
    except LimitReached:
        return tokens, False
    return tokens, True


def parse_inline(text: str, environment: Environment) -> tuple[list[Token], bool]:
    """Return the tokens of a paragraph, and whether they are all of them."""
    tokens: list[Token] = []
    environment[_LEFT] = allowance = min(environment[_INLINE_LEFT], PARAGRAPH_WORK)
    try:
        _INLINE.inline.parse(text, _INLINE, environment, tokens)
    except LimitReached:
        return tokens, False
    finally:
        environment[_INLINE_LEFT] -= allowance - max(0, environment[_LEFT])
    return tokens, True


def place(token: Token) -> int | None:
    """Return where in its paragraph an image, a link or a tag begins; None for other tokens."""
    position: int | None = token.meta.get(_PLACE)
    return position


def plain_text(tokens: Sequence[Token] | None) -> str:
    """Return the text of *tokens* without its markup: the alternative text of an image."""
    return "".join(
        _BREAKS.get(token.type) or plain_text(token.children) or _text(token)
        for token in tokens or ()
    )


def _text(token: Token) -> str:
    return token.content if token.type in _TEXTS else ""

"""CommonMark by markdown-it-py, with places, with bounds, and with URLs left alone.

What other dialects and engines add comes where CommonMark finds text: a text without their
constructs is read as CommonMark has it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, MutableMapping, Sequence
from functools import cache
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_inline import StateInline, autolink, emphasis, html_inline, image, link
from markdown_it.token import Token

from crawler.references.insertion import Insertion, Markup, image_tag
from crawler.references.jsx import COMPONENT, Braces, Imports, end_of_tag, jsx_at
from crawler.references.limits import (
    BLOCK_WORK,
    INLINE_WORK,
    MARKDOWN_BLOCK_NESTING,
    MARKDOWN_NESTING,
    PARAGRAPH_WORK,
    TABLE_COLUMNS,
    WHOLE_INLINE_WORK,
    LimitReached,
)
from crawler.references.markdown_dialects import attributes_at, destination_at, embed_at
from crawler.references.origins import WIKI_EMBED
from crawler.references.template_tags import Ends, end_of_template, template_at

# Its rules log each line that they look at: where a root logger says DEBUG, two thirds of the time.
logging.getLogger("markdown_it").setLevel(logging.INFO)

_Rule = Callable[[StateInline, bool], bool]
Environment = MutableMapping[str, Any]
"""What the parser keeps between blocks: the definitions of references, and the steps left."""

_LEFT: Final = "image-archiver-left"
_INLINE_LEFT: Final = "image-archiver-inline-left"
_TOO_DEEP: Final = "image-archiver-too-deep"
CHECK: Final = "image-archiver-check"
"""The key of what is called at each step, and raises where nobody waits any more."""
_DEEPEST: Final = MARKDOWN_BLOCK_NESTING - 2
"""From this level on a list item has no room, and the parser passes over what it holds."""
_BLOCK_STEPS: Final = 3
_CONSTRUCT_STEPS: Final = 3
_OPENINGS: Final = ("{%", "{{<", "{{%", "{/*", "%%")
_BLOCK_OPENING: Final = re.compile(r"\{(?:%|\{[<%]|/\*)|%%[\t ]*+$", re.MULTILINE)
"""A comment between percent signs goes on after a blank line only where they stand alone."""
_OPENING: Final = re.compile(r"\{|%%")
_ENGINES: Final = re.compile(rf"{_OPENING.pattern}|{COMPONENT.pattern}")
_RUN: Final = re.compile(r"\*++|_++")
_FOOTNOTE: Final = re.compile(r"\[\^[^\s\[\]]++\]:")
_FOOTNOTE_INDENT: Final = 4
_TERMINATED: Final = ["paragraph", "reference", "blockquote", "list"]
"""The blocks that look at each further line for the beginning of another one."""
_PLACE: Final = "place"
INSERTION: Final = "insertion"
"""The type of a token that stands for a construct of an engine, and the key of its meaning."""
ATTRIBUTES: Final = "attributes"
"""The key of what a list behind an image says of it."""
IMPORTS: Final = "image-archiver-imports"
"""The key of the images that the post imports, in the environment."""
_ENDS: Final = "image-archiver-ends"
_BRACES: Final = "image-archiver-braces"


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


def _nothing() -> None:
    """Let the work go on."""


def _spend(environment: Environment, steps: int) -> bool:
    environment[CHECK]()
    environment[_LEFT] -= steps
    if environment[_LEFT] < 0:
        raise LimitReached
    return False


def _count(state: StateInline, silent: bool) -> bool:  # noqa: ARG001 - a rule's signature
    """Match nothing, but raise LimitReached when the work allowed is done."""
    return _spend(state.env, 1)


def _count_block(state: StateBlock, line: int, end: int, silent: bool) -> bool:  # noqa: ARG001
    """Match nothing, but raise LimitReached when the work allowed is done."""
    if state.level >= _DEEPEST:
        state.env[_TOO_DEEP] = True
    return _spend(state.env, 1 if silent else _BLOCK_STEPS)


def _emphasis(state: StateInline, silent: bool) -> bool:
    """Do as the rule does, which makes a token of each character of a run."""
    if run := _RUN.match(state.src, state.pos):
        _spend(state.env, len(run.group()))
    return emphasis.tokenize(state, silent)


def _ends(environment: Environment, text: str) -> Ends:
    known: dict[str, Ends] = environment.setdefault(_ENDS, {})
    return known.get(text) or known.setdefault(text, Ends(text))


def _braces(environment: Environment, text: str) -> Braces:
    known: dict[str, Braces] = environment.setdefault(_BRACES, {})
    return known.get(text) or known.setdefault(text, Braces(text))


def _insert(state: StateInline, insertion: Insertion, silent: bool) -> bool:
    if not silent:
        token = state.push(INSERTION, "", 0)
        token.content = state.src[state.pos : insertion.end]
        token.meta = {INSERTION: insertion}
    state.pos = insertion.end
    return True


def _template(state: StateInline, silent: bool) -> bool:
    """Read the tag of a template language."""
    if not state.src.startswith(_OPENINGS, state.pos):
        return False
    insertion = template_at(state.src, state.pos, _ends(state.env, state.src))
    if insertion is None:
        return False
    _spend(state.env, _CONSTRUCT_STEPS)
    return _insert(state, insertion, silent)


def _tag(state: StateInline, silent: bool) -> bool:
    """Read a tag of JSX where it is one, else of HTML."""
    if state.src[state.pos] != "<":
        return False
    imports: Imports = state.env.get(IMPORTS, {})
    insertion = jsx_at(state.src, state.pos, _braces(state.env, state.src), imports)
    if insertion is not None:
        _spend(state.env, _CONSTRUCT_STEPS)
        return _insert(state, insertion, silent)
    return html_inline(state, silent)


def _image(state: StateInline, silent: bool) -> bool:
    """Read an image as CommonMark has it, else as other dialects do."""
    start = state.pos
    if not state.src.startswith("![", start):
        return False
    if not (image(state, silent) or _foreign_image(state, silent)):
        return False
    if not state.src.startswith("{", state.pos):
        return True
    listed = attributes_at(state.src, state.pos)
    if listed is not None:
        if not silent:
            state.tokens[-1].meta[ATTRIBUTES] = listed.attributes
        state.pos = listed.end
    return True


def _foreign_image(state: StateInline, silent: bool) -> bool:
    start = state.pos
    if embed := embed_at(state.src, start):
        tag = image_tag({"src": embed.url, "alt": embed.alt})
        return _insert(state, Insertion(embed.end, (Markup(tag, WIKI_EMBED),)), silent)
    label_end = state.md.helpers.parseLinkLabel(state, start + 1)
    found = destination_at(state.src, label_end + 1) if label_end >= 0 else None
    if found is None:
        return False
    if not silent:
        children: list[Token] = []
        state.md.inline.parse(state.src[start + 2 : label_end], state.md, state.env, children)
        token = state.push("image", "img", 0)
        token.attrs, token.children = {"src": found.url, "alt": ""}, children
    state.pos = found.end
    return True


def _table(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """Read a table, as many of its rows as can be afforded."""
    if line + 1 >= end:
        return False
    columns = max(1, state.src.count("|", state.bMarks[line + 1], state.eMarks[line + 1]))
    if columns > TABLE_COLUMNS:
        return False
    rows = max(0, state.env[_LEFT]) // columns
    if not table(state, line, min(end, line + 2 + rows), silent):
        return False
    return silent or not _spend(state.env, columns * (state.line - line))


def _template_block(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """Keep the lines of a template's tag together, whatever they look like."""
    start = state.bMarks[line] + state.tShift[line]
    if _BLOCK_OPENING.match(state.src, start) is None or state.is_code_block(line):
        return False
    over = end_of_template(state.src, start, _ends(state.env, state.src))
    return over is not None and _keep_together(state, line, end, over, silent)


def _tag_block(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """Keep the lines of a tag together, of which one may look like a quotation: ``>``."""
    start = state.bMarks[line] + state.tShift[line]
    over = end_of_tag(state.src, start, _braces(state.env, state.src))
    return over is not None and _keep_together(state, line, end, over, silent)


def _keep_together(state: StateBlock, line: int, end: int, over: int, silent: bool) -> bool:
    """Read the lines until *over* as one, where there are several."""
    if over <= state.eMarks[line]:
        return False
    following = line + 1
    while following < end and state.bMarks[following] < over:
        following += 1
    if over > state.eMarks[following - 1]:  # it leaves the list or quotation around it
        return False
    if not silent:
        content = state.getLines(line, following, state.blkIndent, keepLastLF=False).strip()
        state.line = following
        token = state.push("inline", "", 0)
        token.content, token.map, token.children = content, [line, following], []
    return True


def _footnote(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """Read a footnote: a block that goes on for as long as its lines are indented.

    CommonMark would take one that holds nothing but an image for the definition of a link.
    Source: https://michelf.ca/projects/php-markdown/extra/#footnotes, and so GitHub and Pandoc.
    """
    start = state.bMarks[line] + state.tShift[line]
    match = _FOOTNOTE.match(state.src, start, state.eMarks[line])
    if silent or match is None or state.is_code_block(line):
        return False
    kept = state.bMarks[line], state.tShift[line], state.sCount[line], state.parentType
    state.push("footnote_open", "div", 1)
    state.blkIndent += _FOOTNOTE_INDENT
    state.bMarks[line] = match.end()
    state.tShift[line] = state.skipSpaces(match.end()) - match.end()
    state.sCount[line] = state.blkIndent
    state.parentType = "footnote"
    state.md.block.tokenize(state, line, end)
    state.blkIndent -= _FOOTNOTE_INDENT
    state.bMarks[line], state.tShift[line], state.sCount[line], state.parentType = kept
    state.push("footnote_close", "div", -1)
    return True


@cache
def _parser(nesting: int, *, engines: bool, mdx: bool = False, whole: bool = False) -> _CommonMark:
    """Return a parser of Markdown, with the tags of engines where they are asked for.

    In MDX, indented text is no code: https://mdxjs.com/docs/what-is-mdx/#markdown
    """
    parser = _CommonMark("commonmark", {"maxNesting": nesting})
    rules: dict[str, _Rule] = {
        "link": link, "image": _image, "autolink": autolink, "html_inline": html_inline,
    }  # fmt: skip
    if engines:
        rules["html_inline"] = _tag
        parser.inline.ruler.after("escape", "template", _placed(_template))
        parser.block.ruler.before("fence", "template", _template_block, {"alt": _TERMINATED})
    for name, rule in rules.items():
        parser.inline.ruler.at(name, _placed(rule))
    parser.inline.ruler.at("emphasis", _emphasis)
    parser.block.ruler.before("reference", "footnote", _footnote)
    parser.inline.ruler.before("text", "count", _count)
    parser.block.ruler.before("table", "count", _count_block, {"alt": _TERMINATED})
    if mdx:
        parser.disable("code")
        parser.block.ruler.before("fence", "tag", _tag_block, {"alt": _TERMINATED})
    if whole:
        parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
        parser.enable(["table", "strikethrough"])
    return parser


_MARKS: Final = re.compile(r"[\\`*_~\[\]!<>&{}%\n]")
"""What a construct begins with, or ends: a paragraph without one is a text."""
_BREAKS: Final = {"softbreak": "\n", "hardbreak": "\n"}
_TEXTS: Final = frozenset({"text", "text_special", "code_inline"})


def parse_blocks(
    text: str, environment: Environment, *, mdx: bool, whole: bool = False
) -> tuple[list[Token], bool]:
    """Return the block tokens of *text*, and whether they are all of them.

    The definitions of references go to *environment*. With *whole*, tables and struck text are read
    too, which name no image that is not found without: https://github.github.com/gfm/
    """
    tokens: list[Token] = []
    environment.setdefault(CHECK, _nothing)
    environment[_LEFT] = BLOCK_WORK
    environment[_INLINE_LEFT] = WHOLE_INLINE_WORK if whole else INLINE_WORK
    engines = _OPENING.search(text) is not None
    try:
        parser = _parser(MARKDOWN_BLOCK_NESTING, engines=engines, mdx=mdx, whole=whole)
        parser.block.parse(text, parser, environment, tokens)
    except LimitReached:
        return tokens, False
    return tokens, _TOO_DEEP not in environment


def parse_inline(
    text: str, environment: Environment, *, whole: bool = False
) -> tuple[list[Token], bool]:
    """Return the tokens of a paragraph, and whether they are all of them."""
    tokens: list[Token] = []
    if _MARKS.search(text) is None:
        return [Token("text", "", 0, content=text)] if text else [], True
    environment[_LEFT] = allowance = min(environment[_INLINE_LEFT], PARAGRAPH_WORK)
    try:
        # A text without anything that is an engine's costs nothing for it.
        parser = _parser(MARKDOWN_NESTING, engines=bool(_ENGINES.search(text)), whole=whole)
        parser.inline.parse(text, parser, environment, tokens)
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

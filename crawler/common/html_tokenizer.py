"""Cut HTML into tags, as the standard's tokenizer does, with the place where each one begins.

Source: https://html.spec.whatwg.org/#tokenization. No tree is built: who needs to know what is open
around a tag keeps count. Each pattern is possessive, so that no text is read twice, and a tag that
never ends is the end of the text, as it is in browsers. The reason for no library: lxml tells the
line on which a tag ends, none beyond 65,535, stops at a depth of 2,048, and needs time quadratic in
the number of attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from crawler.common.character_references import attribute_value

_NAME: Final = r"[^\t\n\f />=]"
_VALUE: Final = (
    r"""[\t\n\f ]*+=[\t\n\f ]*+(?:"([^"]*+)"|'([^']*+)'|([^\t\n\f >"'][^\t\n\f >]*+)|(?=>))"""
)
_ATTRIBUTE: Final = (
    # An equals sign at the beginning belongs to the name (before attribute name state).
    rf"[\t\n\f /]*+([^\t\n\f />]{_NAME}*+)(?:{_VALUE}|(?![\t\n\f ]*+=))"
)
_UNGROUPED: Final = re.sub(r"(?<!\\)\((?!\?)", "(?:", _ATTRIBUTE)

_ATTRIBUTES: Final = re.compile(_ATTRIBUTE)
_MARKUP: Final = re.compile(
    rf"<(?:(/?)([a-zA-Z][^\t\n\f />]*+)((?:{_UNGROUPED})*+)[\t\n\f /]*+>"
    r"|(!--)"
    r"|(!\[CDATA\[)"
    r"|([!?]|/(?![a-zA-Z]))"
    r"|(/?[a-zA-Z]))"
)
_COMMENT_END: Final = re.compile(r"--!?>")
_SCRIPT_MARK: Final = re.compile(r"<!--|-->|<(/?)script(?=[\t\n\f />])", re.IGNORECASE)

_RAW_TEXT: Final = frozenset({"iframe", "noembed", "noframes", "script", "style", "xmp"})
"""Elements whose content is no markup. ``noscript`` is not among them: scripts do not run here."""
_TEXT_ONLY: Final = frozenset({"textarea", "title"})
_END_TAG: Final = {
    name: re.compile(rf"</{name}(?=[\t\n\f />])", re.IGNORECASE) for name in _RAW_TEXT | _TEXT_ONLY
}


COMMENT: Final = "!"
"""The name of what stands for a comment, a declaration or an instruction."""


class Tag(NamedTuple):
    """A start tag or an end tag."""

    name: str
    """Lower case."""
    closing: bool
    empty: bool
    """Whether it closes itself, which counts in SVG alone."""
    written: str
    """Its attributes, not yet parsed."""
    offset: int
    """Where it begins."""
    end: int
    """Where its content begins."""
    content: str
    """Of a start tag whose element holds no markup; else empty."""

    def attributes(self) -> dict[str, str]:
        """Return the attributes in the order in which they stand; of two with one name, the first.

        >>> next(iter(Tokenizer("<img SRC=a.png alt='x &amp; y' src=b.png hidden>"))).attributes()
        {'src': 'a.png', 'alt': 'x & y', 'hidden': ''}
        """
        found: dict[str, str] = {}
        for name, double, single, bare in _ATTRIBUTES.findall(self.written):
            found.setdefault(name.lower(), attribute_value(double or single or bare))
        return found


_NO_TAG: Final = Tag(
    name=COMMENT, closing=False, empty=False, written="", offset=0, end=0, content=""
)


class Tokenizer:
    """The tags of *text* that matter: with attributes, or content, or a name in *structural*.

    With *structural* None, all; with *comments*, each comment too, as a tag named COMMENT. Who
    reads them sets `foreign` while inside of SVG or MathML; there, every tag matters.
    """

    def __init__(
        self,
        text: str,
        *,
        structural: frozenset[str] | None = frozenset(),
        comments: bool = False,
    ) -> None:
        self.text = text
        self.foreign = False
        self._every = structural is None
        self._comments = comments
        self._bare = (structural or frozenset()) | _RAW_TEXT | _TEXT_ONLY | {"plaintext"}

    def __iter__(self) -> Iterator[Tag]:
        text, at = self.text, 0
        while match := _MARKUP.search(text, at):
            closing, name, written, comment, cdata, bogus, _ = match.groups()
            if name is not None:
                name, at = name.lower(), match.end()
                if written or self._every or self.foreign or name in self._bare:
                    tag = self._tag(name, closing, written, match)
                    yield tag
                    at += len(tag.content)
            elif not (comment or cdata or bogus):  # a tag that never ends
                return
            else:
                if comment:
                    at = _after_comment(text, match.end())
                elif cdata and self.foreign:
                    at = _after(text, "]]>", match.end())
                else:
                    at = _after(text, ">", match.start() + 2)
                if self._comments:
                    yield _NO_TAG._replace(offset=match.start(), end=at)

    def _tag(self, name: str, closing: str, written: str, match: re.Match[str]) -> Tag:
        start, end = match.span()
        content = "" if closing else self._content(name, end)
        empty = self.text[end - 2] == "/" and match.end(3) < end - 1
        return Tag(name, bool(closing), empty, written, start, end, content)

    def _content(self, name: str, start: int) -> str:
        if name == "plaintext":
            return self.text[start:]
        if name not in _RAW_TEXT and (self.foreign or name not in _TEXT_ONLY):
            return ""
        if name == "script":
            return self.text[start : _end_of_script(self.text, start)]
        match = _END_TAG[name].search(self.text, start)
        return self.text[start : match.start() if match else len(self.text)]


def _after(text: str, mark: str, start: int) -> int:
    at = text.find(mark, start)
    return len(text) if at < 0 else at + len(mark)


def _after_comment(text: str, start: int) -> int:
    # <!--> and <!---> are whole comments: comment start state, comment start dash state.
    for abrupt in (">", "->"):
        if text.startswith(abrupt, start):
            return start + len(abrupt)
    match = _COMMENT_END.search(text, start)
    return match.end() if match else len(text)


def _end_of_script(text: str, start: int) -> int:
    # https://html.spec.whatwg.org/#script-data-double-escaped-state: after <!-- and <script, the
    # next </script> ends only the inner one.
    escaped = nested = False
    for match in _SCRIPT_MARK.finditer(text, start):
        mark = match.group()
        if mark == "<!--":
            escaped = True
        elif mark == "-->":
            escaped = nested = False
        elif not match.group(1):
            nested = escaped
        elif nested:
            nested = False
        else:
            return match.start()
    return len(text)

"""Write HTML as an engine leaves it: with images in the place of template tags, shortcodes and JSX.

What stands in comments, scripts and code is left as it is. For text without such constructs this
costs one search.
"""

from __future__ import annotations

import re
from typing import Final

from crawler.references.insertion import Insertion
from crawler.references.jsx import JSX, Braces, Imports, jsx_at
from crawler.references.limits import LimitReached
from crawler.references.post_html import Page, PageWriter, Piece
from crawler.references.template_tags import Ends, shortcode_at, template_at

_VERBATIM: Final = r"<!--|<(?:code|pre|script|style|textarea|xmp)(?=[\s/>])"
_SHORTCODE: Final = r"\[(?<!\[\[)[A-Za-z][\w-]*+(?=\s++[\w-]++=)"
_MARK: Final = re.compile(rf"{_VERBATIM}|(?<!\\)\{{[{{%]|{_SHORTCODE}", re.IGNORECASE)
_MARK_OR_JSX: Final = re.compile(
    rf"{_VERBATIM}|(?<!\\)\{{(?:[{{%]|/\*)|{_SHORTCODE}|<[A-Za-z][\w.]*+(?=[\s/>])",
    re.IGNORECASE,
)

_SHORTCODE_MARK: Final = re.compile(_SHORTCODE)

_LOOK: Final = 1
_FIND: Final = 10
_TOO_MUCH: Final = "too many template tags in HTML, the rest was not read"


def page_of_html(text: str, first_line: int) -> Page:
    """Return the page that *text* is; its first line is line *first_line* of the article.

    >>> page_of_html("<p>{{< img 'a.png' >}}</p>", 1).text
    '<p><img src="a.png"></p>'
    """
    if not _worth_while(text, jsx=False):
        return Page(text=text, pieces=(Piece(0, first_line),))
    writer = PageWriter(first_line)
    write_html(writer, writer.resolved(text), first_line, None)
    return writer.page()


def write_html(writer: PageWriter, text: str, line: int, imports: Imports | None) -> None:
    """Write *text*, which begins on *line*, and what stands for its constructs.

    With *imports*, which may be empty, JSX is among them.
    """
    if not _worth_while(text, jsx=imports is not None):
        writer.write(text, line)
        return
    written = 0
    for start, insertion in _Reader(text, imports, writer).insertions():
        writer.write(text[written:start], line)
        line += text.count("\n", written, start)
        writer.insert(insertion, text[start : insertion.end], line)
        line += text.count("\n", start, insertion.end)
        written = insertion.end
    writer.write(text[written:], line)


def _worth_while(text: str, *, jsx: bool) -> bool:
    if "{{" in text or "{%" in text or _SHORTCODE_MARK.search(text):
        return True
    return jsx and ("{/*" in text or JSX.search(text) is not None)


class _Reader:
    """The constructs of one piece of HTML."""

    def __init__(self, text: str, imports: Imports | None, writer: PageWriter) -> None:
        self._text = text
        self._writer = writer
        self._imports = imports
        self._mark = _MARK if imports is None else _MARK_OR_JSX
        self._ends, self._braces = Ends(text), Braces(text)
        self._endless: set[str] = set()
        """The verbatim elements that nothing ends any more."""

    def insertions(self) -> list[tuple[int, Insertion]]:
        """Return what to insert, each with the place where its construct begins."""
        found: list[tuple[int, Insertion]] = []
        at = 0
        while self._writer.construct_work > 0 and (match := self._mark.search(self._text, at)):
            self._writer.construct_work -= _LOOK
            start, at = match.span()
            name = match.group().lower()
            if name.startswith("{"):
                insertion = template_at(self._text, start, self._ends)
            elif name.startswith("["):
                insertion = shortcode_at(self._text, start)
            elif (end := _VERBATIM_ENDS.get(name)) is not None:
                at, insertion = self._after(name, end, at), None
            else:
                insertion = self._jsx(start)
            if insertion is not None:
                at = insertion.end
                self._writer.construct_work -= _FIND
                if insertion.markup or insertion.problem or insertion.hides:
                    found.append((start, insertion))
        if self._writer.construct_work <= 0:
            self._writer.problem(_TOO_MUCH)
        return found

    def _jsx(self, start: int) -> Insertion | None:
        try:
            return jsx_at(self._text, start, self._braces, self._imports or {})
        except LimitReached:
            self._writer.construct_work = 0
            return None

    def _after(self, name: str, end: re.Pattern[str], position: int) -> int:
        if name in self._endless:
            return position
        match = end.search(self._text, position)
        if match is None:
            self._endless.add(name)
            return position
        return match.end()


_VERBATIM_ENDS: Final = {
    "<!--": re.compile("-->"),
    **{
        f"<{name}": re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
        for name in ("code", "pre", "script", "style", "textarea", "xmp")
    },
}

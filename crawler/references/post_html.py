"""The HTML of a post, with the line of the article on which each piece of it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from crawler.fields import Origin
from crawler.references.insertion import Insertion, problem_of
from crawler.references.limits import CONSTRUCT_WORK, EXPRESSIONS, PAGE_LENGTH
from crawler.references.template_expressions import resolve_expressions


class Piece(NamedTuple):
    """From *offset* on, the text comes from *line* and the lines after it."""

    offset: int
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a reader's browser is given."""

    text: str
    pieces: tuple[Piece, ...]
    """In order; the first one begins at 0."""
    origins: dict[int, Origin] = field(default_factory=dict)
    """The offsets of tags that stand for a construct of another language, with its origin."""
    problems: tuple[str, ...] = ()


class Lines:
    """Tells the line of an offset; asked for rising offsets, it reads the text once."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._next = 1
        self._offset, self._line = page.pieces[0]

    def at(self, offset: int) -> int:
        """Return the line of the article on which *offset* stands."""
        pieces = self._page.pieces
        while self._next < len(pieces) and pieces[self._next].offset <= offset:
            self._offset, self._line = pieces[self._next]
            self._next += 1
        if offset > self._offset:
            self._line += self._page.text.count("\n", self._offset, offset)
            self._offset = offset
        return self._line


class PageWriter:
    """Writes a page piece by piece, and remembers of each whence it came."""

    def __init__(self, first_line: int) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._pieces = [Piece(0, first_line)]
        self._origins: dict[int, Origin] = {}
        self._problems: dict[str, str] = {}
        self.construct_work = CONSTRUCT_WORK
        """What is left for the constructs in HTML that are not HTML."""

    @property
    def line(self) -> int:
        """The line of the last piece."""
        return self._pieces[-1].line

    @property
    def full(self) -> bool:
        """Whether nothing more is written."""
        return self._length > PAGE_LENGTH

    def page(self) -> Page:
        """Return what was written."""
        return Page(
            text="".join(self._parts),
            pieces=tuple(self._pieces),
            origins=self._origins,
            problems=tuple(self._problems.values()),
        )

    def write(self, html: str, line: int, origin: Origin | None = None) -> None:
        """Write *html*, which stands on *line*, for a construct where *origin* is one."""
        if self.full:
            self.problem(f"a page of more than {PAGE_LENGTH} characters, the rest was not read")
            return
        self._pieces.append(Piece(self._length, line))
        if origin is not None:
            self._origins[self._length] = origin
        self._parts.append(html)
        self._length += len(html)

    def insert(self, insertion: Insertion, written: str, line: int) -> None:
        """Write what stands for a construct that is *written* on *line*."""
        for markup in insertion.markup:
            self.write(markup.html, markup.line or line, markup.origin)
        if insertion.problem is not None:
            self.problem(problem_of(insertion.problem, line, written))

    def resolved(self, text: str) -> str:
        """Return *text* with its expressions resolved, as many as are read."""
        text, complete = resolve_expressions(text)
        if not complete:
            self.problem(f"more than {EXPRESSIONS} expressions, the rest was not read")
        return text

    def problem(self, problem: str) -> None:
        """Note *problem*; of those that begin alike, up to the comma, the first."""
        self._problems.setdefault(problem.partition(",")[0], problem)

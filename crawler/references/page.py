"""The HTML of a post, with the line of the article on which each piece of it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


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
    origins: dict[int, str] = field(default_factory=dict)
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

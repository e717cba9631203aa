"""Put other URLs into an article, and nothing else; each change is proven by reading it again.

The extractor tells what a text names, not where. So all places where a destination may be written
get a mark each, in one go, and the article is read: a reference that now names a mark is written in
its place, and what is code, prose or a page's address names none. Then the new URLs are written
into those places and the article is read once more: exactly the intended references must have
changed, and each must name exactly what was meant. Where reading does not agree, the places are
halved until it does; what is never proven is not changed.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crawler.common.digests import digest, short
from crawler.fields import Encoding
from crawler.models import Post, Reference
from crawler.references.limits import LimitReached
from crawler.references.occurrences import Place, places
from crawler.references.origins import DATA_ATTRS, FRONT_MATTER
from crawler.store.localization_journal import Change, decoded, encoded, replaced

Read = Callable[[bytes], Post]
"""Reads an article, with its references."""
Wanted = Callable[[Reference], str | None]
"""What a reference is to lead to; None where it is to stay."""
Spell = Callable[[str, Reference, str], str]
"""How that is written for a reference, behind what stands before it in the text."""

_MARKS: Final[tuple[tuple[bytes, Encoding], ...]] = (
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PROBES: Final = 200
"""Readings of one article, at most."""
_FEW_PROBES: Final = 8
"""Readings that even the longest article may have; without trouble it takes four."""
_PROBED: Final = 40_000_000
"""Characters that are read of one article, all readings together, but for those few."""
_KNOWN_BY_KEY: Final = frozenset({FRONT_MATTER, DATA_ATTRS})
"""Under a key that speaks of no image, a full URL is seen to be one, and a relative one is not."""

NOT_LOCATED: Final = (
    "the article does not spell it out: an alias, an odd escape, or the site's engine makes it"
)
NOT_PROVEN: Final = "no local link can stand there, as in an autolink, or only with other changes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A reference that stays as it is, though its image is at hand."""

    location: str
    destination: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewriting:
    """An article with other URLs."""

    content: bytes
    encoding: Encoding
    changes: tuple[Change, ...] = ()
    locations: tuple[str, ...] = ()
    """Of the changes."""
    left: tuple[Left, ...] = ()


def rewrite(content: bytes, read: Read, wanted: Wanted, spell: Spell) -> Rewriting:
    """Return *content* with what is *wanted* in the place of the destinations of its references.

    Every other byte stays, whatever the encoding. Never raises for what *content* holds.
    """
    encoding = _encoding(content)
    before = read(content)
    goals = {
        number: goal
        for number, reference in enumerate(before.references)
        if (goal := wanted(reference)) is not None
    }
    if not goals:
        return Rewriting(content=content, encoding=encoding)
    try:
        text = decoded(content, encoding)
    except UnicodeError:
        reason = f"the article is no valid {encoding.upper()}"
        left = _left(before, dict.fromkeys(goals, reason))
        return Rewriting(content=content, encoding=encoding, left=left)
    return _Rewriter(text, encoding, read, before).rewriting(goals, spell)


def _encoding(content: bytes) -> Encoding:
    return next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")


class _Rewriter:
    """One article."""

    def __init__(self, text: str, encoding: Encoding, read: Read, before: Post) -> None:
        self._text = text
        self._encoding = encoding
        self._read = read
        self._before = before
        self._probes_left = max(_FEW_PROBES, min(_PROBES, _PROBED // max(1, len(text))))
        self._host = f"https://{short(digest(encoded(text, encoding)), 16)}.invalid"

    def rewriting(self, goals: Mapping[int, str], spell: Spell) -> Rewriting:
        """Return the article with the *goals* of its references, by their numbers, as proven."""
        reasons = dict.fromkeys(goals, NOT_LOCATED)
        try:
            named = self._named(goals)
        except LimitReached as limit:
            reasons, named = dict.fromkeys(goals, str(limit)), {}
        edits: dict[Place, str] = {}
        for place, numbers in named.items():
            reasons.update(dict.fromkeys(goals.keys() & numbers, NOT_PROVEN))
            if len({goals.get(number) for number in numbers}) == 1 and numbers[0] in goals:
                first = self._before.references[numbers[0]]
                behind = self._text[max(0, place.start - 2) : place.start]
                edits[place] = spell(goals[numbers[0]], first, behind)
        proven = self._proven(edits)
        for place in proven:
            for number in named[place]:
                del reasons[number]
        done = sorted(proven)
        changed = [self._before.references[named[place][0]] for place in done]
        return Rewriting(
            content=self._written(proven),
            encoding=self._encoding,
            changes=tuple(self._changes(done, proven)),
            locations=tuple(_place_of(reference)[1] for reference in changed),
            left=_left(self._before, reasons),
        )

    def _named(self, goals: Mapping[int, str]) -> dict[Place, list[int]]:
        """Return the places that references are written in, with the numbers of those."""
        every = {core(reference.destination) for reference in self._before.references}
        named: dict[Place, list[int]] = {}
        for escaped in (False, True):
            known = {number for numbers in named.values() for number in numbers}
            missing = goals.keys() - known
            if not missing:
                break
            sought = {core(self._before.references[number].destination) for number in missing}
            found = places(self._text, sought if escaped else every, escaped=escaped)
            taken = [place for place in found if place.destination in sought]
            for number, place in sorted(self._explained(_free(taken, named)).items()):
                named.setdefault(place, []).append(number)
        return named

    def _explained(self, found: Sequence[Place]) -> dict[int, Place]:
        """Return the references that are written in one of the places *found*."""
        marks = {place: self._mark(number) for number, place in enumerate(found)}
        explained = self._answer(marks)
        if explained is not None or len(found) <= 1:
            return explained or {}
        middle = len(found) // 2
        return {**self._explained(found[:middle]), **self._explained(found[middle:])}

    def _proven(self, edits: dict[Place, str]) -> dict[Place, str]:
        """Return those of *edits* that change what they are to change, together."""
        if not edits or self._is_proven(edits):
            return edits
        each = list(edits.items())
        if len(each) == 1:
            return {}
        halves = each[: len(each) // 2], each[len(each) // 2 :]
        first, second = (self._proven(dict(half)) for half in halves)
        both = {**first, **second}
        return both if len(both) < len(edits) and self._is_proven(both) else first or second

    def _is_proven(self, edits: dict[Place, str]) -> bool:
        marks = {place: self._mark(number) for number, place in enumerate(edits)}
        marked = self._reading(marks)
        explained = marked and self._compared(marked, marks)
        after = self._reading(edits)
        if not marked or not explained or not after:
            return False
        news = {marks[place]: new for place, new in edits.items()}
        expected = [
            (reference, explained.get(number)) for number, reference in enumerate(marked.references)
        ]
        return _put(repr(marked.metadata), news) == repr(after.metadata) and _agree(
            [(_put(r.destination, news), r, place is not None) for r, place in expected],
            after.references,
        )

    def _answer(self, marks: Mapping[Place, str]) -> dict[int, Place] | None:
        marked = self._reading(marks)
        return self._compared(marked, marks) if marked else None

    def _compared(self, marked: Post, marks: Mapping[Place, str]) -> dict[int, Place] | None:
        """Return which references name a mark; None where anything else is different, too."""
        before = self._before
        if (before.body_line, len(before.references)) != (
            marked.body_line,
            len(marked.references),
        ):
            return None
        found: dict[int, Place] = {}
        by_mark = {mark: place for place, mark in marks.items()}
        for number, (old, new) in enumerate(zip(before.references, marked.references, strict=True)):
            if _place_of(old) != _place_of(new):
                return None
            if new.destination != old.destination:
                place = by_mark.get(core(new.destination))
                if place is None or place.destination != core(old.destination):
                    return None
                found[number] = place
        return found

    def _reading(self, edits: Mapping[Place, str]) -> Post | None:
        if self._probes_left <= 0:
            return None
        self._probes_left -= 1
        return self._read(self._written(edits))

    def _mark(self, number: int) -> str:
        return f"{self._host}/{number}.png"

    def _written(self, edits: Mapping[Place, str]) -> bytes:
        text = replaced(self._text, [(p.start, p.end, new) for p, new in sorted(edits.items())])
        return encoded(text, self._encoding)

    def _changes(self, done: Sequence[Place], edits: Mapping[Place, str]) -> list[Change]:
        changes: list[Change] = []
        offset = at = 0
        for place in done:
            offset += len(encoded(self._text[at : place.start], self._encoding))
            before = self._text[place.start : place.end]
            changes.append(Change(offset=offset, before=before, after=edits[place]))
            offset += len(encoded(before, self._encoding))
            at = place.end
        return changes


def core(destination: str) -> str:
    """Return *destination* without the space around it, which is no part of a URL."""
    return destination.strip(" \t\r\n\f")


def _free(found: Sequence[Place], named: Mapping[Place, object]) -> list[Place]:
    """Return the places of *found* that overlap none that is known already."""
    taken = sorted((place.start, place.end) for place in named)
    free: list[Place] = []
    at = 0
    for place in found:
        while at < len(taken) and taken[at][1] <= place.start:
            at += 1
        if at == len(taken) or place.end <= taken[at][0]:
            free.append(place)
    return free


def _agree(expected: Sequence[tuple[str, Reference, bool]], after: Sequence[Reference]) -> bool:
    """Return whether the references are as expected; changed ones known by a key may be hidden."""
    at = 0
    for destination, reference, changed in expected:
        if at < len(after) and (destination, _place_of(reference)) == (
            after[at].destination,
            _place_of(after[at]),
        ):
            at += 1
        elif not (changed and reference.origin in _KNOWN_BY_KEY):
            return False
    return at == len(after)


def _place_of(reference: Reference) -> tuple[str, str]:
    # What a link is the full size of changes with the image inside of it.
    return reference.origin, reference.location.partition(", full size of ")[0]


def _put(text: str, news: Mapping[str, str]) -> str:
    if not news:
        return text
    host = next(iter(news)).rpartition("/")[0]
    first, *rest = text.split(f"{host}/")
    parts = [first]
    for part in rest:
        number, dot, end = part.partition(".png")
        parts += [news.get(f"{host}/{number}.png", ""), end] if dot else [part]
    return "".join(parts)


def _left(before: Post, reasons: Mapping[int, str]) -> tuple[Left, ...]:
    references = [(before.references[number], reason) for number, reason in reasons.items()]
    return tuple(
        Left(
            location=_place_of(reference)[1],
            destination=reference.destination,
            reason=reason,
        )
        for reference, reason in references
    )

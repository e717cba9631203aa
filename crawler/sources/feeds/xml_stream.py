"""Read the records of an XML document one by one, in constant memory, however broken it is.

Before the parser sees the text, each ``&`` that begins no reference is escaped and the names of
HTML become numbers: no text and no URL is lost to ``&nbsp;`` or to a bare ``&``. It follows that no
entity that a document declares is ever expanded, and that no outside one is asked for.
"""

from __future__ import annotations

import codecs
import contextlib
import copy
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from html.entities import html5
from itertools import chain, pairwise
from typing import BinaryIO, Final, NamedTuple, cast

from lxml import etree
from lxml.etree import _Element as Element
from w3lib.encoding import resolve_encoding

from crawler.sources.document_type import UnreadableDocument

MAX_RECORD: Final = 12 * 1024 * 1024
"""Characters of one record; for depth, names and texts libxml2 has bounds of its own."""
MAX_EMPTY: Final = 50_000
"""Records that say nothing, of one document."""
_PIECE: Final = 64 * 1024
_SHORTEST_PIECE: Final = 200
"""Characters; shorter records are fed together."""
_MOST_PROBLEMS: Final = 3
"""Told of one record; a broken document has thousands."""
_COUNTED_ERRORS: Final = 100
"""libxml2 tells of no more than these (XML_MAX_ERRORS)."""

_CONTAINERS: Final = ("rss", "channel", "RDF", "feed", "urlset", "sitemapindex")

_DECLARED: Final = re.compile(rb"""\s*+<\?xml[^>]*?\bencoding\s*+=\s*+["']([\w.:-]++)""")
# https://www.w3.org/TR/xml/#sec-guessing
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_NO_ENCODINGS: Final = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"}
)
"""What Python knows under the name of an encoding, and no browser does."""

# https://www.w3.org/TR/xml/#charsets
_FORBIDDEN: Final = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
_NOT_A_CHARACTER: Final = re.compile(f"[{_FORBIDDEN}]")
_UNSAFE: Final = re.compile(
    r"&(?:#(?:([0-9]{1,7}+)|[xX]([0-9a-fA-F]{1,6}+));|([A-Za-z][A-Za-z0-9]{1,31}+);)?+"
    f"|[{_FORBIDDEN}]"
)
_CUT: Final = re.compile(r"(?:&[#\w]{0,33}|<(?:!(?:\[[CDAT]{0,5})?)?|\]{1,2})\Z", re.ASCII)
"""What a piece may end with that goes on in the next."""
_LONGEST_CUT: Final = 34

_HARMLESS: Final = frozenset({"NS_ERR_UNDEFINED_NAMESPACE", "WAR_NS_URI_RELATIVE"})
"""What libxml2 calls an error though nothing is lost by it."""


class Record(NamedTuple):
    """A record, and what was wrong with the document since the one before it."""

    element: Element
    problems: tuple[str, ...]


class Stream:
    """The elements of *file* that are called as *names* are, in whatever namespace.

    They come one at a time: whoever asks for the next is done with the one before. One that begins
    inside another ends it, because its end was lost. *on_other* is told of what stands beside the
    records, before the next of them comes. *encoding* is what the server said; a byte order mark
    overrules it (RFC 7303, 3). Iterating raises UnreadableDocument for a record without bounds, and
    for more than MAX_EMPTY records that say nothing.
    """

    def __init__(
        self,
        file: BinaryIO,
        names: Collection[str],
        *,
        encoding: str | None = None,
        on_other: Callable[[Element], None] = lambda _element: None,
    ) -> None:
        self._file = file
        self._names = frozenset(names)
        self._encoding = encoding
        self._on_other = on_other
        self._start = re.compile(rf"<(?:[\w.-]{{1,40}}+:)?+(?:{'|'.join(names)})[\s/>]")
        self._parser = _parser([*names, *_CONTAINERS])
        self._containers: list[Element] = []
        self._open: Element | None = None
        self._since = 0
        self._told = 0
        self._empty = 0
        self._lossy = False

    def __iter__(self) -> Iterator[Record]:
        for piece in self._pieces():
            self._since += len(piece)
            self._parser.feed(piece.encode())
            yield from self._records()
            self._prune(self._open)
            if self._has_stopped():
                break
            if self._since > MAX_RECORD:
                raise UnreadableDocument(f"more than {MAX_RECORD} characters without a record")
        with contextlib.suppress(etree.XMLSyntaxError):
            self._parser.close()
        yield from self._records()
        if self._open is not None:
            yield self._record(self._open)

    def problems(self) -> tuple[str, ...]:
        """Return what was wrong with the document since the last record."""
        log = list(self._parser.feed_error_log)
        fresh = [entry for entry in log[self._told :] if entry.type_name not in _HARMLESS]
        found = [f"broken XML, line {e.line}: {' '.join(e.message.split())}" for e in fresh]
        found = list(dict.fromkeys(found))[:_MOST_PROBLEMS]
        if len(log) >= _COUNTED_ERRORS > self._told:
            found.append(f"broken XML in {_COUNTED_ERRORS} places or more")
        if self._lossy:
            found.append("characters that could not be decoded")
        self._told, self._lossy = len(log), False
        return tuple(found)

    def _has_stopped(self) -> bool:
        """Return whether the parser met its bound for depth, after which it reads no more."""
        log = self._parser.feed_error_log
        return len(log) > 0 and log[-1].message.startswith("Excessive depth")

    def _pieces(self) -> Iterator[str]:
        # Fed one by one, records meet neither the errors nor the beginnings of others.
        for text in _repaired(self._texts()):
            ends = [0]
            for match in self._start.finditer(text):
                if match.start() - ends[-1] >= _SHORTEST_PIECE:
                    ends.append(match.start())
            for start, end in pairwise([*ends, len(text)]):
                yield text[start:end]

    def _records(self) -> Iterator[Record]:
        for event, found in self._parser.read_events():
            element = cast("Element", found)
            if _local(element) not in self._names:
                if event == "start":
                    self._containers.append(element)
            elif event == "end":
                if element is self._open:
                    yield self._record(element)
            elif self._open is None:
                self._open = element
            elif element.tag == self._open.tag:
                outer = self._record(self._open)
                self._open = element
                yield outer._replace(element=_without(outer.element, str(element.tag)))

    def _record(self, element: Element) -> Record:
        self._prune(element)
        self._open = None
        # What says nothing takes no problem with it: the next record tells it, or the end.
        says_anything = len(element.attrib) or any(c.tag != element.tag for c in element)
        self._empty += not says_anything
        if self._empty > MAX_EMPTY:
            raise UnreadableDocument(f"more than {MAX_EMPTY} records that say nothing")
        return Record(element, self.problems() if says_anything else ())

    def _prune(self, record: Element | None) -> None:
        """Let go of what is complete, and stands before *record* where one is open."""
        kept = {record, *record.iterancestors()} if record is not None else set()
        for container in self._containers:
            while len(container) > 1 and container[0] not in kept:
                child = container[0]
                if _local(child) not in self._names:
                    self._on_other(child)
                del container[0]
                self._since = 0

    def _texts(self) -> Iterator[str]:
        piece = self._file.read(_PIECE)
        decoder = codecs.getincrementaldecoder(_encoding(piece, self._encoding))("replace")
        begun = False
        while piece:
            text = self._decoded(decoder, piece, final=False)
            # White space before the declaration is the commonest defect of all.
            text = text if begun else text.lstrip("\ufeff \t\r\n")
            begun = begun or bool(text)
            yield text
            piece = self._file.read(_PIECE)
        yield self._decoded(decoder, b"", final=True)

    def _decoded(self, decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool) -> str:
        text = decoder.decode(piece, final)
        self._lossy = self._lossy or "\ufffd" in text
        return text


def _parser(names: list[str]) -> etree.XMLPullParser:
    return etree.XMLPullParser(
        events=("start", "end"),
        tag=[f"{{*}}{name}" for name in names],
        encoding="utf-8",
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )


def _without(record: Element, tag: str) -> Element:
    """Return *record* without what is called *tag* within it."""
    alone = copy.deepcopy(record)
    for inner in [element for element in alone.iter(tag) if element is not alone]:
        parent = inner.getparent()
        if parent is not None:
            parent.remove(inner)
    return alone


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _encoding(head: bytes, declared_by_server: str | None) -> str:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    declaration = _DECLARED.match(head)
    for name in (declared_by_server, declaration[1].decode() if declaration else None):
        known = resolve_encoding(name) if name else None
        # Who declares UTF-16 in single bytes cannot mean it.
        if known and _is_of_texts(known) and not known.startswith(("utf-16", "utf-32")):
            return known
    return "utf-8"


def _is_of_texts(encoding: str) -> bool:
    try:
        "".encode(encoding)
    except (LookupError, ValueError):
        return False
    return encoding.replace("_", "-") not in _NO_ENCODINGS


def _repaired(texts: Iterable[str]) -> Iterator[str]:
    """Yield *texts* such that nothing outside of CDATA sections is lost in a parser of XML."""
    rest, inside = "", False
    for text in chain(texts, [None]):
        whole = rest + (text or "")
        cut = _CUT.search(whole, max(0, len(whole) - _LONGEST_CUT)) if text is not None else None
        rest = whole[cut.start() :] if cut else ""
        parts: list[str] = []
        at, end = 0, len(whole) - len(rest)
        while at < end:
            mark = "]]>" if inside else "<![CDATA["
            found = whole.find(mark, at, end)
            until = end if found < 0 else found + len(mark)
            part = whole[at:until]
            parts.append(_NOT_A_CHARACTER.sub("", part) if inside else _UNSAFE.sub(_safe, part))
            inside ^= found >= 0
            at = until
        yield "".join(parts)


def _safe(match: re.Match[str]) -> str:
    return _safe_spelling(match[0])


@lru_cache(maxsize=4096)
def _safe_spelling(written: str) -> str:
    match = _UNSAFE.fullmatch(written)
    decimal, hexadecimal, name = match.groups("") if match else ("", "", "")
    if decimal or hexadecimal:
        code = int(decimal) if decimal else int(hexadecimal, 16)
        return written if _is_character(code) else ""
    # Numbers for the names of XML too: once a document was broken, libxml2 drops every name.
    if characters := html5.get(f"{name};"):
        return "".join(f"&#{ord(character)};" for character in characters)
    return f"&#38;{written[1:]}" if written[0] == "&" else ""


def _is_character(code: int) -> bool:
    return 0 < code < 0x110000 and not _NOT_A_CHARACTER.match(chr(code))  # noqa: PLR2004 - the end of Unicode

"""What `localize` wrote for a post, so that it can be taken back and is never taken for new text.

The journal is durable before the article changes and goes after it is as it was. Whoever reads an
article for its images reads it through `as_written`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crawler.common import archive_layout, json_codec, limits
from crawler.common.digests import checked_digest, digest
from crawler.common.files import read_regular, remove_durably, sweep, sync_folder, write_atomically
from crawler.errors import ManifestError
from crawler.fields import Digest, Encoding, LocalArticle, Offset, Size
from crawler.references.limits import LimitReached
from crawler.references.occurrences import places
from crawler.store.bundle import Bundle

SCHEMA: Final = "image-archiver/localized/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A URL in the article and what stands in its place."""

    offset: Offset
    """In the article as it was, in bytes."""
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InPlace:
    """The author's own article, before and after."""

    original: Digest
    localized: Digest
    encoding: Encoding
    """Of the bytes of the changes."""
    changes: tuple[Change, ...]

    def original_of(self, content: bytes) -> bytes | None:
        """Return the article as it was, byte for byte; None where *content* is not what was left.

        >>> change = Change(offset=1, before="http://a/b.png", after="b.png")
        >>> sums = {"original": digest(b"(http://a/b.png)"), "localized": digest(b"(b.png)")}
        >>> InPlace(**sums, encoding="utf-8", changes=(change,)).original_of(b"(b.png)")
        b'(http://a/b.png)'
        """
        found = digest(content)
        if found == self.original:
            return content
        if found != self.localized:
            return None
        parts: list[bytes] = []
        read = before = 0
        for change in self.changes:
            taken = content[read : read + change.offset - before]
            parts += [taken, change.before.encode(self.encoding)]
            read += len(taken) + len(change.after.encode(self.encoding))
            before = change.offset + len(parts[-1])
        original = b"".join([*parts, content[read:]])
        return original if digest(original) == self.original else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalCopy:
    """The copy of the article that leads to the images of its bundle."""

    path: LocalArticle
    digest: Digest
    size: Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """What was written for one post."""

    schema: str = SCHEMA
    in_place: InPlace | None = None
    copy: LocalCopy | None = None

    def as_written(self, content: bytes) -> bytes:
        """Return the article at hand as its author wrote it, with the URLs that it had.

        Where it changed since, that is its text of today with those URLs in their places.
        """
        if self.in_place is None:
            return content
        original = self.in_place.original_of(content)
        return _put_back(content, self.in_place) if original is None else original


def _put_back(content: bytes, done: InPlace) -> bytes:
    urls = {change.after: change.before for change in reversed(done.changes)}
    try:
        text = decoded(content, done.encoding)
        found = places(text, urls)
    except (UnicodeError, LimitReached):
        return content
    return encoded(
        replaced(text, [(each.start, each.end, urls[each.destination]) for each in found]),
        done.encoding,
    )


def decoded(content: bytes, encoding: Encoding) -> str:
    """Return *content* as text from which `encoded` makes the same bytes. Raises UnicodeError."""
    return content.decode(encoding, _errors(encoding))


def encoded(text: str, encoding: Encoding) -> bytes:
    """Return the bytes of *text*."""
    return text.encode(encoding, _errors(encoding))


def _errors(encoding: Encoding) -> str:
    return "surrogateescape" if encoding == "utf-8" else "surrogatepass"


def replaced(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    """Return *text* with what stands between two offsets replaced; the edits are in order."""
    parts: list[str] = []
    at = 0
    for start, end, new in edits:
        parts += [text[at:start], new]
        at = end
    return "".join([*parts, text[at:]])


_JOURNAL: Final = json_codec.RecordReader(Journal)


def read_journal(folder: Path, known: Collection[str] = ()) -> Journal | None:
    """Return the journal of the bundle at *folder*; None where it has none.

    *known* are the digests that the catalog has for it. Raises ManifestError where it cannot be
    read or is none of those: that is no reason to take the article for a new one.
    """
    found = _read(folder / archive_layout.JOURNAL, known)
    return found[0] if found else None


def journal_digest(folder: Path) -> str | None:
    """Return the digest of the journal of the bundle at *folder*; None where it has none.

    Raises ManifestError where it cannot be read.
    """
    found = _read(folder / archive_layout.JOURNAL, ())
    return found[1] if found else None


def _read(path: Path, known: Collection[str]) -> tuple[Journal, str] | None:
    try:
        document = read_regular(path, limits.JOURNAL)
        journal = _JOURNAL.from_json(document)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ManifestError(f"{path}: {error.strerror}") from error
    except json_codec.RecordError as error:
        raise ManifestError(f"{path}: it is damaged: {error}") from error
    if journal.schema != SCHEMA:
        raise ManifestError(f"{path}: it has the schema {journal.schema!r}, not {SCHEMA!r}")
    return journal, checked_digest(path, document, known)


def as_written(folder: Path, content: bytes) -> bytes:
    """Return the article of the bundle at *folder* as its author wrote it. Raises ManifestError."""
    journal = read_journal(folder)
    return content if journal is None else journal.as_written(content)


def write_journal(bundle: Bundle, journal: Journal) -> None:
    """Write *journal*, or remove what there is where it says nothing; it outlives a power failure.

    Raises StorageError or PathError.
    """
    sweep(bundle.folder, beneath=bundle.base)
    path, document = bundle.folder / archive_layout.JOURNAL, to_document(journal)
    if document is None:
        remove_durably(path, beneath=bundle.base)
        return
    write_atomically(path, document, beneath=bundle.base)
    sync_folder(bundle.folder)


def to_document(journal: Journal) -> bytes | None:
    """Return *journal* as the bytes of its file; None where it says nothing, and has none."""
    if journal.in_place is None and journal.copy is None:
        return None
    return json_codec.to_document(journal)

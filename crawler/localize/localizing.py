"""Lead the articles to the images that the archive holds: in a copy, or in place.

In place, the journal is durable before the article changes. What is left as it is, though its image
is at hand, is told with the reason.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal

from crawler.common import archive_layout, limits
from crawler.common.digests import digest
from crawler.common.files import (
    followed,
    read_regular,
    replace_durably,
    stored_at,
    sweep,
    write_atomically,
)
from crawler.errors import ManifestError, PathError
from crawler.localize.links import Links, Relative, checked_prefix, start_of
from crawler.localize.post_selection import (
    Record,
    chosen_posts,
    is_elsewhere,
    opened,
    own_article,
    own_manifest,
)
from crawler.localize.rewriting import NOT_LOCATED, Left, Rewriting, core, rewrite
from crawler.models import Entry, Manifest, Post, PostRecord, Reference
from crawler.references.origins import FRONT_MATTER
from crawler.sources import SUFFIXES, Reading
from crawler.sources.article_file import read_content
from crawler.sources.article_posts import with_references
from crawler.store.archive import bundle_at
from crawler.store.bundle import Bundle
from crawler.store.catalog import Catalog, PostRow
from crawler.store.checked_files import write_checked_journal
from crawler.store.localization_journal import Change, InPlace, Journal, LocalCopy, read_journal

Target = Literal["copy", "in-place"]
Use = Literal["original", "converted"]

_AT_HAND: dict[Target, frozenset[str]] = {
    "copy": frozenset({"data"}),
    "in-place": frozenset({"data", "file"}),
}
"""How images came that need no other link: the article holds them, or they lie beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Localizing:
    """What is asked for."""

    to: Target
    prefix: str | None = None
    """The URL at which the archive is served; None for relative links."""
    relative: Relative = "auto"
    use: Use = "original"
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Localized:
    """What became of one post."""

    post: str
    article: str | None = None
    """The file with local links."""
    changes: tuple[Change, ...] = ()
    locations: tuple[str, ...] = ()
    """Of the changes."""
    left: tuple[Left, ...] = ()
    remote: int = 0
    """References whose images are not archived."""
    written: bool = False
    """Whether the file was not so before."""
    problem: str | None = None
    """Why nothing was done at all."""
    elsewhere: bool = False
    """Whether that is because the article is no file of this disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """A post, and what the archive has of it."""

    row: PostRow
    bundle: Bundle
    catalog: Catalog
    root: Path
    manifest: Manifest
    journal: Journal

    @property
    def folder(self) -> Path:
        """The folder of the bundle."""
        return self.bundle.folder

    @property
    def copy(self) -> Path:
        """The article that the bundle has: a copy, or in place the author's own."""
        return stored_at(self.folder, self.manifest.post.article.path)

    def keep(self, journal: Journal) -> None:
        """Write the journal. Raises StorageError or PathError."""
        write_checked_journal(self.catalog, str(self.row.bundle), self.bundle, journal)


class _Impossible(Exception):
    """Nothing can be done for a post, for a reason that a person is told."""


def localize(root: Path, posts: Sequence[str], asked: Localizing) -> Iterator[Localized]:
    """Lead *posts*, or all without any, to their images, and yield what became of each.

    Raises UsageError, ArchiveLockedError or StorageError.
    """
    asked = replace(asked, prefix=checked_prefix(asked.prefix))
    with opened(root, read_only=asked.dry_run) as (catalog, record):
        for row in chosen_posts(catalog, posts):
            yield _localized(root.resolve(), row, asked, catalog, record)


def _localized(
    root: Path, row: PostRow, asked: Localizing, catalog: Catalog, record: Record
) -> Localized:
    if asked.to == "in-place" and is_elsewhere(row):
        problem = "it came over the network: only --to copy can write it"
        return Localized(post=row.id, problem=problem, elsewhere=True)
    try:
        subject = _subject(root, row, catalog)
        if asked.to == "copy":
            return _copied(subject, asked)
        return _in_place(subject, asked, record)
    except (ManifestError, PathError, _Impossible) as error:
        return Localized(post=row.id, problem=str(error))


def _subject(root: Path, row: PostRow, catalog: Catalog) -> _Subject:
    name = str(row.bundle)
    bundle = bundle_at(root, name)
    manifest = own_manifest(row, bundle, catalog.digests(name, archive_layout.MANIFEST))
    journal = (
        read_journal(bundle.folder, catalog.digests(name, archive_layout.JOURNAL)) or Journal()
    )
    return _Subject(
        row=row, bundle=bundle, catalog=catalog, root=root, manifest=manifest, journal=journal
    )


def _copied(subject: _Subject, asked: Localizing) -> Localized:
    """Write the copy into the bundle."""
    content = subject.journal.as_written(_content(subject.copy))
    rewriting = _rewritten(subject, content, subject.folder, asked)
    suffix = "html" if subject.copy.suffix.lower().startswith(".htm") else "md"
    path = subject.folder / f"{archive_layout.LOCAL_ARTICLE}.{suffix}"
    former = _content(path) if os.path.lexists(path) else None
    written = former != rewriting.content and bool(rewriting.changes or subject.journal.copy)
    if written and not asked.dry_run:
        _keep_copy(subject, path, former, rewriting.content)
    return _result(subject, path, rewriting, written=written)


def _keep_copy(subject: _Subject, path: Path, former: bytes | None, content: bytes) -> None:
    ours = subject.journal.copy
    if former is not None and (ours is None or digest(former) != ours.digest):
        raise _Impossible(f"{path} is not what was written there; move it away, and run again")
    copy = LocalCopy(path=path.name, digest=digest(content), size=len(content))
    subject.keep(replace(subject.journal, copy=copy))
    write_atomically(path, content, beneath=subject.bundle.base)


def _in_place(subject: _Subject, asked: Localizing, record: Record) -> Localized:
    """Write the author's own article; the journal first."""
    article = own_article(subject.row, subject.bundle, subject.manifest)
    content = _content(followed(article))
    original = subject.journal.as_written(content)
    start = start_of(article, subject.folder, asked.relative)
    rewriting = _rewritten(subject, original, start, asked)
    written = bool(rewriting.changes) and rewriting.content != content
    if not asked.dry_run and rewriting.changes:
        done = InPlace(
            original=digest(original),
            localized=digest(rewriting.content),
            encoding=rewriting.encoding,
            changes=rewriting.changes,
        )
        if written:
            sweep(article.parent, beneath=None)
        if done != subject.journal.in_place:
            if written and content != original:
                # The next journal does not know the links that stand there now.
                replace_durably(article, original)
            subject.keep(replace(subject.journal, in_place=done))
        if written:
            replace_durably(article, rewriting.content)
        note(subject.row, article, original, record)
    return _result(subject, article, rewriting, written=written)


def note(row: PostRow, article: Path, original: bytes, record: Record) -> None:
    """Tell the catalog what the file is like now, where what was archived is its *original*.

    So the next run passes over it unread, as before.
    """
    if digest(original) == row.digest:
        status = article.stat()
        record(replace(row, size=status.st_size, mtime_ns=status.st_mtime_ns))


def _content(path: Path) -> bytes:
    try:
        return read_regular(path, limits.ARTICLE)
    except OSError as error:
        raise _Impossible(f"{path}: {error.strerror}") from error


def _rewritten(subject: _Subject, content: bytes, start: Path, asked: Localizing) -> Rewriting:
    links = Links(start=start, bundle=subject.folder, root=subject.root, prefix=asked.prefix)
    if asked.prefix is not None and not subject.folder.is_relative_to(subject.root):
        raise _Impossible("its bundle is not in the archive, where --link-prefix leads")
    goals, lost = _goals(subject, asked)
    seen: set[tuple[bool, str]] = set()

    def wanted(reference: Reference) -> str | None:
        seen.add(_key(reference))
        goal = goals.get(_key(reference))
        return None if goal is None else links.path(goal)

    rewriting = rewrite(content, _reader(subject), wanted, links.spell)
    unseen = [
        Left(location=r.location, destination=r.destination, reason=NOT_LOCATED)
        for entry in subject.manifest.entries
        for r in entry.references
        if _key(r) in goals and _key(r) not in seen
    ]
    if digest(content) != subject.manifest.post.article.digest:
        unseen = []  # its author took them out
    return replace(rewriting, left=(*rewriting.left, *lost, *unseen))


def _goals(
    subject: _Subject, asked: Localizing
) -> tuple[Mapping[tuple[bool, str], str], list[Left]]:
    """Return the file for each destination that can have one, and what lacks its file."""
    goals: dict[tuple[bool, str], str] = {}
    lost: list[Left] = []
    for entry in subject.manifest.entries:
        if entry.state != "archived" or entry.capture is None:
            continue
        if entry.capture.via in _AT_HAND[asked.to]:
            continue
        file = _file(entry, asked.use)
        if (subject.folder / file).is_file():
            goals.update((_key(reference), file) for reference in entry.references)
        else:
            reason = f"{file} is missing: run `image-archiver verify --repair`"
            lost += [
                Left(location=r.location, destination=r.destination, reason=reason)
                for r in entry.references
            ]
    return goals, lost


def _file(entry: Entry, use: Use) -> str:
    """Return the path of the image that is shown, relative to the bundle."""
    assert entry.original is not None  # noqa: S101 - what is archived has one
    made = (d.path for d in entry.derivatives if use == d.profile == archive_layout.CONVERTED)
    return next(made, entry.original.path)


def _key(reference: Reference) -> tuple[bool, str]:
    """Return what tells the image of a reference within its post.

    Only the body may have a ``base`` of its own.
    """
    return reference.origin == FRONT_MATTER, core(reference.destination)


def _reader(subject: _Subject) -> Callable[[bytes], Post]:
    """Return what reads the article of a post with its references, whatever they stand for."""
    record = subject.manifest.post
    suffix = _suffix(record)

    def read(content: bytes) -> Post:
        post = read_content(
            content, id_=record.id, source=record.source, suffix=suffix, base_url=record.url
        )
        return with_references(post, Reading(all_candidates=True))

    return read


def _suffix(record: PostRecord) -> str:
    """Return the ending that says how to read the article: that of its source where it has one."""
    copied, given = (
        PurePosixPath(path).suffix.lower() for path in (record.article.path, record.source)
    )
    return given if SUFFIXES.get(given) == SUFFIXES[copied] else copied


def _result(subject: _Subject, path: Path, rewriting: Rewriting, *, written: bool) -> Localized:
    return Localized(
        post=subject.row.id,
        article=str(path),
        changes=rewriting.changes,
        locations=rewriting.locations,
        left=rewriting.left,
        remote=sum(
            len(entry.references) for entry in subject.manifest.entries if entry.state != "archived"
        ),
        written=written,
    )

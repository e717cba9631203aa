"""One run over an archive: what it was asked, what it holds, what it counted, how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import shutil
import time
from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

from crawler.archiving.config import Options
from crawler.common import archive_layout
from crawler.common.dates import rfc3339
from crawler.common.digests import digest, digest_of_file
from crawler.common.files import write_atomically
from crawler.common.safe_paths import REPLACED
from crawler.common.stop_signal import StopFlag
from crawler.downloads import Fetcher, Waiting
from crawler.errors import ManifestError, PathError, StorageError, WrongSetting
from crawler.models import STATES, Article, Entry, Manifest, Post, Summary
from crawler.sources import PostItem
from crawler.store.archive import Archive, bundle_in_place
from crawler.store.bundle import Bundle
from crawler.store.catalog import PostRow
from crawler.store.manifest import count_failures, read_manifest, to_document
from crawler.store.manifest.changes import changes_between, kind_of, to_lines
from crawler.store.previous_reports import problems_before

logger = logging.getLogger(__name__)

_NOT_PLACEHOLDERS = "ARCHIVE_NOT_PLACEHOLDERS"
_PROBLEMS_KEPT = 1000
_FAILURES_KEPT = 1000


class Ending(Enum):
    """How a run ended, before its counts are looked at."""

    FINISHED = "finished"
    LIMIT = "limit"
    STORAGE = "storage"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledItem:
    """What ImagesPipeline makes of it: every reference has come to a state."""

    item: PostItem
    bundle: Bundle
    former: Manifest | None
    entries: tuple[Entry, ...]
    unwanted: frozenset[str] | None = None
    """URLs of entries that the post does not ask for any more; None where nobody looked."""

    @property
    def post(self) -> Post:
        """The post of the item."""
        return self.item.post


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An article that could not be archived at all."""

    source: str
    message: str
    new: bool
    """Whether the run before could archive it."""


@dataclass(slots=True)
class HostProgress:
    """The images of one host in this run."""

    wanted: int = 0
    done: int = 0

    @property
    def left(self) -> int:
        """How many are on their way."""
        return self.wanted - self.done


@dataclass(slots=True)
class Tally:
    """The counts of a run, over the posts of its sources."""

    posts: int = 0
    unchanged_posts: int = 0
    references: int = 0
    entries: int = 0
    states: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    refreshed: Counter[str] = field(default_factory=Counter)
    """Images that were asked for again: ``unchanged``, ``changed``, ``gone``, ``unanswered``."""
    problems: int = 0
    defects: int = 0
    new: int = 0
    """Images that have a version which their entries had not before."""
    new_size: int = 0
    """Bytes of those originals."""
    saved_size: int = 0
    """Bytes that are not on the disk a second time, because other bundles have the same files."""
    news: Counter[str] = field(default_factory=Counter)
    """What was not there before: changes of manifests by kind, and ``new-problem``."""
    counted: array[int] = field(default_factory=lambda: array("q"))
    """Hashes of the ids of the posts: eight bytes each, however many there are."""
    _found: set[int] = field(default_factory=set)
    """The same, made when somebody looks for one."""

    def add(self, post_id: str, summary: Summary, failures: dict[str, int]) -> None:
        """Count one post."""
        self.posts += 1
        self.references += summary.references
        self.entries += summary.entries
        self._add(summary, failures)
        self.counted.append(hash(post_id))

    def add_new(self, former: Manifest | None, entries: Iterable[Entry]) -> None:
        """Count the originals of a post that it did not have before."""
        had = (
            {(entry.url, e.digest) for entry in former.entries if (e := entry.original)}
            if former
            else set()
        )
        new = [e for entry in entries if (e := entry.original) and (entry.url, e.digest) not in had]
        self.new += len(new)
        self.new_size += sum(original.size for original in new)

    def revise(self, before: PostRow, after: PostRow) -> None:
        """Count a post anew that changed after it was counted."""
        self._add(after.summary, after.failures)
        for state in STATES:
            self.states[state] -= getattr(before.summary, state)
        self.failures.subtract(before.failures)
        self.failures = +self.failures

    def has(self, post_id: str) -> bool:
        """Return whether a post is among those that were counted."""
        if len(self._found) != len(self.counted):
            self._found = set(self.counted)
        return hash(post_id) in self._found

    def _add(self, summary: Summary, failures: dict[str, int]) -> None:
        for state in STATES:
            self.states[state] += getattr(summary, state)
        self.failures.update(failures)


class Run:
    """Opens the archive, and holds it until `close`.

    Raises UsageError, ArchiveLockedError or StorageError when it cannot begin.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.archive = Archive(options.archive)
        self.began = datetime.now(UTC)
        self.name = self.archive.name_run(self.began)
        """What its files in ``runs/`` are called."""
        self.is_behind = self.archive.catalog.is_any_behind()
        """Whether manifests are to be brought in line with what earlier runs found out."""
        self.token = secrets.token_hex(8)
        """Tells this run from others in the catalog."""
        self.stop = StopFlag()
        self.ending = Ending.FINISHED
        self.reason = ""
        self.tally = Tally()
        self.fetcher: Fetcher | None = None
        """Set when the crawl opens; counts its requests and bytes."""
        self.hosts: defaultdict[str, HostProgress] = defaultdict(HostProgress)
        self.problems: list[Problem] = []
        self.job = ""
        self.sources: tuple[str, ...] = ()
        """As they were given, without credentials."""
        self.report: Path | None = None
        """Where the report is, once it is written."""
        self.newly_failed: set[tuple[str, str]] = set()
        """Post id and URL of what is failed or suspect and was not before, the first thousand."""
        self._failed: list[tuple[str, Entry]] = []
        self._failed_before: list[tuple[str, Entry]] = []
        self._problems_before: frozenset[str] | None = None
        self._clock = time.monotonic()
        self._closed = False
        try:
            self._clear(options.not_placeholders)
        except BaseException:
            self.archive.close()
            raise

    @property
    def failed(self) -> list[tuple[str, Entry]]:
        """Post id and entry of what is failed or suspect, the first thousand, the new first."""
        return [*self._failed, *self._failed_before][:_FAILURES_KEPT]

    @property
    def seconds(self) -> float:
        """How long the run has lasted."""
        return time.monotonic() - self._clock

    @property
    def received(self) -> int:
        """How many bytes of bodies came over the network."""
        return self.fetcher.downloaded_bytes if self.fetcher else 0

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """The hosts that are asked for no image at the moment; any thread may look."""
        return self.fetcher.waiting if self.fetcher else ()

    @property
    def confirmed_before(self) -> str:
        """What was last confirmed after this time (RFC 3339) is not asked again; empty: nothing."""
        age = self.options.refresh
        return "" if age is None else rfc3339(self.began - age)

    def due_in(self, bundle: str) -> frozenset[str]:
        """Return the images of *bundle* that this run is to refresh, or to bring in line.

        Without ``--refresh``, those that an earlier run refreshed and its manifest does not know of
        yet: that run was killed, or had other sources.
        """
        if self.options.refresh is None and not self.is_behind:
            return frozenset()
        return self.archive.catalog.due_in(
            bundle, before=self.confirmed_before, now=rfc3339(self.began)
        )

    def commit(self) -> None:
        """Have the catalog outlive this process as it is now; a disk that refuses ends the run."""
        try:
            self.archive.catalog.commit()
        except StorageError as error:
            self.end(Ending.STORAGE, str(error))

    def end(self, ending: Ending, reason: str) -> None:
        """Let the run come to its end; the first reason stands."""
        if self.ending is Ending.FINISHED:
            self.ending = ending
            self.reason = reason
            self.stop.set()
            logger.warning("%s: finishing what is in hand", reason)

    def check_limits(self) -> None:
        """End the run if one of its limits is reached."""
        options = self.options
        if options.max_run_bytes and self.received >= options.max_run_bytes:
            self.end(Ending.LIMIT, f"--max-run-bytes {options.max_run_bytes} is reached")
        elif options.min_free:
            free = shutil.disk_usage(self.archive.root).free
            if free < options.min_free:
                self.end(Ending.LIMIT, f"{free} bytes are free, --min-free {options.min_free}")

    def admit(self) -> None:
        """Let another request or file of an image begin; raises RunStopped where the run ends."""
        self.check_limits()
        self.stop.check()

    def problem(self, source: str, message: str) -> None:
        """Note an article that could not be archived at all."""
        if self._problems_before is None:
            runs = self.archive.root / archive_layout.RUNS
            self._problems_before = problems_before(runs, self.job, self.sources)
        new = source not in self._problems_before
        logger.info("%s is not archived: %s", source, message)
        self.tally.problems += 1
        self.tally.news["new-problem"] += new
        if len(self.problems) < _PROBLEMS_KEPT:
            self.problems.append(Problem(source=source, message=message, new=new))

    def note_failures(
        self, post_id: str, entries: Iterable[Entry], *, new: Collection[str | None] = ()
    ) -> None:
        """Remember what is failed or suspect, for the words at the end; *new* are URLs."""
        for entry in entries:
            kept = self._failed if entry.url in new else self._failed_before
            if entry.state in {"failed", "suspect"} and len(kept) < _FAILURES_KEPT:
                kept.append((post_id, entry))
                if entry.url in new:
                    self.newly_failed.add((post_id, entry.url))

    def note_news(self, former: Manifest | None, manifest: Manifest) -> frozenset[str | None]:
        """Count what a manifest says otherwise than the *former* one; return what newly failed."""
        changes = [(kind_of(change), change.url) for change in changes_between(former, manifest)]
        self.tally.news.update(kind for kind, _ in changes if kind is not None)
        return frozenset(url for kind, url in changes if kind == "newly-failed")

    def is_unchanged(self, article: Article, row: PostRow) -> bool:
        """Return whether *article* can be passed over unread."""
        return (
            row.path == str(article.path.absolute())
            and (row.size, row.mtime_ns) == (article.size, article.mtime_ns)
            and self.stands(row)
        )

    def bundle_of(self, article: Article, row: PostRow | None) -> Path:
        """Return the folder where the bundle of *article* is, or would be."""
        if row is not None and row.bundle is not None:
            return self.archive.bundle(row.bundle).folder
        if self.options.in_place:
            return bundle_in_place(article.path).folder
        return self.archive.root / archive_layout.POSTS / article.id

    def had(self, article: Article, post_id: str) -> bool:
        """Return whether an earlier version archived *article* under this id.

        Where that has replacement characters, it may stand for others, too: the bytes tell.
        """
        row = self.archive.catalog.post(post_id)
        if row is not None and REPLACED not in post_id:
            return True
        bundle = self.bundle_of(replace(article, id=post_id), row)
        with contextlib.suppress(ManifestError, OSError):
            manifest = read_manifest(bundle / archive_layout.MANIFEST)
            if manifest is not None and manifest.post.id == post_id:
                ours = self.options.in_place or REPLACED not in post_id
                return ours or manifest.post.article.digest == digest_of_file(article.path)
        return False

    def stands(self, row: PostRow) -> bool:
        """Return whether there is nothing to do for a post unless its article changed."""
        waits = row.due is not None and row.due > rfc3339(self.began)
        return (
            (row.settled or waits)
            and row.fingerprint == self.options.fingerprint
            and (row.bundle is None or self.archive.bundle(row.bundle).manifest.exists())
        )

    async def pass_over(self, row: PostRow) -> None:
        """Count a post that is as it was."""
        self.tally.add(row.id, row.summary, row.failures)
        self.tally.unchanged_posts += 1
        if row.failures and row.bundle is not None and len(self._failed_before) < _FAILURES_KEPT:
            path = self.archive.bundle(row.bundle).manifest
            with contextlib.suppress(ManifestError):
                # There may be hundreds of them, one right after the other.
                manifest = await asyncio.to_thread(read_manifest, path)
                self.note_failures(row.id, manifest.entries if manifest else ())

    def revise(self, bundle: str, manifest: Manifest, former: Manifest) -> None:
        """Bring catalog and counts in line with a manifest that was *former* until now."""
        row = self.archive.catalog.post(manifest.post.id)
        if row is None or row.bundle != bundle:
            return
        failures = count_failures(manifest.entries)
        revised = replace(row, summary=manifest.summary, failures=failures)
        self.archive.record(revised)
        if self.tally.has(row.id):
            self.tally.revise(row, revised)
            changed = [entry for entry in manifest.entries if entry not in former.entries]
            self.note_failures(row.id, changed, new=self.note_news(former, manifest))

    def write_manifest(self, bundle: Bundle, former: Manifest | None, manifest: Manifest) -> None:
        """Write *manifest* in the place of *former*, and what it changes into the run's account.

        The account comes first: a kill between the two leaves a line that the next run repeats.
        Raises StorageError or PathError. Blocks.
        """
        lines = to_lines(former, manifest)
        if lines:
            self.archive.add_changes(self.name, lines)
        write_atomically(bundle.manifest, to_document(manifest), beneath=bundle.base)

    def _clear(self, given: Iterable[str]) -> None:
        """Remember the pictures that a person says are no placeholders. Raises WrongSetting."""
        catalog = self.archive.catalog
        for text in given:
            found = catalog.digests_like(text, 2)
            if len(found) > 1:
                raise WrongSetting(
                    _NOT_PLACEHOLDERS, text, "more of it: several originals begin so"
                )
            if not found and len(text) < len(digest(b"")):
                raise WrongSetting(_NOT_PLACEHOLDERS, text, "the beginning of an original's digest")
            value = found[0] if found else text
            if not catalog.is_no_placeholder(value):
                catalog.put_not_placeholder(value, swept=False)

    def close(self, report: bytes | None) -> None:
        """Write the report, if there is one, and let go of the archive, once."""
        if self._closed:
            return
        self._closed = True
        try:
            if report is not None:
                self.report = self.archive.write_report(self.name, report)
        except (PathError, StorageError) as error:
            self.end(Ending.STORAGE, str(error))
        finally:
            self.archive.close()


class RunMemory:
    """What earlier runs know of posts and documents, as intake asks for it."""

    def __init__(self, run: Run) -> None:
        self._catalog = run.archive.catalog
        self.post = self._catalog.post
        self.document = self._catalog.document
        self.posts_of = self._catalog.posts_of
        self.put_document = self._catalog.put_document
        self.had = run.had
        self.stands = run.stands
        self.is_unchanged = run.is_unchanged
        self.bundle_of = run.bundle_of

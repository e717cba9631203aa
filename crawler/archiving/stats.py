"""What a run counts, once: everything that tells of it takes a snapshot from here."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from crawler.common.problems import costly, count_costly
from crawler.models import STATES, Entry, Manifest, PostRecord, Summary
from crawler.store.catalog import PostRow
from crawler.store.manifest.changes import changes_between, kind_of

_KEPT = 1000
"""Failures, incomplete posts, and problems, that are kept with their names."""
_DEFECTS_KEPT = 10
_REFRESHED = ("unchanged", "changed", "gone", "unanswered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The counts over the posts of a run's sources; ``--json`` prints these."""

    posts: int = 0
    references: int = 0
    entries: int = 0
    archived: int = 0
    suspect: int = 0
    failed: int = 0
    skipped: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    requests: int = 0
    downloaded_bytes: int = 0
    unchanged_posts: int = 0
    refreshed: dict[str, int] | None = None
    """What came of images that were asked for again, where that was wished for."""
    seconds: float = 0.0
    incomplete_posts: int = 0
    """Posts that may name images which were not found."""
    post_problems: dict[str, int] = field(default_factory=dict)
    """Why, by the kind of the problem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What was not there before the run; the images themselves: ``status --changes``."""

    new_post: int = 0
    changed_post: int = 0
    new_image: int = 0
    changed_image: int = 0
    gone_upstream: int = 0
    newly_failed: int = 0
    """Failed or suspect now, and not before."""
    recovered: int = 0
    newly_incomplete: int = 0
    """Posts that may name images which were not found, and were not known to before."""
    new_problem: int = 0
    """Sources that could not be read, and could by the run before."""
    new_size: int = 0
    """Bytes of the new originals."""
    saved_size: int = 0
    """Bytes that are not on the disk a second time, because other bundles have the same files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An article that could not be archived at all."""

    source: str
    message: str
    new: bool
    """Whether the run before could archive it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncompletePost:
    """A post that may name images which were not found."""

    post: str
    problems: tuple[str, ...]
    """Those that may have cost images, in the words of the manifest."""
    new: bool
    """Whether no run before knew it so."""


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
class Stats:
    """The counts of a run, over the posts of its sources."""

    posts: int = 0
    unchanged_posts: int = 0
    references: int = 0
    entries: int = 0
    states: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    refreshed: Counter[str] = field(default_factory=Counter)
    """Images that were asked for again: ``unchanged``, ``changed``, ``gone``, ``unanswered``."""
    incomplete_posts: int = 0
    """Posts that may name images which were not found."""
    post_problems: Counter[str] = field(default_factory=Counter)
    """What may have cost images, by kind."""
    problems: int = 0
    defects: int = 0
    named_defects: list[str] = field(default_factory=list)
    """The first ten, each in one line."""
    new: int = 0
    """Images that have a version which their entries had not before."""
    new_size: int = 0
    """Bytes of those originals."""
    saved_size: int = 0
    """Bytes that are not on the disk a second time, because other bundles have the same files."""
    kinds: Counter[str] = field(default_factory=Counter)
    """What was not there before: changes of manifests by kind, ``newly-incomplete`` posts, and
    ``new-problem``."""
    hosts: defaultdict[str, HostProgress] = field(default_factory=lambda: defaultdict(HostProgress))
    named_problems: list[Problem] = field(default_factory=list)
    """The first thousand."""
    newly_failed: set[tuple[str, str]] = field(default_factory=set)
    """Post id and URL of what is failed or suspect and was not before, the first thousand."""
    _failed: list[tuple[str, Entry]] = field(default_factory=list)
    _failed_before: list[tuple[str, Entry]] = field(default_factory=list)
    _incomplete: list[IncompletePost] = field(default_factory=list)
    _incomplete_before: list[IncompletePost] = field(default_factory=list)
    _counted: array[int] = field(default_factory=lambda: array("q"))
    """Hashes of the ids of the posts: eight bytes each, however many there are."""
    _found: set[int] = field(default_factory=set)
    """The same, made when somebody looks for one."""

    def note_defect(self, words: str) -> None:
        """Count an exception that was not raised on purpose."""
        self.defects += 1
        if len(self.named_defects) < _DEFECTS_KEPT:
            self.named_defects.append(words)

    @property
    def failed(self) -> list[tuple[str, Entry]]:
        """Post id and entry of what is failed or suspect, the first thousand, the new first."""
        return [*self._failed, *self._failed_before][:_KEPT]

    @property
    def incomplete(self) -> list[IncompletePost]:
        """Posts that may name images which were not found, the first thousand, the new first."""
        return [*self._incomplete, *self._incomplete_before][:_KEPT]

    def has_place_for(self, row: PostRow) -> bool:
        """Return whether something of a post that is as it was is still to be kept by name."""
        failed = row.failures and len(self._failed_before) < _KEPT
        return bool(failed or (row.problems and len(self._incomplete_before) < _KEPT))

    def counts(
        self, *, requests: int, received: int, seconds: float, with_refreshed: bool
    ) -> Counts:
        """Return the counts as they are now, with those that are taken elsewhere."""
        return Counts(
            posts=self.posts,
            references=self.references,
            entries=self.entries,
            archived=self.states["archived"],
            suspect=self.states["suspect"],
            failed=self.states["failed"],
            skipped=self.states["skipped"],
            failures=dict(sorted(self.failures.items())),
            requests=requests,
            downloaded_bytes=received,
            unchanged_posts=self.unchanged_posts,
            refreshed={what: self.refreshed[what] for what in _REFRESHED}
            if with_refreshed
            else None,
            seconds=round(seconds, 3),
            incomplete_posts=self.incomplete_posts,
            post_problems=dict(sorted(self.post_problems.items())),
        )

    def news(self) -> News:
        """Return what was not there before, as it is now."""
        counts = {kind.replace("-", "_"): count for kind, count in self.kinds.items()}
        return News(**counts, new_size=self.new_size, saved_size=self.saved_size)

    @contextmanager
    def asking(self, host: str) -> Iterator[None]:
        """Count an image of *host* as on its way."""
        progress = self.hosts[host]
        progress.wanted += 1
        try:
            yield
        finally:
            progress.done += 1

    def add(
        self,
        post_id: str,
        summary: Summary,
        failures: dict[str, int],
        problems: dict[str, int] | None,
    ) -> None:
        """Count one post; *problems* are those that may have cost images."""
        self.posts += 1
        self.incomplete_posts += bool(problems)
        self.post_problems.update(problems or {})
        self.references += summary.references
        self.entries += summary.entries
        self._add(summary, failures)
        self._counted.append(hash(post_id))

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
        if len(self._found) != len(self._counted):
            self._found = set(self._counted)
        return hash(post_id) in self._found

    def note_problem(self, problem: Problem) -> None:
        """Count an article that could not be archived at all."""
        self.problems += 1
        self.kinds["new-problem"] += problem.new
        if len(self.named_problems) < _KEPT:
            self.named_problems.append(problem)

    def note_failures(
        self, post_id: str, entries: Iterable[Entry], *, new: Collection[str | None] = ()
    ) -> None:
        """Remember what is failed or suspect, for the words at the end; *new* are URLs."""
        for entry in entries:
            kept = self._failed if entry.url in new else self._failed_before
            if entry.state in {"failed", "suspect"} and len(kept) < _KEPT:
                kept.append((post_id, entry))
                if entry.url in new:
                    self.newly_failed.add((post_id, entry.url))

    def note_incomplete(self, former: Manifest | None, post: PostRecord) -> None:
        """Remember a *post* if it may name images which were not found.

        What its *former* manifest says already is no news.
        """
        found = costly(post.problems)
        before = count_costly(former.post.problems) if former else {}
        new = any(count > before.get(kind, 0) for kind, count in count_costly(found).items())
        self.kinds["newly-incomplete"] += new
        kept = self._incomplete if new else self._incomplete_before
        if found and len(kept) < _KEPT:
            kept.append(IncompletePost(post=post.id, problems=found, new=new))

    def note_news(self, former: Manifest | None, manifest: Manifest) -> frozenset[str | None]:
        """Count what a manifest says otherwise than the *former* one; return what newly failed."""
        changes = [(kind_of(change), change.url) for change in changes_between(former, manifest)]
        self.kinds.update(kind for kind, _ in changes if kind is not None)
        return frozenset(url for kind, url in changes if kind == "newly-failed")

    def _add(self, summary: Summary, failures: dict[str, int]) -> None:
        for state in STATES:
            self.states[state] += getattr(summary, state)
        self.failures.update(failures)

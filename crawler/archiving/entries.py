"""The entries of a post: what is asked for, what comes of it, and what stays of former runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from crawler.models import Attempt, Entry, Failure, Post, Reference, State, Version
from crawler.store.bundle import Bundle
from crawler.store.image_names import Stem, assign_stems, returning_stem

Group = tuple[Reference, ...]
"""The references of one entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageTask:
    """One image of a post, to be brought to a state."""

    url: str
    references: Group
    post: Post
    bundle: Bundle
    stem: Stem
    before: Entry | None
    """What the manifest has for it."""
    reconsidered: frozenset[str]
    """Codes of failures whose reason may be gone, because an option changed."""
    again: bool
    """Whether a person wants it tried again, whatever is known of it."""

    @property
    def former(self) -> Failure | None:
        """Why the runs before did not archive it."""
        return self.before.failure if self.before else None

    @property
    def referrer_policy(self) -> str | None:
        """That of the first reference which has one."""
        return next(filter(None, (each.referrer_policy for each in self.references)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageOutcome:
    """A version, or why there is none; both where the version is suspect, or gone elsewhere."""

    version: Version | None = None
    failure: Failure | None = None
    stands: bool = False
    """Whether the version is no less than archived for its failure: that is what its server says
    now."""
    trace: tuple[Attempt, ...] = ()
    """The requests that were made."""
    insecure: tuple[str, ...] = ()
    """The hosts among those asked whose TLS was not verified."""

    @property
    def state(self) -> State:
        """The state of the entry that it makes."""
        if self.version is None:
            return "failed"
        return "archived" if self.failure is None or self.stands else "suspect"


def get_version(entry: Entry) -> Version | None:
    """Return the version that an entry has, if it is archived or suspect."""
    if entry.capture is None or entry.original is None:
        return None
    return Version(capture=entry.capture, original=entry.original, derivatives=entry.derivatives)


def get_versions(entry: Entry | None) -> tuple[Version, ...]:
    """Return all that an entry has had, newest first."""
    if entry is None:
        return ()
    newest = get_version(entry)
    return (newest, *entry.earlier) if newest else entry.earlier


def is_here(entry: Entry, bundle: Bundle) -> bool:
    """Return whether the files of the entry's version are in *bundle*."""
    version = get_version(entry)
    return version is not None and bundle.holds(version)


def group_references(references: Sequence[Reference]) -> dict[str, Group]:
    """Return the references of each URL."""
    groups: dict[str, list[Reference]] = {}
    for reference in references:
        groups.setdefault(reference.url, []).append(reference)
    return {url: tuple(group) for url, group in groups.items()}


def name_images(groups: Mapping[str, Group], known: Mapping[str, Entry]) -> dict[str, Stem]:
    """Return what the files of each URL are called, beside those of the *known* entries."""
    versions = {url: get_versions(entry) for url, entry in known.items()}
    taken = [version.original.path for each in versions.values() for version in each]
    paths = {url: each[0].original.path for url, each in versions.items() if each}
    return {
        **assign_stems([url for url in groups if url not in paths], taken),
        # Files that went missing come back under the names that they had.
        **{url: returning_stem(path) for url, path in paths.items()},
    }


def build_entry(task: ImageTask, outcome: ImageOutcome) -> Entry:
    """Return the entry that *outcome* makes; what the entry had before stays in it."""
    former, version = get_versions(task.before), outcome.version
    if version is None:
        return Entry(
            url=task.url,
            state="failed",
            references=task.references,
            failure=outcome.failure,
            earlier=former,
        )
    same = former and former[0].original.digest == version.original.digest
    return Entry(
        url=task.url,
        state=outcome.state,
        references=task.references,
        capture=version.capture,
        original=version.original,
        derivatives=version.derivatives,
        failure=outcome.failure,
        earlier=former[1:] if same else former,
    )


def keep_unnamed(known: Mapping[str, Entry], groups: Mapping[str, Group]) -> list[Entry]:
    """Return what the post names no longer as far as there are files: they are kept all the same.

    What was missing last is missing no more, since nobody names it: its newest version stands.
    """
    gone = (entry for url, entry in known.items() if url not in groups)
    return [left for entry in gone if (left := _unnamed(entry)) is not None]


def _unnamed(entry: Entry) -> Entry | None:
    if entry.state in {"archived", "suspect"}:
        return replace(entry, references=())
    versions = get_versions(entry)
    if not versions:
        return None
    return Entry(
        url=entry.url,
        state="archived",
        references=(),
        capture=versions[0].capture,
        original=versions[0].original,
        derivatives=versions[0].derivatives,
        earlier=versions[1:],
    )

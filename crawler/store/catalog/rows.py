"""What the catalog knows of posts, documents, captures and hosts."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.models import Failure, State, Summary, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRow:
    """What the catalog knows of a post: enough to pass over its article unread."""

    id: str
    path: str
    """The article on this machine, or the URL of what came over the network."""
    document: str | None
    """The page, feed or export that holds it, as `DocumentRow` has it; None for a file's own."""
    size: int
    mtime_ns: int
    fingerprint: str
    """The extractor's version and the options that matter."""
    settled: bool
    """Whether nothing is left to try."""
    due: str | None
    """Before this time there is nothing to try (RFC 3339); None: there is, unless it is settled."""
    bundle: str | None
    """Relative to the archive, POSIX; None for a post without references."""
    digest: str
    """Of the article; of its own text where its bytes change by themselves."""
    summary: Summary
    failures: dict[str, int]
    problems: dict[str, int] | None
    """Of those that may have cost images, how many by kind; None: an earlier version read it."""
    identity: str | None = None
    """Tells an item of a feed or an export from others with the same link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """A page, feed or export that posts came from: enough to ask only whether it changed."""

    url: str
    """Or the absolute path of a file."""
    etag: str | None
    last_modified: str | None
    announced: str | None
    """The ``lastmod`` that a sitemap gave for it."""
    fingerprint: str
    content: str
    """A digest over the ids and revisions of its posts: while the catalog has others, it must be
    read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """What a person once gave to be archived, and how its last run ended."""

    source: str
    """An absolute path, a URL without credentials, or ``-`` for a list."""
    name: str
    """What ``--name`` put before the ids of its posts; empty where nothing."""
    run: str
    """What the files of that run in ``runs/`` are called."""
    ending: str | None
    """As in the run's report; None: it was killed, or goes on."""
    unread: int
    """Sources and articles that this run could not read."""
    messages: tuple[str, ...]
    """What it said of the first of them."""

    @property
    def is_finished(self) -> bool:
        """Whether the run came to its end."""
        return self.ending == "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureRow:
    """The last outcome for one URL, and the bundle that holds it."""

    url: str
    bundle: str
    run: str
    state: State
    version: Version | None
    """What is kept, if the state is archived or suspect."""
    failure: Failure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshnessRow:
    """When the server of an archived image was last heard of it."""

    url: str
    date: str
    """Of its last answer (RFC 3339)."""
    etag: str | None = None
    """Newer than that of the capture, like the next."""
    last_modified: str | None = None
    failure: Failure | None = None
    """Why it did not answer since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the manifest of a bundle stands to an image that it has."""

    wanted: bool
    """Whether its post still names the image, and no rule leaves it out."""
    behind: bool
    """Whether it does not say yet what became of the image since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRow:
    """What was learned of a host."""

    host: str
    liked: str | None
    """The rung of the Referer ladder that it let in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsRow:
    """What an origin answered when it was asked for its robots.txt."""

    origin: str
    date: str
    status: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StandInRow:
    """Bytes that many paths of a host answer with."""

    digest: str
    host: str

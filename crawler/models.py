"""The records, in the order in which they come into being.

Every record is frozen; a stage returns new ones. The second half, from `Reference` on, is also the
shape of the manifest, key for key and in this order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from crawler.fields import (
    ArticlePath,
    Code,
    Colour,
    CopyPath,
    Count,
    Digest,
    Frames,
    HeaderName,
    HeaderValue,
    HttpUrl,
    ImagePath,
    ManifestSchema,
    MediaType,
    Moment,
    Origin,
    PerceptualHash,
    Pixels,
    PostId,
    ProfileName,
    ReferrerPolicy,
    Size,
    Status,
)

State = Literal["archived", "suspect", "failed", "skipped"]
STATES: tuple[State, ...] = ("archived", "suspect", "failed", "skipped")
Via = Literal["live", "file", "data", "memento"]
Language = Literal["markdown", "html"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The process that holds an archive."""

    pid: int
    host: str
    since: str
    """RFC 3339."""
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A file found by discovery, not yet read."""

    path: Path
    root: Path
    """The source folder: a local image of the article must lie inside it."""
    id: str
    source: str
    """Relative to the SOURCE that was given, POSIX."""
    size: int
    mtime_ns: int
    former_id: str | None = None
    """What earlier versions called it, where that is something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """An article that was read: its bytes, its metadata and the text that holds its images."""

    id: str
    source: str
    content: bytes
    """The article, byte for byte."""
    suffix: str
    """Of the article's file, with the dot, lower case."""
    language: Language
    metadata: Mapping[str, object]
    """The front matter as its own language has it; empty where there is none or it is broken."""
    body: str
    body_line: int
    """The line of the article on which `body` begins; the first is 1."""
    url: str | None
    """Where the post was published, absolute, if it says so itself."""
    base: str | None
    """What its relative references resolve against: `url`, else what the person gave."""
    title: str | None
    author: str | None
    date: str | None
    """RFC 3339 in UTC with ``Z``."""
    path: Path | None = None
    """The article on disk; None for what came over the network."""
    root: Path | None = None
    """The source folder; None for what came over the network."""
    problems: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    payloads: Mapping[str, bytes] = field(default_factory=dict)
    """The bytes of the ``data:`` URLs among the references, by URL."""
    revision: str | None = None
    """Tells whether the article changed, where its bytes change by themselves; None: its bytes
    tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The recipe of one derivative."""

    name: str
    """``converted``, or ``thumbnail-<longest edge>``."""
    media_type: MediaType
    """For opaque images; what happens to the others is the rule of `imaging`."""
    quality: int
    longest_edge: int | None = None
    """Pixels; None keeps the size."""
    animated: bool = False
    """Whether it moves where the original does; otherwise it shows the first frame."""


class Writer(Protocol):
    """Writes the files of one image durably; `imaging` is handed one and knows no folders.

    Picklable, because it travels to the worker processes. Raises StorageError or PathError.
    """

    def original(self, payload: bytes, media_type: str) -> Written:
        """Keep the bytes exactly as they came."""

    def derivative(
        self, payload: bytes, media_type: str, profile: Profile, original: Written
    ) -> Written:
        """Keep a derivative of *original*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file that is durably on disk."""

    path: str
    """Relative to the bundle, POSIX."""
    digest: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One place where a post names an image."""

    url: str
    """Absolute and normalised; the destination itself where there is no base. In the manifest it
    stands once, in the entry."""
    origin: Origin
    """The construct, one of `references.ORIGINS`."""
    location: str
    """``line 14``, or the key of the front matter."""
    destination: str
    """The value that a parser of the post's language gives."""
    alt: str | None = None
    referrer_policy: ReferrerPolicy | None = None
    skip: Failure | None = None
    """Why this reference asks for no fetch, if it does not. Not in the manifest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """A hop that led elsewhere."""

    url: HttpUrl
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One fetch and what the server answered."""

    via: Via
    date: Moment
    url: str
    """Where the answer came from, after redirects."""
    status: Status | None = None
    redirects: tuple[Redirect, ...] = ()
    referer: HeaderValue | None = None
    attempts: Count = 1
    declared_media_type: HeaderValue | None = None
    etag: HeaderValue | None = None
    last_modified: HeaderValue | None = None
    headers: tuple[tuple[HeaderName, HeaderValue], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One HTTP request that was made for an image, for the eyes of a person.

    Headers come without cookies and credentials.
    """

    url: str
    date: str
    seconds: float
    """To the millisecond."""
    request_headers: tuple[tuple[str, str], ...]
    response_headers: tuple[tuple[str, str], ...] = ()
    status: int | None = None
    """None where there was no answer."""
    verdict: str = ""
    """A failure code, ``archived`` or ``redirect``."""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The bytes as they came, and what they are."""

    path: ImagePath
    digest: Digest
    size: Size
    media_type: MediaType
    width: Pixels | None
    """As displayed; None where a vector image does not say."""
    height: Pixels | None
    frames: Frames
    perceptual_hash: PerceptualHash | None
    """64 bits, 16 hexadecimal digits; None for vector images."""
    average_color: Colour | None = None
    """``#rrggbb``; None for vector images, for what is wholly transparent, and where it was not
    measured. In the manifest only where it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivative:
    """An image made from an original."""

    profile: ProfileName
    path: CopyPath
    digest: Digest
    size: Size
    media_type: MediaType
    width: Pixels
    height: Pixels
    frames: Frames


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """What one decode gave: the original with its facts, and its derivatives."""

    original: Original
    derivatives: tuple[Derivative, ...]
    blank: bool = False
    """Whether nothing is to be seen: one colour only, or all of it transparent. Never for SVG."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A capture with the files that came of it."""

    capture: Capture
    original: Original
    derivatives: tuple[Derivative, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an entry is not archived; of one that is, why its server has the image no longer."""

    code: Code
    detail: str
    permanent: bool
    runs: Count = 0
    """How many runs have tried."""
    attempts: Count = 0
    """Requests made by the last of them."""
    tried_referers: tuple[HeaderValue | None, ...] = ()
    next_attempt: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One image URL of a post with all its references."""

    url: str
    state: State
    references: tuple[Reference, ...]
    capture: Capture | None = None
    original: Original | None = None
    derivatives: tuple[Derivative, ...] = ()
    failure: Failure | None = None
    earlier: tuple[Version, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRecord:
    """The copy of the article in the bundle, or in place the article itself."""

    path: ArticlePath
    digest: Digest
    size: Size


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRecord:
    """What the manifest says of the post."""

    id: PostId
    source: str
    url: HttpUrl | None
    title: str | None
    author: str | None
    date: Moment | None
    article: ArticleRecord
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The counts of a manifest; `size` is that of its originals in bytes."""

    references: Count
    entries: Count
    archived: Count
    suspect: Count
    failed: Count
    skipped: Count
    size: Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The record of a bundle."""

    schema: ManifestSchema
    agent: str
    post: PostRecord
    summary: Summary
    entries: tuple[Entry, ...]

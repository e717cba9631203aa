"""The report of a run, key for key and in this order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from crawler.models import State

SCHEMA = "image-archiver/run/1"

Ended = Literal["finished", "limit", "storage", "interrupted", "defect", "not-begun"]


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
    new_problem: int = 0
    """Sources that could not be read, and could by the run before."""
    new_size: int = 0
    """Bytes of the new originals."""
    saved_size: int = 0
    """Bytes that are not on the disk a second time, because other bundles have the same files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingImage:
    """An image that is failed or suspect."""

    post: str
    url: str
    state: State
    code: str
    detail: str
    new: bool
    next_attempt: str | None
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadPost:
    """An article or another source that could not be archived at all."""

    source: str
    message: str
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What is kept below ``runs/``."""

    schema: str
    agent: str
    job: str
    """The spider: ``posts`` archives sources, ``retry`` tries failures again."""
    sources: tuple[str, ...]
    """As they were given; for ``retry`` what it was told: ``only=CODE``, ``host=HOST``."""
    options: dict[str, Any]
    """Those that are not as they are by default, by the names of `Options`; nothing secret."""
    began: str
    ended: str
    ending: Ended
    reason: str | None
    exit_code: int
    """That of the command line; ``scrapy crawl`` has codes of its own."""
    summary: Counts
    news: News
    failures: tuple[MissingImage, ...]
    """The first thousand, new ones before others."""
    problems: tuple[UnreadPost, ...]
    """The first thousand."""

"""The report of a run, key for key and in this order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from crawler.archiving.stats import Counts, IncompletePost, News
from crawler.models import State

SCHEMA = "image-archiver/run/1"

Ended = Literal["finished", "limit", "storage", "no-decoder", "interrupted", "defect", "not-begun"]


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
    incomplete: tuple[IncompletePost, ...]
    """The first thousand, new ones before others."""
    problems: tuple[UnreadPost, ...]
    """The first thousand."""

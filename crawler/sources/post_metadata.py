"""Read title, author, date and URL from front matter, in the forms that blogs write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from email.utils import parsedate_to_datetime

from crawler.common import urls
from crawler.common.dates import rfc3339

_TITLE = ("title",)
_AUTHOR = ("author", "authors", "byline")
_DATE = ("date", "published", "publishdate", "pubdate", "published_at", "created", "created_at")
_URL = ("url", "permalink", "canonical_url", "canonicalurl", "canonical", "original_url", "link")

_DATE_FORMATS = (
    "%Y-%m-%d %H:%M:%S %z",
    "%Y-%m-%d %H:%M %z",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S %z",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y-%m",
    "%d %B %Y",
    "%d %b %Y",
    "%B %d, %Y",
    "%b %d, %Y",
)
"""Forms that are neither ISO 8601 nor RFC 1123; read in the C locale's names."""
_LONGEST_DATE = 100
_FIRST_EPOCH = 10**8
"""Seconds since 1970; a smaller number is a date without its dashes, or nothing."""


def title(metadata: Mapping[str, object]) -> str | None:
    """Return the title, or None."""
    return _text(_first(metadata, _TITLE))


def author(metadata: Mapping[str, object]) -> str | None:
    """Return the author's name, several separated by commas, or None."""
    found = _first(metadata, _AUTHOR)
    people = found if isinstance(found, list) else [found]
    names = [_text(p.get("name") if isinstance(p, Mapping) else p) for p in people]
    return ", ".join(name for name in names if name) or None


def published(metadata: Mapping[str, object]) -> str | None:
    """Return the date as RFC 3339 in UTC, or None; one without a zone is taken as UTC.

    >>> published({"date": "Wed, 01 Dec 2021 00:11:49 GMT"})
    '2021-12-01T00:11:49Z'
    """
    moment = _moment(_first(metadata, _DATE))
    try:
        return rfc3339(moment) if moment else None
    except (OverflowError, ValueError):
        return None


def url(metadata: Mapping[str, object]) -> str | None:
    """Return where the post was published, if its front matter has an absolute http(s) URL."""
    lowered = {key.lower(): value for key, value in metadata.items()}
    for key in _URL:
        value = lowered.get(key)
        if isinstance(value, str) and urls.scheme(value.strip()) in urls.NETWORK_SCHEMES:
            resolved = urls.resolve(value, None)
            if resolved:
                return urls.without_credentials(resolved)
    return None


def _first(metadata: Mapping[str, object], keys: tuple[str, ...]) -> object:
    lowered = {key.lower(): value for key, value in metadata.items()}
    found = (lowered.get(key) for key in keys)
    return next((value for value in found if value is not None and value != ""), None)


def _text(value: object) -> str | None:
    if not isinstance(value, str | int | float | date) or isinstance(value, bool):
        return None
    try:
        text = str(value)
    except ValueError:
        # Python prints no integer of more than 4300 digits.
        return None
    # A lone surrogate (from a JSON escape) cannot be written as UTF-8.
    return " ".join(text.encode("utf-8", "replace").decode().split()) or None


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time(), tzinfo=UTC)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _epoch(value) if value >= _FIRST_EPOCH else _written(_text(value) or "")
    return _written(" ".join(value.split())) if isinstance(value, str) else None


def _epoch(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _written(text: str) -> datetime | None:
    if len(text) > _LONGEST_DATE:
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return read(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    for form in _DATE_FORMATS:
        try:
            # A form without a zone is taken as UTC where it is written out.
            return datetime.strptime(text, form)  # noqa: DTZ007
        except ValueError:
            continue
    return None

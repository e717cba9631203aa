"""Whether an answer may be an image, as far as HTTP tells; its bytes are judged by `imaging`."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from crawler.downloads.transport import Answer
from crawler.errors import (
    Empty,
    Forbidden,
    Gone,
    HttpError,
    NotFound,
    RateLimited,
    ServerError,
    Unauthorized,
)

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ERRORS: dict[int, type[HttpError]] = {
    HTTPStatus.UNAUTHORIZED: Unauthorized,
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: Unauthorized,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.GONE: Gone,
    HTTPStatus.TOO_MANY_REQUESTS: RateLimited,
}
ASKS_TO_WAIT = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
"""By these a server means all that it is asked for, with a Retry-After or without."""
_COMPLETE = frozenset({HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION})
_LONGEST = 10 * 365 * 24 * 3600
"""Seconds; a server that asks for more means a date that it got wrong."""
_MAY_PASS = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY})


def redirect_target(answer: Answer) -> str | None:
    """Return where *answer* leads, as written, or None if it is no redirect."""
    return answer.header("Location") if answer.status in _REDIRECTS else None


def check(answer: Answer) -> None:
    """Raise the HttpError that the status means, or Empty."""
    status = answer.status
    if status in _COMPLETE:
        if not answer.body:
            raise Empty(answer.url, "the answer has no content")
        return
    kind = _ERRORS.get(status)
    if kind is None:
        kind = ServerError if status >= HTTPStatus.INTERNAL_SERVER_ERROR else HttpError
    error = kind(answer.url, f"HTTP {status}", permanent=False if status in _MAY_PASS else None)
    error.retry_after = retry_after(answer, datetime.now(UTC))
    raise error


def retry_after(answer: Answer, now: datetime) -> float | None:
    """Return the seconds that *answer* asks to wait from *now* on, or None.

    Both forms of https://www.rfc-editor.org/rfc/rfc9110#field.retry-after are understood; a date
    that has passed is 0.
    """
    value = (answer.header("Retry-After") or "").strip()
    if value.isascii() and value.isdecimal():
        # Compared as text first: thousands of digits are no number for Python.
        return float(value) if len(value) < len(str(_LONGEST)) else float(_LONGEST)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(0.0, (aware - now).total_seconds()), float(_LONGEST))


def declared_media_type(answer: Answer) -> str | None:
    """Return what the server says the bytes are, without parameters, lower case."""
    value = (answer.header("Content-Type") or "").partition(";")[0].strip().lower()
    return value or None

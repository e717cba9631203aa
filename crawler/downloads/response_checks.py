"""Whether an answer may be an image, as far as HTTP tells; its bytes are judged by `imaging`."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from crawler.downloads.answers import Answer
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
_TEXT_HEADER = 1445
"""Bytes that are looked at: https://mimesniff.spec.whatwg.org/#reading-the-resource-header."""
_BINARY = bytes([*range(0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])
"""https://mimesniff.spec.whatwg.org/#binary-data-byte"""
_SIGNS = frozenset(
    {
        "403", "404", "410", "blank", "blocked", "captcha", "challenge", "denied", "deleted",
        "error", "errors", "expired", "forbidden", "hotlink", "hotlinking", "imagenotfound",
        "login", "missing", "nohotlink", "noimage", "nophoto", "nopic", "nopicture",
        "notavailable", "notfound", "placeholder", "removed", "signin", "signup", "unavailable",
    }
)  # fmt: skip
"""What the name of a stand-in says; it counts where all the other words are common ones."""
_NEGATIONS = frozenset({"no", "not"})
"""Signs only beside another word."""
_BESIDE = frozenset(
    {
        "access", "allowed", "available", "default", "file", "found", "http", "image", "images",
        "img", "is", "l", "large", "m", "medium", "page", "photo", "photos", "pic", "picture",
        "pictures", "s", "small", "the", "this", "to", "was",
    }
)  # fmt: skip
_WORDS = re.compile(r"[a-z]++|[0-9]++")
_LONGEST = 10 * 365 * 24 * 3600
"""Seconds; a server that asks for more means a date that it got wrong."""
_MAY_PASS = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY})


def redirect_target(answer: Answer) -> str | None:
    """Return where *answer* leads, as written, or None if it is no redirect.

    Headers are bytes; browsers take those of a Location for UTF-8 if they can.
    """
    target = answer.header("Location") if answer.status in _REDIRECTS else None
    if target is None or target.isascii():
        return target
    with suppress(UnicodeError):
        return target.encode("latin-1").decode()
    return target


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
    raise kind(
        answer.url,
        f"HTTP {status}",
        permanent=kind.is_permanent and status not in _MAY_PASS,
        # A proxy that wants a login does not look at the Referer.
        refusal=kind.is_refusal and status != HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
        retry_after=retry_after(answer, datetime.now(UTC)),
    )


def is_text(body: bytes) -> bool:
    """Return whether *body* is words rather than a file: a page, JSON, a line of text.

    Source: https://mimesniff.spec.whatwg.org/#sniffing-a-mislabeled-binary-resource
    """
    head = body[:_TEXT_HEADER]
    return len(head.translate(None, _BINARY)) == len(head)


def doubt(asked: str, answered: str) -> str | None:
    """Return why the image at *answered* is a stand-in for the one at *asked*, or None.

    Only by a name that says so and that the image itself does not have.

    >>> doubt("https://a.example/7.jpg", "https://a.example/img/Image_Not-Found.png?x")
    'redirected to /img/Image_Not-Found.png'
    >>> doubt("https://a.example/404.jpg", "https://cdn.example/404.jpg") is None
    True
    >>> doubt("https://a.example/7.jpg", "https://a.example/4041234.jpg") is None
    True
    """
    path, former = (urlsplit(url).path.split("/") for url in (answered, asked))
    folders = {name for name in path[:-1] if name not in former}
    said = path[-1] != former[-1] and _says_stand_in(path[-1].rpartition(".")[0] or path[-1])
    if said or any(map(_says_stand_in, folders)):
        return f"redirected to {unquote('/'.join(path))}"
    return None


def _says_stand_in(name: str) -> bool:
    words = set(_WORDS.findall(unquote(name).lower()))
    said = words & _SIGNS or (words & _NEGATIONS and len(words) > 1)
    return bool(said) and words <= _SIGNS | _NEGATIONS | _BESIDE


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

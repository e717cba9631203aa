"""URLs as browsers read them, by the WHATWG URL standard (https://url.spec.whatwg.org/)."""

from __future__ import annotations

from urllib.parse import urlsplit

from ada_url import URL

NETWORK_SCHEMES = frozenset({"http", "https"})


def resolve(destination: str, base: str | None) -> str | None:
    """Return *destination* as an absolute, normalised URL without fragment, or None.

    None means that it is no URL, or relative without a base. Surrounding space, backslashes, raw
    spaces and non-ASCII, dot segments, default ports and the numeric forms of IPv4 addresses become
    what a browser makes of them. A reference that begins with ``//`` and has no base is taken as
    https.

    >>> resolve(" ../b c.png#x", "http://example.org/a/d/")
    'http://example.org/a/b%20c.png'
    >>> resolve("//cdn.example.org/x.png", None)
    'https://cdn.example.org/x.png'
    >>> resolve("http://2130706433/", None)
    'http://127.0.0.1/'
    >>> resolve("x.png", None) is None
    True
    """
    if base is None and destination.lstrip()[:2] in {"//", "\\\\", "/\\", "\\/"}:
        base = "https://base.invalid/"
    try:
        url = URL(destination, base) if base is not None else URL(destination)
    except ValueError:
        return None
    url.hash = ""
    return str(url.href)


def scheme(url: str) -> str | None:
    """Return the scheme of *url* in lower case, or None for a relative reference.

    >>> scheme("HTTPS://example.org/"), scheme("images/a.png"), scheme("data:,x")
    ('https', None, 'data')
    """
    head, colon, _ = url.partition(":")
    head = head.strip().lower()
    if not colon or not head[:1].isalpha() or not head.isascii():
        return None
    return head if all(c.isalnum() or c in "+-." for c in head) else None


def host(url: str) -> str:
    """Return the host of an absolute *url*, without brackets; empty where it has none."""
    return urlsplit(url).hostname or ""


def origin(url: str) -> str:
    """Return scheme, host and port of an absolute *url*, as robots.txt and connections count them.

    >>> origin("https://example.org:8443/a?b")
    'https://example.org:8443'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def without_credentials(url: str) -> str:
    """Return *url* without user name and password.

    >>> without_credentials("https://user:secret@example.org/x")
    'https://example.org/x'
    """
    if "@" not in url:
        return url
    try:
        parsed = URL(url)
    except ValueError:
        return url
    parsed.username = ""
    parsed.password = ""
    return str(parsed.href)

"""URLs as browsers read them, by the WHATWG URL standard (https://url.spec.whatwg.org/)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from ada_url import URL, idna_to_unicode

_AUTHORITY = re.compile(r"//[^\s/?#@]*+@")
# https://url.spec.whatwg.org/#concept-basic-url-parser: after http:, https: and the like any
# number of slashes may stand, of either kind; the last @ before the path ends the credentials.
_CREDENTIALS = re.compile(
    r"(?i)^([\x00-\x20]*(?:(?:https?|ftp|wss?):[/\\]*|[/\\]{2,}|[a-z][a-z0-9+.-]*://))[^/\\?#]*@"
)
_KEPT = 1024
"""URLs of which the parts are kept: each is looked at a dozen times while it is fetched."""
_NO_HOST = frozenset("/\\?#@%")
"""What ends a host in a URL, or would be read as something else there."""
_NOT_COUNTED = str.maketrans("", "", "\t\r\n")
NETWORK_SCHEMES = frozenset({"http", "https"})


@lru_cache(maxsize=_KEPT)
def resolve(destination: str, base: str | None) -> str | None:
    """Return *destination* as an absolute, normalised URL, or None.

    It has no fragment and no user name or password: as in browsers, these are not for images.

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
    >>> resolve("mailto:ann@host.example", None)
    'mailto:ann@host.example'
    """
    if base is None and destination.lstrip()[:2] in {"//", "\\\\", "/\\", "\\/"}:
        base = "https://base.invalid/"
    try:
        url = URL(destination, base) if base is not None else URL(destination)
    except ValueError:
        return None
    # Each of these is a call into a library of C; without the marks, there is nothing to take away.
    if "#" in destination:
        url.hash = ""
    marked = "@" in destination or (base is not None and "@" in base)
    if marked and (url.username or url.password):
        url.username = url.password = ""
    return str(url.href)


@lru_cache(maxsize=_KEPT)
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


@lru_cache(maxsize=_KEPT)
def host(url: str) -> str:
    """Return the host of an absolute *url*, without brackets; empty where it has none.

    A dot at its end is no part of it: it says that the name is whole (RFC 1034, 3.1).

    >>> host("https://example.org.:8443/a"), host("http://[no-address/x.png")
    ('example.org', '')
    """
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def named_host(text: str, *, port: bool = True) -> str | None:
    """Return the host that a person names, as `host` has it, or None where *text* names none.

    Every spelling that a browser takes is the same host (https://url.spec.whatwg.org/#host-parsing,
    with UTS 46): its own letters or ``xn--``, upper case, a dot at the end, ``//`` before it.
    *port* says whether one may stand behind it; it counts for nothing, since a host is one on all
    of its ports.

    >>> named_host("图片.例子.Example."), named_host("//CDN.example:8443/"), named_host("::1")
    ('xn--wcsw84d.xn--fsqu00a.example', 'cdn.example', '::1')
    >>> named_host("a.example/b") or named_host("a b") or named_host("a.example:1", port=False)
    """
    bare = text.strip().removeprefix("//").removesuffix("/")
    if not bare or not _NO_HOST.isdisjoint(bare):
        return None
    is_address = bare.count(":") > 1 and not bare.startswith("[")
    found = resolve(f"http://[{bare}]/" if is_address else f"http://{bare}/", None)
    if found is None or (not port and urlsplit(found).port is not None):
        return None
    return host(found) or None


def in_own_letters(host: str) -> str:
    """Return *host*, as URLs have it, in the letters that people write it with.

    >>> in_own_letters("xn--wcsw84d.xn--fsqu00a.example"), in_own_letters("example.org")
    ('图片.例子.example', 'example.org')
    """
    return str(idna_to_unicode(host)) if "xn--" in host else host


def is_within(host: str, names: Iterable[str]) -> bool:
    """Return whether *host* is one of *names*, or a subdomain of one.

    Both as `host` and `named_host` have them.

    >>> is_within("a.example.org", ["example.org"]), is_within("myexample.org", ["example.org"])
    (True, False)
    """
    return any(f".{host}".endswith(f".{name}") for name in names)


@lru_cache(maxsize=_KEPT)
def path(url: str) -> str:
    """Return the path of *url*, without its query; empty where it has none.

    >>> path("https://example.org/a/b.png?w=300"), path("http://[no-address/x.png")
    ('/a/b.png', '')
    """
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


@lru_cache(maxsize=_KEPT)
def origin(url: str) -> str:
    """Return scheme, host and port of an absolute *url*, as robots.txt and connections count them.

    >>> origin("https://example.org:8443/a?b")
    'https://example.org:8443'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def without_credentials(text: str) -> str:
    """Return *text*, a URL or what was meant as one, without user name and password.

    >>> without_credentials("https://user:secret@example.org/x@2x.png")
    'https://example.org/x@2x.png'
    >>> without_credentials("//user@example.org"), without_credentials("images/x@2x.png")
    ('//example.org', 'images/x@2x.png')
    """
    if "@" not in text:
        return text
    # Tabs and line feeds count for nothing, wherever they stand.
    for spelling in (text, text.translate(_NOT_COUNTED)):
        if _CREDENTIALS.match(spelling):
            return _CREDENTIALS.sub(r"\1", spelling)
    return text


def without_credentials_inside(text: str) -> str:
    """Return *text* without user names and passwords of the URLs somewhere in it.

    >>> without_credentials_inside("cdn.example=https://me:secret@blog.example/")
    'cdn.example=https://blog.example/'
    """
    return _AUTHORITY.sub("//", text)

"""Ids of posts that came over the network: host and path, readable, and safe as names of files."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from crawler.common import urls
from crawler.common.safe_paths import safe_path

_ENCODED: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})++")
_ARTICLE_FOLDER: Final = re.compile(r"\.(?=(?:html?|md|markdown|mdx)\Z)", re.IGNORECASE)
_SLASH: Final = "\x1f"
"""A character that no URL can hold stands for a slash that separates nothing."""


def page_id(
    url: str, name: str | None = None, *, suffix: str = ".html", former: bool = False
) -> str:
    """Return the id of the page at *url*, with *suffix* at its end and *name* before it.

    Two pages have one id only if their URLs differ in nothing but the scheme, the fragment, a slash
    or *suffix* at the end of the path, or the spelling of the same bytes. A folder is never called
    as an article is: no bundle lies inside another. *former* is as for `safe_path`.

    >>> page_id("https://blog.example/2021/a/"), page_id("https://blog.example/")
    ('blog.example/2021/a.html', 'blog.example/index.html')
    >>> page_id("https://blog.example:8080/a.php?id=3", name="mine")
    'mine/blog.example%3A8080/a.php%3Fid=3.html'
    >>> page_id("https://blog.example/a.html"), page_id("https://blog.example/a.html/b")
    ('blog.example/a.html', 'blog.example/a%2Ehtml/b.html')
    >>> page_id("https://blog.example/caf%C3%A9/100%25"), page_id("https://b.example/?u=http://x/y")
    ('blog.example/café/100%2525.html', 'b.example/index%3Fu=http%3A%2F%2Fx%2Fy.html')
    >>> page_id("https://blog.example/notes/a.MD", suffix=".md")
    'blog.example/notes/a.MD'
    """
    parts = urlsplit(urls.resolve(url, None) or url)
    *folders, last = _readable(parts.path.removeprefix("/").removesuffix("/")).split("/")
    last = last or ("index" if not folders else _SLASH)
    if parts.query:
        last += "?" + _readable(parts.query).replace("/", _SLASH)
    if not last.lower().endswith(suffix):
        last += suffix
    components = [parts.netloc.rpartition("@")[2], *(folder or _SLASH for folder in folders)]
    safe = [_folder(component, former) for component in components]
    prefix = [safe_path(name, former=former)] if name else []
    return "/".join([*prefix, *safe, _safe(last, former)])


def same_place(url: str, other: str) -> bool:
    """Return whether two URLs name one page, however it is spelled.

    >>> same_place("http://blog.example/a", "https://blog.example/a/#top")
    True
    >>> same_place("https://blog.example/a", "https://blog.example/a.html")
    False
    """
    one, two = (urlsplit(each) for each in (url, other))
    return (one.netloc, one.path.rstrip("/"), one.query) == (
        two.netloc, two.path.rstrip("/"), two.query
    )  # fmt: skip


def _readable(text: str) -> str:
    """Return *text* with the encoded characters decoded that stand in no URL as they are."""
    return _ENCODED.sub(lambda match: _decoded(match[0]), text)


def _decoded(encoded: str) -> str:
    octets = bytes.fromhex(encoded.replace("%", ""))
    try:
        characters = octets.decode()
    except UnicodeDecodeError:
        return encoded.upper()
    return "".join(
        c
        if c == " " or (not c.isascii() and c.isprintable())
        else "".join(f"%{octet:02X}" for octet in c.encode())
        for c in characters
    )


def _folder(component: str, former: bool) -> str:
    return _ARTICLE_FOLDER.sub("%2E", _safe(component, former))


def _safe(component: str, former: bool) -> str:
    return safe_path(component, former=former).replace("%1F", "%2F")

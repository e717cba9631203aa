"""Find the URL inside of a URL: what an image proxy, a resizer or an archive was told to fetch.

It is a second choice, for when the wrapper fails. Only clear cases count: in the path or at the
beginning of the query, or in a parameter that means the image (never one that tells where a visitor
came from or goes to), on a public host, with a path of its own that does not end like a page.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler.common.media_types import IMAGE_SUFFIXES
from crawler.common.urls import NETWORK_SCHEMES, host, resolve, scheme

_IN_PATH: Final = re.compile(r"(?i)/(https?:/{1,2}(?!/))")
_ENCODED: Final = re.compile(r"(?i)/(https?%3a(?:%2f){2}[^/?]++)")
_ABSOLUTE: Final = re.compile(r"(?i)https?(?:://|%3a%2f%2f)")
_ONE_SLASH: Final = re.compile(r"(?i)\A(https?:)/(?!/)")

_PARAMETERS: Final = frozenset(
    {
        "file", "href", "image", "image_url", "imageurl", "img", "img_url", "imgsrc", "imgurl",
        "media", "mediaurl", "original", "original_url", "photo", "pic", "picurl", "piurl", "src",
        "u", "uri", "url",
    }
)  # fmt: skip
_OPTIMISERS: Final = re.compile(r"(?i)/(?:_next|_vercel|\.netlify)/images?\Z|/_image\Z")
"""Next.js, Vercel, Netlify, Astro: their parameter may name an image of the same host."""
_CLOUDFLARE: Final = re.compile(r"(?i)\A/cdn-cgi/image/[^/]++(/.++)\Z")

_BY_HOST: Final = (
    # Photon, https://developer.wordpress.com/docs/photon/: ssl=1 asks the origin over https.
    (re.compile(r"i[0-9]\.wp\.com"), re.compile(r"/([^/]+\.[^/]+/.+)"), None),
    # AMP cache: /i/s/ for images fetched over https, /i/ over http.
    (re.compile(r".+\.cdn\.ampproject\.org"), re.compile(r"/i/s/([^/]+\.[^/]+/.+)"), "https"),
    (re.compile(r".+\.cdn\.ampproject\.org"), re.compile(r"/i/([^/]+\.[^/]+/.+)"), "http"),
)
_WITHOUT_SCHEME: Final = frozenset({"images.weserv.nl", "wsrv.nl"})
_CAMO: Final = re.compile(r"\A/[0-9a-f]{40,64}/((?:[0-9a-f]{2})++)\Z")
"""GitHub's proxy writes the URL in hexadecimal."""
_PICTURES_OF_PAGES: Final = re.compile(r"thum\.io|screenshot|s-shot\.|/mshots/|urlbox|webshot")

_MAY_WRAP: Final = re.compile(
    r"(?i)\?|https?(?::|%3a)|\.wp\.com|\.ampproject\.org|camo\.github|/cdn-cgi/image/"
)
"""Without one of these nothing of the above is there to be found, as in nearly all URLs."""

_LONGEST_QUERY: Final = 8192
_ENDING: Final = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}\Z")
_PROGRAMS: Final = frozenset({".ashx", ".aspx", ".cgi", ".php"})


def inner_url(url: str, *, allow_private: bool = False) -> str | None:
    """Return the URL, absolute and normalised, that the absolute *url* wraps, or None.

    One level deep. An inner host that is private counts only with *allow_private*.

    >>> inner_url("https://proxy.example/?http://real.example/x.jpg")
    'http://real.example/x.jpg'
    >>> inner_url("https://web.archive.org/web/2020im_/http://real.example/x.jpg?a=1")
    'http://real.example/x.jpg?a=1'
    >>> inner_url("https://cdn.example/fetch/w_640/https%3A%2F%2Freal.example%2Fa%20b.jpg")
    'https://real.example/a%20b.jpg'
    >>> inner_url("https://images.weserv.nl/?url=real.example/x.jpg&w=300")
    'https://real.example/x.jpg'
    >>> inner_url("https://i0.wp.com/real.example/x.jpg?ssl=1")
    'https://real.example/x.jpg'
    >>> inner_url("https://blog.example/_next/image?url=%2Fa.png&w=640&q=75")
    'https://blog.example/a.png'
    >>> inner_url("https://cdn.example/x.jpg?ref=https://blog.example/x.jpg")
    >>> inner_url("https://proxy.example/?url=http://192.168.0.1/x.jpg")
    """
    if _MAY_WRAP.search(url, url.find(":") + 1) is None:
        return None
    wrapper = resolve(url, None)
    if wrapper is None or scheme(url) not in NETWORK_SCHEMES or _PICTURES_OF_PAGES.search(url):
        return None
    for find in (_by_path, _by_query, _by_host):
        inner = resolve(find(wrapper) or "", wrapper)
        if inner is not None and inner != wrapper and _is_clear(inner):
            return inner if allow_private or _is_public(host(inner)) else None
    return None


def _by_path(url: str) -> str | None:
    start = url.find("/", url.find("://") + 3)
    end = url.find("?") if "?" in url else len(url)
    if plain := _IN_PATH.search(url, start, end):
        return _ONE_SLASH.sub(r"\1//", url[plain.start(1) :])
    encoded = _ENCODED.search(url, start, end)
    return unquote(encoded.group(1)) if encoded else None


def _by_query(url: str) -> str | None:
    parts = urlsplit(url)
    if _ABSOLUTE.match(parts.query):
        return parts.query if "://" in parts.query[:8] else unquote(parts.query)
    for name, value in parse_qsl(parts.query[:_LONGEST_QUERY]):
        if name.lower() in _PARAMETERS and (found := _of_parameter(value, url)):
            return found
    return None


def _of_parameter(value: str, url: str) -> str | None:
    if _ABSOLUTE.match(value):
        return unquote(value) if "://" not in value[:8] else value
    if value.startswith("//"):
        return f"https:{value}"
    if host(url) in _WITHOUT_SCHEME:
        return f"https://{value.removeprefix('ssl:')}"
    if value.startswith("/") and _OPTIMISERS.search(urlsplit(url).path):
        return value
    return None


def _by_host(url: str) -> str | None:
    parts, place = urlsplit(url), host(url)
    if place == "camo.githubusercontent.com" and (match := _CAMO.match(parts.path)):
        return bytes.fromhex(match.group(1)).decode("utf-8", "replace")
    for hosts, paths, how in _BY_HOST:
        if hosts.fullmatch(place) and (match := paths.fullmatch(parts.path)):
            https = "https" if "ssl=1" in parts.query.split("&") else "http"
            return f"{how or https}://{match.group(1)}"
    match = _CLOUDFLARE.match(parts.path)
    return match.group(1) if match else None


def _is_clear(url: str) -> bool:
    """Return whether *url* is that of an image, to all appearance."""
    name = urlsplit(url).path.rpartition("/")[2].lower()
    ending = _ENDING.search(name)
    if ending is not None and ending.group() not in IMAGE_SUFFIXES | _PROGRAMS:
        return False
    return scheme(url) in NETWORK_SCHEMES and urlsplit(url).path != "/"


def _is_public(name: str) -> bool:
    try:
        return ip_address(name).is_global
    except ValueError:
        ends = name.rstrip(".").rpartition(".")
        return bool(ends[0]) and ends[2] not in {"local", "localhost", "internal", "lan", "home"}

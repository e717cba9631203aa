"""A site on the loopback address whose routes are named for what they do.

The first segment of a path, up to its first dot, names the behaviour; the ending says the format of
the picture, and every path has a picture of its own: ``/ok.png``, ``/ok/7.webp``, ``/flaky/2.jpg``.
What the site was asked for is recorded; nothing waits for a clock.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import hashlib
import http.server
import io
import json
import selectors
import socket
import socketserver
import ssl
import struct
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import Message
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import unquote, urlsplit

import trustme
from PIL import Image

LOOPBACK = "127.0.0.1"
UNREACHABLE = 0
"""As `Site.robots`: the connection is reset."""
ROBOTS = "User-agent: *\nDisallow: /disallowed/\n"
LAST_MODIFIED = "Wed, 01 Dec 2021 00:11:49 GMT"
_JOIN_SECONDS = 5
_PIECE = 65536


# Pictures


@dataclass(frozen=True, slots=True)
class Format:
    """A format in which pictures are drawn."""

    media_type: str
    pillow: str


FORMATS = {
    ".png": Format("image/png", "PNG"),
    ".jpg": Format("image/jpeg", "JPEG"),
    ".jpeg": Format("image/jpeg", "JPEG"),
    ".webp": Format("image/webp", "WEBP"),
    ".gif": Format("image/gif", "GIF"),
    ".avif": Format("image/avif", "AVIF"),
    ".bmp": Format("image/bmp", "BMP"),
    ".tif": Format("image/tiff", "TIFF"),
    ".ico": Format("image/x-icon", "ICO"),
}


def format_of(path: str) -> Format:
    """Return the format that the ending of *path* names; PNG where it names none."""
    return FORMATS.get(PurePosixPath(path).suffix.lower(), FORMATS[".png"])


@functools.lru_cache(maxsize=2048)
def picture(seed: str, *, size: tuple[int, int] = (480, 320), suffix: str | None = None) -> bytes:
    """Return a picture that is like no other seed's: a chequer of its own colours.

    The ending of *seed*, or *suffix*, says the format.
    """
    kind = format_of(suffix or seed)
    pixels = _chequer(hashlib.shake_128(seed.encode()).digest(192), size)
    if kind.pillow == "PNG":
        return png(pixels, size)
    file = io.BytesIO()
    Image.frombytes("RGB", size, pixels).save(file, kind.pillow)
    return file.getvalue()


def png(pixels: bytes, size: tuple[int, int]) -> bytes:
    """Return rows of RGB as a PNG (https://www.w3.org/TR/png-3/#11Chunks)."""
    width, height = size
    rows = b"".join(b"\0" + pixels[3 * width * y : 3 * width * (y + 1)] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def _chequer(colours: bytes, size: tuple[int, int]) -> bytes:
    width, height = size
    columns = [8 * x // width for x in range(width)]
    rows = [
        b"".join(colours[24 * row + 3 * column :][:3] for column in columns) for row in range(8)
    ]
    return b"".join(rows[8 * y // height] for y in range(height))


# What is asked and answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it arrived."""

    method: str
    target: str
    """As on the request line, query included."""
    headers: Message
    """Names are looked up without regard to case."""
    connection: int
    """Which connection of the site it came over; the first is 1."""

    @property
    def path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer that is sent whole."""

    body: bytes = b""
    media_type: str | None = "image/png"
    status: int = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    """The Content-Length to announce; None for the true one."""

    @property
    def etag(self) -> str:
        """The validator of the body."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:12]}"'


class Exchange(http.server.BaseHTTPRequestHandler):
    """A connection, at the moment when one of its requests is answered."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _HttpServer
    connection: socket.socket
    number: int
    """Which request for this target it is; the first is 1."""
    _open: bool

    @property
    def site(self) -> Site:
        """The site that is asked."""
        return self.server.site

    @property
    def rest(self) -> str:
        """What follows the route's name in the path, without the slash between."""
        return urlsplit(self.path).path.removeprefix("/").partition("/")[2]

    @property
    def query(self) -> str:
        """The query, unquoted."""
        return unquote(urlsplit(self.path).query)

    def do_GET(self) -> None:
        """Answer by the route."""
        self.number = self.site.begin(self._record())
        self._open = True
        try:
            answer = self.site.find_route(self.path)(self)
            if answer is not None:
                self._send(self._conditional(answer))
        finally:
            self._finish()

    do_HEAD = do_GET  # noqa: N815 - as http.server has it

    def begin(self, status: int, headers: Mapping[str, str | None]) -> None:
        """Send a head; headers that are None are left out."""
        self.wfile.write(_head(status, headers))

    def begin_chunked(self, media_type: str = "image/png") -> None:
        """Send the head of a chunked answer."""
        self.begin(200, {"Content-Type": media_type, "Transfer-Encoding": "chunked"})

    def chunk(self, data: bytes) -> None:
        """Send one chunk; an empty one is the last."""
        framed = b"%x\r\n%b\r\n" % (len(data), data)
        if data:
            self.wfile.write(framed)
        else:
            self._write_last(framed)

    def hold(self) -> None:
        """Return when the client has left or the site closes."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            while self.connection.recv(_PIECE):
                pass

    def hang_up(self) -> None:
        """Close the connection in an orderly way after this answer."""
        self.close_connection = True

    def reset(self) -> None:
        """Break the connection: the client sees ECONNRESET."""
        # SO_LINGER with no time makes close() send RST (socket(7)).
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
        """Say nothing."""

    def _record(self) -> Request:
        return Request(
            method=self.command,
            target=self.path,
            headers=self.headers,
            connection=self.client_address[1],
        )

    def _conditional(self, answer: Answer) -> Answer:
        known = self.headers.get("If-None-Match")
        if answer.status != HTTPStatus.OK or known != answer.etag:
            return answer
        return Answer(status=HTTPStatus.NOT_MODIFIED, media_type=None, headers=_validators(answer))

    def _send(self, answer: Answer) -> None:
        length = len(answer.body) if answer.length is None else answer.length
        bodiless = answer.status in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
        headers = {
            "Content-Type": answer.media_type,
            "Content-Length": None if bodiless else str(length),
            "Connection": "close" if self.close_connection else None,
            **_validators(answer),
            **answer.headers,
        }
        body = b"" if self.command == "HEAD" else answer.body
        self.close_connection |= length != len(answer.body)
        self._write_last(_head(answer.status, headers) + body)

    def _write_last(self, data: bytes) -> None:
        # Whoever has the last byte may ask again at once: the request must be over by then.
        self.wfile.write(data[:-1])
        self._finish()
        self.wfile.write(data[-1:])

    def _finish(self) -> None:
        if self._open:
            self._open = False
            self.site.end()


def _head(status: int, headers: Mapping[str, str | None]) -> bytes:
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unnamed"
    fields = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join([f"HTTP/1.1 {status} {phrase}", *fields, "", ""]).encode("latin-1")


def _validators(answer: Answer) -> dict[str, str]:
    if answer.status != HTTPStatus.OK:
        return {}
    return {"ETag": answer.etag, "Last-Modified": LAST_MODIFIED}


# Routes

Route = Callable[[Exchange], Answer | None]
"""Answers an exchange; None when it has written by itself."""

_AnyRoute = TypeVar("_AnyRoute", bound=Route)

ROUTES: dict[str, Route] = {}
"""Every behaviour by the name that it has in a path."""


def _route(function: _AnyRoute) -> _AnyRoute:
    ROUTES[function.__name__.replace("_", "-")] = function
    return function


def _status(status: int) -> Route:
    def route(_exchange: Exchange) -> Answer:
        return Answer(status=status, body=_PAGE, media_type="text/html")

    route.__doc__ = f"Answer {status} with an HTML page."
    return route


_PAGE = b"<!DOCTYPE html><title>Not a picture</title><p>This is a page, not a picture."
_PNG_START = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><path d="M0 0h9v9z"/></svg>'

ROUTES |= {
    "gone": _status(410),
    "not-found": _status(404),
    "unauthorized": _status(401),
    "teapot": _status(418),
    "server-error": _status(500),
    "unavailable": _status(503),
}


def _picture(exchange: Exchange, **headers: str) -> Answer:
    path = urlsplit(exchange.path).path
    return Answer(body=picture(path), media_type=format_of(path).media_type, headers=headers)


def _redirect(location: str, status: int = 302) -> Answer:
    return Answer(status=status, media_type=None, headers={"Location": location})


@_route
def ok(exchange: Exchange) -> Answer:
    """Answer with the picture of this path."""
    return _picture(exchange)


ROUTES |= {"photo": ok, "disallowed": ok}


@_route
def svg(exchange: Exchange) -> Answer:
    """Answer with a small SVG that names its path in a comment."""
    return Answer(body=_SVG + f"<!--{exchange.path}-->".encode(), media_type="image/svg+xml")


@_route
def robots(exchange: Exchange) -> Answer | None:
    """Answer as `Site.robots` says."""
    verdict = exchange.site.robots
    if isinstance(verdict, str):
        return Answer(body=verdict.encode(), media_type="text/plain")
    if verdict == UNREACHABLE:
        return reset(exchange)
    return Answer(status=verdict, media_type="text/plain")


@_route
def status(exchange: Exchange) -> Answer:
    """Answer ``/status/418/…`` with that status and no picture."""
    return Answer(status=int(exchange.rest.split("/")[0]), body=_PAGE, media_type="text/html")


@_route
def rate_limited(_exchange: Exchange) -> Answer:
    """Answer 429 every time, and ask for an hour of peace."""
    return Answer(status=429, media_type="text/plain", headers={"Retry-After": "3600"})


@_route
def rate_limited_once(exchange: Exchange) -> Answer:
    """Answer 429 with Retry-After: 0 the first time, then the picture."""
    return _fine_after(exchange, Answer(status=429, headers={"Retry-After": "0"}))


@_route
def retry_after(exchange: Exchange) -> Answer:
    """Answer 503 with Retry-After: 0 the first time, then the picture."""
    return _fine_after(exchange, Answer(status=503, headers={"Retry-After": "0"}))


@_route
def retry_after_date(exchange: Exchange) -> Answer:
    """Answer 503 with a Retry-After date that is past the first time, then the picture."""
    return _fine_after(exchange, Answer(status=503, headers={"Retry-After": LAST_MODIFIED}))


def _fine_after(exchange: Exchange, first: Answer) -> Answer:
    return first if exchange.number == 1 else _picture(exchange)


@_route
def flaky(exchange: Exchange) -> Answer | None:
    """Answer 500 the first time, break the connection the second, then the picture."""
    if exchange.number == 1:
        return Answer(status=500, media_type="text/plain")
    return reset(exchange) if exchange.number == 2 else _picture(exchange)


@_route
def broken_off_once(exchange: Exchange) -> Answer | None:
    """Send half of the picture the first time, then all of it."""
    return truncated(exchange) if exchange.number == 1 else _picture(exchange)


@_route
def reset(exchange: Exchange) -> Answer | None:
    """Break the connection without an answer."""
    exchange.reset()
    return None


@_route
def hang_up(exchange: Exchange) -> None:
    """Close the connection without an answer."""
    exchange.hang_up()


@_route
def garbage(exchange: Exchange) -> None:
    """Answer with bytes that are not HTTP."""
    exchange.wfile.write(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
    exchange.hang_up()


@_route
def slow(exchange: Exchange) -> None:
    """Never answer."""
    exchange.hold()


@_route
def stalled(exchange: Exchange) -> None:
    """Send half of the picture, and never the rest."""
    body = _picture(exchange).body
    exchange.begin(200, {"Content-Type": "image/png", "Content-Length": str(len(body))})
    exchange.wfile.write(body[: len(body) // 2])
    exchange.hold()


@_route
def held(exchange: Exchange) -> Answer:
    """Answer with the picture after `Site.release` was called."""
    exchange.site.released.wait()
    return _picture(exchange)


@_route
def drip(exchange: Exchange) -> None:
    """Send one byte at a time, for ever."""
    exchange.begin_chunked()
    for byte in _PNG_START:
        exchange.chunk(bytes([byte]))
    while not exchange.site.closing.wait(0.02):
        exchange.chunk(b"\0")


@_route
def html_as_png(_exchange: Exchange) -> Answer:
    """Answer 200 with a page that is declared image/png."""
    return Answer(body=_PAGE)


@_route
def html(_exchange: Exchange) -> Answer:
    """Answer 200 with a page that says so."""
    return Answer(body=_PAGE, media_type="text/html; charset=utf-8")


@_route
def json_as_png(_exchange: Exchange) -> Answer:
    """Answer 200 with JSON that is declared image/png."""
    return Answer(body=b'{"error": {"code": 1010, "message": "no such picture"}}')


@_route
def text(_exchange: Exchange) -> Answer:
    """Answer 200 with a line of text."""
    return Answer(body=b"Invalid URL signature\n", media_type="text/plain")


@_route
def binary(_exchange: Exchange) -> Answer:
    """Answer 200 with bytes that are neither text nor a picture."""
    return Answer(body=bytes(range(256)) * 4)


@_route
def picture_not_found(exchange: Exchange) -> Answer:
    """Answer 404 with a picture."""
    return Answer(status=404, body=picture(exchange.path), media_type="image/png")


@_route
def not_for_robots(exchange: Exchange) -> Answer:
    """Answer with the picture, and ask that no copy be kept of it."""
    return _picture(exchange, **{"X-Robots-Tag": "noarchive, noimageindex"})


@_route
def wrong_type(exchange: Exchange) -> Answer:
    """Answer with a PNG that is declared text/html."""
    return Answer(body=picture(exchange.path, suffix=".png"), media_type="text/html")


@_route
def no_type(exchange: Exchange) -> Answer:
    """Answer with a picture of no declared type."""
    return Answer(body=_picture(exchange).body, media_type=None)


@_route
def empty(_exchange: Exchange) -> Answer:
    """Answer 200 with nothing."""
    return Answer()


@_route
def no_content(_exchange: Exchange) -> Answer:
    """Answer 204."""
    return Answer(status=204, media_type=None)


@_route
def truncated(exchange: Exchange) -> Answer:
    """Announce the picture's whole length, send half of it and close."""
    whole = _picture(exchange)
    half = whole.body[: len(whole.body) // 2]
    return Answer(body=half, media_type=whole.media_type, length=len(whole.body))


@_route
def half(exchange: Exchange) -> Answer:
    """Answer with half of a picture as if that were all of it."""
    whole = _picture(exchange)
    return Answer(body=whole.body[: len(whole.body) // 2], media_type=whole.media_type)


@_route
def broken(exchange: Exchange) -> Answer:
    """Answer with a PNG whose pixels are rubbish."""
    body = bytearray(picture(exchange.path, suffix=".png"))
    body[60:90] = bytes(30)
    return Answer(body=bytes(body))


@_route
def chunked(exchange: Exchange) -> None:
    """Send the picture in chunks."""
    body = _picture(exchange).body
    exchange.begin_chunked(format_of(exchange.path).media_type)
    for start in range(0, len(body), 1000):
        exchange.chunk(body[start : start + 1000])
    exchange.chunk(b"")


@_route
def cut_chunked(exchange: Exchange) -> None:
    """Send one chunk of the picture and close without the last one."""
    body = _picture(exchange).body
    exchange.begin_chunked(format_of(exchange.path).media_type)
    exchange.chunk(body[: len(body) // 2])
    exchange.hang_up()


@_route
def no_length(exchange: Exchange) -> None:
    """Send the picture without its length; the end of the connection ends it."""
    answer = _picture(exchange)
    exchange.begin(200, {"Content-Type": answer.media_type, "Connection": "close"})
    exchange.wfile.write(answer.body)
    exchange.hang_up()


@_route
def gzipped(exchange: Exchange) -> Answer:
    """Send the picture with Content-Encoding: gzip."""
    answer = _picture(exchange)
    return Answer(
        body=gzip.compress(answer.body, mtime=0),
        media_type=answer.media_type,
        headers={"Content-Encoding": "gzip"},
    )


@_route
def not_gzipped(exchange: Exchange) -> Answer:
    """Say Content-Encoding: gzip of a body that is none."""
    return _picture(exchange, **{"Content-Encoding": "gzip"})


@_route
def bomb(_exchange: Exchange) -> Answer:
    """Send a megabyte of gzip that expands to 1 GiB and begins like a PNG."""
    return Answer(body=_bomb(), headers={"Content-Encoding": "gzip"})


@functools.cache
def _bomb() -> bytes:
    # After a full flush, deflated pieces stand for themselves and can be repeated (RFC 1951).
    start, zeros = _deflated(_PNG_START), _deflated(bytes(1 << 24))
    header = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    return header + start + zeros * 64


def _deflated(data: bytes) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush(zlib.Z_FULL_FLUSH)


@_route
def huge(exchange: Exchange) -> None:
    """Send a chunked body that begins like a PNG and never ends."""
    exchange.begin_chunked()
    exchange.chunk(_PNG_START)
    while not exchange.site.closing.is_set():
        exchange.chunk(bytes(_PIECE))


@_route
def announced_huge(exchange: Exchange) -> None:
    """Announce 10 GB, begin like a PNG, and send no more."""
    exchange.begin(200, {"Content-Type": "image/png", "Content-Length": str(10**10)})
    exchange.wfile.write(_PNG_START)
    exchange.hold()


@_route
def redirect(exchange: Exchange) -> Answer:
    """Redirect to ``/ok.png``; ``/redirect/308`` does it with that status."""
    return _redirect("/ok.png", int(exchange.rest or 302))


@_route
def redirect_loop(exchange: Exchange) -> Answer:
    """Redirect to itself."""
    return _redirect(exchange.path)


@_route
def redirect_chain(exchange: Exchange) -> Answer:
    """Redirect as many times as ``/redirect-chain/3`` says, then to ``/ok.png``."""
    left = int(exchange.rest) - 1
    return _redirect(f"/redirect-chain/{left}" if left else "/ok.png")


@_route
def redirect_to(exchange: Exchange) -> Answer:
    """Redirect ``/redirect-to?URL`` to the URL."""
    return _redirect(exchange.query)


@_route
def redirect_to_private(exchange: Exchange) -> Answer:
    """Redirect ``/redirect-to-private/10.0.0.1/x.png`` to that address and path."""
    return _redirect(f"http://{exchange.rest or '169.254.169.254/ok.png'}")


@_route
def redirect_to_stand_in(_exchange: Exchange) -> Answer:
    """Redirect every path to the host's picture for what is not there."""
    return _redirect("/ok/errors/image_not_found.png")


@_route
def redirect_strangers(exchange: Exchange) -> Answer:
    """Redirect to a picture that tells hot-linkers off, unless a Referer is sent."""
    return _picture(exchange) if "Referer" in exchange.headers else _redirect("/ok/hotlink.png")


@_route
def redirect_to_host(exchange: Exchange) -> Answer:
    """Redirect ``/redirect-to-host/NAME/…`` to the same site by that name, and the path."""
    host, _, path = exchange.rest.partition("/")
    return _redirect(f"{exchange.site.url(f'/{path}', host=host)}")


@_route
def redirect_to_disallowed(_exchange: Exchange) -> Answer:
    """Redirect to a path that robots.txt disallows."""
    return _redirect("/disallowed/ok.png")


@_route
def redirect_to_nowhere(_exchange: Exchange) -> Answer:
    """Answer 302 without a Location."""
    return Answer(status=302, media_type=None)


@_route
def needs_referer(exchange: Exchange) -> Answer:
    """Answer 403 unless a Referer is sent."""
    return _picture(exchange) if "Referer" in exchange.headers else forbidden(exchange)


@_route
def needs_own_referer(exchange: Exchange) -> Answer:
    """Answer 403 unless the Referer is of the same host."""
    referer = urlsplit(exchange.headers.get("Referer", "")).netloc
    return _picture(exchange) if referer == exchange.headers["Host"] else forbidden(exchange)


@_route
def needs_this_referer(exchange: Exchange) -> Answer:
    """Answer 403 unless the Referer is the query."""
    sent = exchange.headers.get("Referer", "")
    return _picture(exchange) if sent == exchange.query else forbidden(exchange)


@_route
def login_without_referer(exchange: Exchange) -> Answer:
    """Answer 401 unless a Referer is sent."""
    sent = "Referer" in exchange.headers
    return _picture(exchange) if sent else ROUTES["unauthorized"](exchange) or Answer()


@_route
def page_without_referer(exchange: Exchange) -> Answer:
    """Answer 200 with a page unless a Referer is sent."""
    return _picture(exchange) if "Referer" in exchange.headers else html(exchange)


@_route
def flaky_with_referer(exchange: Exchange) -> Answer:
    """Answer 403 without a Referer, and with one 500 before the picture."""
    if "Referer" not in exchange.headers:
        return forbidden(exchange)
    return Answer(status=500) if exchange.number == 2 else _picture(exchange)


@_route
def gone_with_referer(exchange: Exchange) -> Answer:
    """Answer 403 to strangers, and 410 to those who send a Referer."""
    return Answer(status=410) if "Referer" in exchange.headers else forbidden(exchange)


@_route
def no_referer_allowed(exchange: Exchange) -> Answer:
    """Answer 403 when a Referer is sent."""
    return forbidden(exchange) if "Referer" in exchange.headers else _picture(exchange)


@_route
def forbidden(_exchange: Exchange) -> Answer:
    """Answer 403 with an HTML page."""
    return Answer(status=403, body=_PAGE, media_type="text/html")


@_route
def stand_in(_exchange: Exchange) -> Answer:
    """Answer every path with the same picture."""
    return Answer(body=picture("stand-in.png"))


@_route
def pixel(_exchange: Exchange) -> Answer:
    """Answer with a picture of one pixel."""
    return Answer(body=png(b"\xff\xff\xff", (1, 1)))


@_route
def cookies(exchange: Exchange) -> Answer:
    """Set a cookie, and answer 403 when one comes back."""
    if "Cookie" in exchange.headers:
        return forbidden(exchange)
    return _picture(exchange, **{"Set-Cookie": "visitor=1; Path=/"})


@_route
def echo_headers(exchange: Exchange) -> Answer:
    """Answer with the request's headers as JSON."""
    body = json.dumps(dict(exchange.headers.items())).encode()
    return Answer(body=body, media_type="application/json")


# An archive of the web, by RFC 7089


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """What an archive has of a URL, at one moment."""

    moment: datetime
    answer: Answer

    @property
    def stamp(self) -> str:
        """The moment as it stands in the URLs of mementos."""
        return self.moment.strftime("%Y%m%d%H%M%S")


@_route
def timegate(exchange: Exchange) -> Answer:
    """Redirect ``/timegate/URL`` to the memento nearest to Accept-Datetime (4.1); 404 without."""
    url, captures = _captures(exchange, "/timegate/")
    try:
        wanted = _accept_datetime(exchange, captures)
    except ValueError:
        return Answer(status=400, media_type="text/plain")  # 4.5.3
    if not captures:
        return Answer(status=404, body=_PAGE, media_type="text/html")
    nearest = min(captures, key=lambda captured: abs(captured.moment - wanted))
    headers = {
        "Vary": "accept-datetime",
        "Location": f"/web/{nearest.stamp}/{url}",
        "Link": _links(url, captures, nearest),
    }
    return Answer(status=302, media_type=None, headers=headers)


@_route
def direct_timegate(exchange: Exchange) -> Answer:
    """Answer ``/direct-timegate/URL`` with the memento itself (4.2)."""
    url, captures = _captures(exchange, "/direct-timegate/")
    if not captures:
        return Answer(status=404, body=_PAGE, media_type="text/html")
    wanted = _accept_datetime(exchange, captures)
    nearest = min(captures, key=lambda captured: abs(captured.moment - wanted))
    location = {"Vary": "accept-datetime", "Content-Location": f"/web/{nearest.stamp}id_/{url}"}
    return _memento(url, captures, nearest, location)


@_route
def web(exchange: Exchange) -> Answer:
    """Answer ``/web/DATEid_/URL`` with what was captured, and without ``id_`` with a page of it."""
    stamp = exchange.rest.partition("/")[0]
    url, captures = _captures(exchange, f"/web/{stamp}/")
    found = [captured for captured in captures if captured.stamp == stamp.removesuffix("id_")]
    if not found:
        return Answer(status=404, body=_PAGE, media_type="text/html")
    if not stamp.endswith("id_"):
        return Answer(body=_PAGE, media_type="text/html", headers=_dated(found[0]))
    return _memento(url, captures, found[0], {})


def _memento(
    url: str, captures: list[Captured], captured: Captured, headers: Mapping[str, str]
) -> Answer:
    links = {"Link": _links(url, captures, captured)}
    answer = captured.answer
    return replace(answer, headers={**answer.headers, **_dated(captured), **links, **headers})


def _captures(exchange: Exchange, beginning: str) -> tuple[str, list[Captured]]:
    url = exchange.path.removeprefix(beginning)
    return url, sorted(exchange.site.captures.get(url, ()), key=lambda captured: captured.moment)


def _accept_datetime(exchange: Exchange, captures: list[Captured]) -> datetime:
    value = exchange.headers.get("Accept-Datetime")
    if value is not None:
        return parsedate_to_datetime(value)
    return captures[-1].moment if captures else datetime.now(UTC)


def _dated(captured: Captured) -> dict[str, str]:
    return {"Memento-Datetime": format_datetime(captured.moment, usegmt=True)}


def _links(url: str, captures: list[Captured], captured: Captured) -> str:
    at = captures.index(captured)
    neighbours = {
        "first memento": captures[0],
        "last memento": captures[-1],
        **({"prev memento": captures[at - 1]} if at else {}),
        **({"next memento": captures[at + 1]} if at + 1 < len(captures) else {}),
    }
    dated = [
        f'</web/{other.stamp}/{url}>; rel="{rel}"; datetime="{_dated(other)["Memento-Datetime"]}"'
        for rel, other in neighbours.items()
    ]
    timemap = f'</timemap/link/{url}>; rel="timemap"; type="application/link-format"'
    return ", ".join([f'<{url}>; rel="original"', timemap, *dated])


# The server


class _Server(socketserver.TCPServer):
    """A thread for each connection; stopping breaks them all and waits for none that hangs."""

    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, handler: type[http.server.BaseHTTPRequestHandler]) -> None:
        super().__init__((LOOPBACK, 0), handler)
        self._handler = handler
        self.port: int = self.server_address[1]
        self.closing = threading.Event()
        self.accepted = 0
        self.errors: list[BaseException] = []
        self._lock = threading.Lock()
        self._live: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)

    def start(self) -> None:
        """Accept connections from now on."""
        self._accepting.start()

    def stop(self) -> None:
        """Accept no more, break what is open, and return."""
        self.closing.set()
        socket.create_connection((LOOPBACK, self.port)).close()
        self._accepting.join()
        self.server_close()
        with self._lock:
            for connection in self._live:
                _break(connection)
        for thread in self._threads:
            thread.join(_JOIN_SECONDS)

    def process_request(self, request: object, client_address: object) -> None:  # noqa: ARG002
        """Serve the connection in a thread of its own."""
        assert isinstance(request, socket.socket)
        if self.closing.is_set():
            request.close()
            return
        self.accepted += 1
        thread = threading.Thread(target=self._serve, args=(request, self.accepted), daemon=True)
        self._threads.append(thread)
        thread.start()

    def open(self, connection: socket.socket) -> socket.socket:
        """Return the socket to speak over; `_tracked` at once."""
        return connection

    def _accept(self) -> None:
        while not self.closing.is_set():
            self.handle_request()

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            with self.open(connection) as opened, self._tracked(opened):
                self.talk(opened, number)
        except OSError:
            pass  # The client left, or the site closes.
        except Exception as error:  # noqa: BLE001 - raised again by whoever closes the site
            self.errors.append(error)

    def talk(self, connection: socket.socket, number: int) -> None:
        """Serve *connection* until it ends."""
        self._handler(connection, (LOOPBACK, number), self)

    @contextlib.contextmanager
    def _tracked(self, connection: socket.socket) -> Iterator[None]:
        with self._lock:
            self._live.add(connection)
            if self.closing.is_set():
                _break(connection)
        try:
            yield
        finally:
            with self._lock:
                self._live.discard(connection)


def _break(connection: socket.socket) -> None:
    # The plain method: that of a TLS socket forgets its keys under the thread that uses them.
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


class _HttpServer(_Server):
    def __init__(self, site: Site, tls: ssl.SSLContext | None) -> None:
        super().__init__(Exchange)
        self.site = site
        self.tls = tls

    def open(self, connection: socket.socket) -> socket.socket:
        if self.tls is None:
            return connection
        return self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)

    def talk(self, connection: socket.socket, number: int) -> None:
        if isinstance(connection, ssl.SSLSocket):
            connection.do_handshake()
        super().talk(connection, number)


class Site:
    """The site; a context manager that serves from entry to exit, over TLS when given a context.

    On exit it raises what a route has raised.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self._server = _HttpServer(self, tls)
        self._changed = threading.Condition()
        self._routes: dict[str, Route] = {}
        self._in_progress = 0
        self.robots: str | int = ROBOTS
        """The text of robots.txt, or the status that it is answered with, or UNREACHABLE."""
        self.captures: dict[str, list[Captured]] = {}
        """What the archive of the web behind ``/timegate/`` has, by URL."""
        self.requests: list[Request] = []
        """In the order in which they came."""
        self.peak = 0
        """The largest number of requests in progress at once. One is over just before its last
        byte is sent; one that the client abandons is over when the site notices."""
        self.released = threading.Event()
        self.closing = self._server.closing

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.released.set()
        self._server.stop()
        if error is None and self._server.errors:
            raise self._server.errors[0]

    @property
    def port(self) -> int:
        """The port that the system chose."""
        return self._server.port

    @property
    def connections(self) -> int:
        """How many TCP connections were accepted."""
        return self._server.accepted

    def url(self, path: str = "/", *, host: str = LOOPBACK) -> str:
        """Return the URL of *path*."""
        return f"{'http' if self._server.tls is None else 'https'}://{host}:{self.port}{path}"

    def hits(self, path: str) -> int:
        """Return how often *path* was asked for, with any query unless it has one itself."""
        with self._changed:
            return sum(path in {request.path, request.target} for request in self.requests)

    def serve(
        self,
        path: str,
        body: bytes | str | None = None,
        *,
        media_type: str | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Answer *path* with *body* from now on, and return its URL.

        Without a body it is the picture of the path; without a type, that of the path's ending.
        """
        answer = Answer(
            body=picture(path) if body is None else _encoded(body),
            media_type=media_type or format_of(path).media_type,
            status=status,
            headers=headers or {},
        )
        return self.on(path, lambda _exchange: answer)

    def capture(self, url: str, date: str, answer: Answer | None = None) -> None:
        """Let the archive of the web have *url* as it was at *date* (RFC 3339)."""
        captured = Captured(
            moment=datetime.fromisoformat(date), answer=answer or Answer(body=picture(url + date))
        )
        self.captures.setdefault(url, []).append(captured)

    def on(self, path: str, route: Route) -> str:
        """Answer *path*, query included, by *route* from now on, and return its URL."""
        self._routes[path] = route
        return self.url(path)

    def find_route(self, target: str) -> Route:
        """Return what answers *target*: what was added, then the table, then 404."""
        path = urlsplit(target).path
        name = path.removeprefix("/").partition("/")[0].partition(".")[0]
        added = self._routes.get(target) or self._routes.get(path)
        return added or ROUTES.get(name, ROUTES["not-found"])

    def release(self) -> None:
        """Let go of everything under ``/held``, now and from now on."""
        self.released.set()

    def wait_for(self, condition: Callable[[], bool], *, timeout: float = 30) -> None:
        """Return as soon as *condition*, about what the site was asked for, holds.

        Raises TimeoutError. Blocks: not for the thread of an event loop.
        """
        with self._changed:
            if not self._changed.wait_for(condition, timeout):
                raise TimeoutError(
                    f"still not true after {timeout} s; {len(self.requests)} requests"
                )

    def begin(self, request: Request) -> int:
        """Record *request*; return which of its target it is."""
        with self._changed:
            self.requests.append(request)
            self._in_progress += 1
            self.peak = max(self.peak, self._in_progress)
            self._changed.notify_all()
            return sum(request.target == other.target for other in self.requests)

    def end(self) -> None:
        """Count one request less in progress."""
        with self._changed:
            self._in_progress -= 1
            self._changed.notify_all()


def _encoded(body: bytes | str) -> bytes:
    return body.encode() if isinstance(body, str) else body


# Playing other hosts


@dataclass(frozen=True, slots=True)
class Certificates:
    """A certificate for some hosts, by an authority that only a test trusts."""

    context: ssl.SSLContext
    """For `Site`."""
    authority: Path
    """The authority's certificate as PEM, for SSL_CERT_FILE."""


def certificates(folder: Path, *hosts: str) -> Certificates:
    """Return certificates for *hosts* (names or addresses); the authority's goes into *folder*."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*hosts).configure_cert(context)
    path = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return Certificates(context, path)


class _Forwarder(http.server.BaseHTTPRequestHandler):
    """Leads one connection to one of the two sites, whatever host was asked for."""

    protocol_version = "HTTP/1.1"
    server: _ProxyServer
    connection: socket.socket

    def do_CONNECT(self) -> None:
        """Open a tunnel to the site that speaks TLS."""
        self._forward(self.path, self.server.proxy.https, b"")

    def do_GET(self) -> None:
        """Pass a request in absolute form (RFC 9112, 3.2.2) on to the plain site."""
        host = urlsplit(self.path).netloc
        target = self.path.partition(host)[2] or "/"
        self.headers.replace_header("Host", host)
        fields = [f"{name}: {value}" for name, value in self.headers.items() if name not in _HOP]
        lines = [f"{self.command} {target} HTTP/1.1", *fields, "Connection: close", "", ""]
        self._forward(host, self.server.proxy.http, "\r\n".join(lines).encode("latin-1"))

    do_HEAD = do_GET  # noqa: N815 - as http.server has it

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
        """Say nothing."""

    def _forward(self, host: str, site: Site | None, first: bytes) -> None:
        self.close_connection = True
        self.server.proxy.hosts.append(host)
        if site is None:
            self.wfile.write(_head(502, {"Content-Length": "0", "Connection": "close"}))
            return
        with socket.create_connection((LOOPBACK, site.port)) as upstream:
            if first:
                upstream.sendall(first)
            else:
                self.wfile.write(_head(200, {}))
            _splice(self.connection, upstream)


_HOP = frozenset({"Connection", "Proxy-Connection"})


def _splice(client: socket.socket, upstream: socket.socket) -> None:
    # Not select.select, which knows no descriptor above 1023.
    with selectors.DefaultSelector() as selector:
        selector.register(client, selectors.EVENT_READ, upstream)
        selector.register(upstream, selectors.EVENT_READ, client)
        while True:
            for key, _ in selector.select():
                assert isinstance(key.fileobj, socket.socket)
                data = key.fileobj.recv(_PIECE)
                if not data:
                    return
                key.data.sendall(data)


class _ProxyServer(_Server):
    def __init__(self, proxy: Proxy) -> None:
        super().__init__(_Forwarder)
        self.proxy = proxy


class Proxy:
    """A proxy that leads every host to the given sites, and answers 502 where there is none."""

    def __init__(self, *, http: Site | None = None, https: Site | None = None) -> None:
        self.http = http
        self.https = https
        self.hosts: list[str] = []
        """Those asked for, in order: ``example.org:443`` for a tunnel, as in the URL otherwise."""
        self._server = _ProxyServer(self)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.stop()

    @property
    def url(self) -> str:
        """What http_proxy and https_proxy are set to."""
        return f"http://{LOOPBACK}:{self._server.port}"

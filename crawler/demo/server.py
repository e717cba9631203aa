"""The demo's site: its pictures, a robots.txt, and two things that go wrong on purpose."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import socketserver
import threading
from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Self
from urllib.parse import urlsplit

from crawler.demo.pictures import PICTURES
from crawler.errors import UsageError

DEFAULT_PORT = 8473
HOST = "127.0.0.1"
PAGE_PATH = "/sky/aurora.png"
"""Where a page is called a picture."""

_LAST_MODIFIED = "Wed, 01 Dec 2021 00:11:49 GMT"
_ROBOTS = b"User-agent: *\nDisallow: /members/\n"
_PAGE = b"""<!DOCTYPE html>
<title>The picture has moved</title>
<p>This picture has moved. Please visit our new gallery.
"""


@dataclass(frozen=True, slots=True)
class _Content:
    body: bytes
    media_type: str

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


_DOCUMENTS = {
    "/robots.txt": _Content(_ROBOTS, "text/plain; charset=utf-8"),
    PAGE_PATH: _Content(_PAGE, "image/png"),
}


def _find(path: str) -> _Content | None:
    picture = PICTURES.get(path)
    return _Content(picture.read(), picture.media_type) if picture else _DOCUMENTS.get(path)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server
    connection: socket.socket

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        super().finish()

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.server.count(path)
        content = _find(path)
        if content is None:
            self._answer(HTTPStatus.NOT_FOUND, {"Content-Type": "text/plain"}, b"Not found.\n")
            return
        validators = {"ETag": content.etag, "Last-Modified": _LAST_MODIFIED}
        if self.headers.get("If-None-Match") == content.etag:
            self._answer(HTTPStatus.NOT_MODIFIED, validators, b"")
            return
        headers = {"Content-Type": content.media_type, **validators}
        self._answer(HTTPStatus.OK, headers, content.body)

    do_HEAD = do_GET  # noqa: N815 - as http.server has it

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
        """Say nothing."""

    def _answer(self, status: HTTPStatus, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class _Server(socketserver.ThreadingTCPServer):
    """Knows its open connections, so that closing breaks those that are kept alive."""

    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, port: int) -> None:
        super().__init__((HOST, port), _Handler)
        self.requests: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._closing = False

    def count(self, path: str) -> None:
        """Count a request."""
        with self._lock:
            self.requests[path] += 1

    def opened(self, connection: socket.socket) -> None:
        """Remember that *connection* is open; break it if the site is closing."""
        with self._lock:
            self._open.add(connection)
            if self._closing:
                _break(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forget *connection*."""
        with self._lock:
            self._open.discard(connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that leaves early is its own affair."""

    def close(self) -> None:
        """Break what is open, and wait for its threads."""
        with self._lock:
            self._closing = True
            for connection in self._open:
                _break(connection)
        self.server_close()


def _break(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class Site:
    """The site; a context manager that serves *port* of the loopback address until it is left.

    Port 0 lets the system choose. Entering raises UsageError when the port cannot be had.
    """

    def __init__(self, port: int = DEFAULT_PORT) -> None:
        self.port = port
        """The port asked for; once entered, the one that is served."""
        self.requests: Counter[str] = Counter()
        """How often each path was asked for."""

    def __enter__(self) -> Self:
        self._server = _listen(self.port)
        self._server.requests = self.requests
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.close()

    @property
    def images_asked_for(self) -> int:
        """How many requests were for anything but robots.txt."""
        return self.requests.total() - self.requests["/robots.txt"]


def _listen(port: int) -> _Server:
    try:
        return _Server(port)
    except OverflowError:
        raise UsageError(f"{port} is no port: --port takes a number from 1 to 65535") from None
    except OSError as error:
        reason = error.strerror or error
        message = f"cannot serve port {port} of {HOST} ({reason}); choose another with --port"
        raise UsageError(message) from error

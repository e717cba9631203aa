"""Serve an archive's pages over http, on the loopback address alone.

What is served is what the pages need: they themselves, the gallery's styles, scripts and data, and
of each bundle its pictures and its manifest. Nothing is listed, and nothing is served to a page
that calls this machine by another name (DNS rebinding). A file is what its ending says, whatever
its bytes are like, and runs nothing unless it is a page of ours, whose own scripts alone run.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO, Final
from urllib.parse import quote, unquote, urlsplit

from crawler.common import archive_layout
from crawler.common.files import open_regular
from crawler.common.media_types import EXTENSIONS
from crawler.errors import UnfitFileError
from crawler.gallery.jinja import GALLERY_POLICY, post_policy
from crawler.gallery.links import PICTURE_FOLDERS
from crawler.store.catalog import Catalog

HOST: Final = "127.0.0.1"
_NAMES: Final = frozenset({HOST, "localhost"})
_NOTHING_RUNS: Final = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_PICTURES: Final = {f".{ending}": name for name, ending in reversed(EXTENSIONS.items())}
_GALLERY: Final = {".css": "text/css", ".html": "text/html", ".js": "text/javascript"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Served:
    """How a file is served."""

    media_type: str
    policy: str = _NOTHING_RUNS


class _Server(ThreadingHTTPServer):
    """Says nothing of clients that leave before they have all."""

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as inherited
        """Say on standard error what went wrong here."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def server(root: Path, port: int) -> Iterator[tuple[ThreadingHTTPServer, str]]:
    """Give a server of the archive at *root*, and the URL of its page.

    Port 0 is any that is free. Raises OSError where the port is taken.
    """
    root = root.resolve()
    handler = partial(_Handler, root=root, bundles=_bundles_outside(root))
    with _Server((HOST, port), handler) as made:
        yield (
            made,
            f"http://{HOST}:{made.server_address[1]}{quote(os.fsencode(root))}/{archive_layout.PAGE}",
        )


def _bundles_outside(root: Path) -> frozenset[Path]:
    """Return the folders of the bundles that stand beside their articles."""
    catalog = Catalog(root / archive_layout.CATALOG, read_only=True)
    try:
        bundles = (row.bundle for row in catalog.posts() if row.bundle)
        outside = (b for b in bundles if not b.startswith(f"{archive_layout.POSTS}/"))
        return frozenset((root / bundle).resolve() for bundle in outside)
    finally:
        catalog.close()


class _Handler(BaseHTTPRequestHandler):
    """Answers with files; a URL's path is that of the file, so that relative links lead right."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *args: object, root: Path, bundles: frozenset[Path]) -> None:
        self._root = root
        self._bundles = bundles
        super().__init__(*args)  # type: ignore[arg-type] # as the server hands them over

    def do_GET(self) -> None:
        """Answer with a file."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer without its bytes."""
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
        """Say nothing: a browser asks for much."""

    def _answer(self, *, with_body: bool) -> None:
        if self._host() not in _NAMES:
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        path = self._path()
        served = self._served(path) if path else None
        if path is None or served is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        try:
            file = open_regular(path)
        except (OSError, UnfitFileError):
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        with file:
            self._send(served, file, with_body=with_body)

    def _send(self, served: _Served, file: BinaryIO, *, with_body: bool) -> None:
        self.send_response(HTTPStatus.OK)
        for name, value in _headers(served).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(os.fstat(file.fileno()).st_size))
        self.end_headers()
        if with_body:
            shutil.copyfileobj(file, self.wfile)

    def _host(self) -> str:
        return self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")

    def _path(self) -> Path | None:
        """Return the file that is asked for, wherever links lead."""
        try:
            return Path(unquote(urlsplit(self.path).path, errors="surrogateescape")).resolve()
        except (OSError, ValueError):
            return None

    def _served(self, path: Path) -> _Served | None:
        """Return how the file at *path* is served; None where no page needs it."""
        if path.parent.name in PICTURE_FOLDERS and self._is_bundle(path.parent.parent):
            picture = _PICTURES.get(path.suffix)
            return _Served(media_type=picture) if picture else None
        if path.name == archive_layout.MANIFEST and self._is_bundle(path.parent):
            return _Served(media_type="application/json")
        if path.name == archive_layout.PAGE and path.parent != self._root:
            ours = self._is_bundle(path.parent) or self._is_in(archive_layout.GALLERY, path)
            page = _Served(media_type="text/html", policy=post_policy())
            return page if ours and archive_layout.is_page(path) else None
        if path == self._root / archive_layout.PAGE or self._is_in(archive_layout.GALLERY, path):
            kind = _GALLERY.get(path.suffix)
            return _Served(media_type=kind, policy=GALLERY_POLICY) if kind else None
        return None

    def _is_bundle(self, folder: Path) -> bool:
        return folder in self._bundles or self._is_in(archive_layout.POSTS, folder)

    def _is_in(self, name: str, path: Path) -> bool:
        return path != self._root / name and path.is_relative_to(self._root / name)


def _headers(served: _Served) -> dict[str, str]:
    is_picture = served.media_type.startswith("image/")
    return {
        "Content-Type": served.media_type + ("" if is_picture else "; charset=utf-8"),
        "Content-Security-Policy": f"{served.policy}; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-cache",
    }

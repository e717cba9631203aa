"""Serve an archive's pages over http, on the loopback address alone.

What is served are the files of the archive, and those of the bundles that stand beside their
articles; nothing is listed, and nothing is served to a page that calls this machine by another
name (DNS rebinding). Files that are no pages of ours run nothing, whatever they are.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from crawler.bundles.catalog import Catalog
from crawler.grounds import layout

HOST: Final = "127.0.0.1"
_NAMES: Final = frozenset({HOST, "localhost"})
_BUNDLE_FOLDERS: Final = frozenset({layout.IMAGES, layout.CONVERTED, layout.THUMBNAILS})
_NOTHING_RUNS: Final = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_TYPES: Final = {
    ".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".json": "application/json",
    ".md": "text/plain", ".svg": "image/svg+xml", ".webp": "image/webp", ".avif": "image/avif",
}  # fmt: skip


@contextmanager
def server(root: Path, port: int) -> Iterator[tuple[ThreadingHTTPServer, str]]:
    """Give a server of the archive at *root*, and the URL of its page.

    Port 0 is any that is free. Raises OSError where the port is taken.
    """
    root = root.resolve()
    handler = partial(_Handler, root=root, bundles=_bundles_outside(root))
    with ThreadingHTTPServer((HOST, port), handler) as made:
        yield made, f"http://{HOST}:{made.server_address[1]}{quote(str(root))}/{layout.PAGE}"


def _bundles_outside(root: Path) -> frozenset[Path]:
    """Return the folders of the bundles that stand beside their articles."""
    catalog = Catalog(root / layout.CATALOG, read_only=True)
    try:
        bundles = (row.bundle for row in catalog.posts() if row.bundle)
        outside = (b for b in bundles if not b.startswith(f"{layout.POSTS}/"))
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
        try:
            payload = path.read_bytes() if path and self._is_public(path) else None
        except OSError:
            payload = None
        if path is None or payload is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        for name, value in self._headers_of(path).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if with_body:
            self.wfile.write(payload)

    def _host(self) -> str:
        return self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")

    def _path(self) -> Path | None:
        try:
            return Path(unquote(urlsplit(self.path).path, errors="surrogateescape")).resolve()
        except (OSError, ValueError):
            return None

    def _is_public(self, path: Path) -> bool:
        if path.is_relative_to(self._root):
            return True
        in_bundle = path.parent.name in _BUNDLE_FOLDERS and path.parent.parent in self._bundles
        return in_bundle or (path.name == layout.MANIFEST and path.parent in self._bundles)

    def _headers_of(self, path: Path) -> dict[str, str]:
        kind = _TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0]
        headers = {
            "Content-Type": f"{kind}; charset=utf-8" if kind else "application/octet-stream",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "no-cache",
        }
        ours = layout.is_page(path) or path.is_relative_to(self._root / layout.GALLERY)
        policy = "frame-ancestors 'none'" if ours else _NOTHING_RUNS
        return {**headers, "Content-Security-Policy": policy}

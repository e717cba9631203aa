"""Make the pictures of the README and the pages anew: terminal runs, and the offline pages.

    python docs/pictures.py [terminal] [pages]

Needs the environment of the tests, and for the pages Chromium as the system has it (Debian:
apt-get install chromium). Nothing leaves this machine: the hosts that a terminal shows are played
by a proxy on the loopback address, the pages are those of the demo.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pyte
from PIL import Image
from pyte.screens import Char
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import MONOKAI
from rich.text import Text

from crawler.demo.pictures import PHOTOS

_PICTURES = Path(__file__).parent / "pictures"
_PROGRAM = [sys.executable, "-m", "crawler"]
_FONT = "'DejaVu Sans Mono', Menlo, Consolas, monospace"


@dataclass(frozen=True, slots=True)
class Played:
    """How one of the hosts behaves that a terminal shows."""

    name: str
    images: int
    seconds: float
    """Until it answers."""
    status: HTTPStatus = HTTPStatus.OK
    fine: int = 0
    """How often it answers with a picture before it answers with its status."""


HOSTS = (
    Played("static.example.org", 160, 0.45),
    Played("images.photo-blog.example", 90, 0.7),
    Played("cdn.example.net", 70, 0.6, HTTPStatus.TOO_MANY_REQUESTS, fine=12),
    Played("media.travel.example", 48, 0.9),
    Played("i.forum.example", 30, 0.5),
    Played("old-server.example", 24, 0.3, HTTPStatus.SERVICE_UNAVAILABLE),
    Played("pictures.example.com", 20, 1.2),
    Played("assets.magazine.example", 16, 1.0),
    Played("up.example", 12, 1.4),
    Played("img.example", 9, 1.5),
)
_PER_POST = 6
_TIRED = re.compile(r"waits 3[0-6] s: HTTP 429")
"""When the bars are taken: a host is tired, and there are rates."""
_LONGEST = 300.0
"""Seconds."""


_GONE = 40
"""One in so many pictures is no longer there."""
_ASKED: Counter[str] = Counter()


class _Network(BaseHTTPRequestHandler):
    """A proxy that is all hosts at once."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        host = next((host for host in HOSTS if host.name == url.hostname), None)
        if host is None or url.path == "/robots.txt":
            self._answer(HTTPStatus.NOT_FOUND, b"")
            return
        time.sleep(host.seconds)
        _ASKED[host.name] += 1
        if host.status != HTTPStatus.OK and _ASKED[host.name] > host.fine:
            self._answer(host.status, b"", {"Retry-After": "41"} if host.fine else {})
        elif _ASKED[host.name] % _GONE == 0:
            self._answer(HTTPStatus.NOT_FOUND, b"")
        else:
            self._answer(HTTPStatus.OK, _photo(), {"Content-Type": "image/png"})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
        """Say nothing."""

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


_COUNT = iter(range(1_000_000))


def _photo() -> bytes:
    """Return a picture that no other answer has: a trailing number makes its bytes its own."""
    return PHOTOS[0].read() + str(next(_COUNT)).encode()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a run that is cut short for its picture leaves early."""


@contextmanager
def _network() -> Iterator[str]:
    server = _Server(("127.0.0.1", 0), _Network)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


def _write_blog(folder: Path) -> None:
    """Write articles whose images are spread over the hosts as blogs spread them."""
    folder.mkdir()
    urls = [f"http://{host.name}/{n}.png" for host in HOSTS for n in range(host.images)]
    urls.sort(key=lambda url: (_mixed(url), url))
    for number, start in enumerate(range(0, len(urls), _PER_POST)):
        text = "".join(f"![]({url})\n" for url in urls[start : start + _PER_POST])
        (folder / f"{number:03}.md").write_text(text)


def _mixed(text: str) -> int:
    """Return a number that mixes the hosts, the same in every run."""
    return zlib.crc32(text.encode()) % 1009


def _record(  # noqa: PLR0913 - a terminal has its shape
    arguments: list[str],
    folder: Path,
    *,
    columns: int,
    rows: int,
    until: re.Pattern[str] | None = None,
    proxy: str = "",
) -> pyte.Screen:
    """Return the screen of a command when it shows *until*, or when it has ended."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "http_proxy": proxy, "NO_PROXY": ""}
    process = subprocess.Popen(
        [*_PROGRAM, *arguments],
        cwd=folder,
        env={name: value for name, value in environment.items() if value},
        stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    screen = pyte.Screen(columns, rows)
    stream = pyte.ByteStream(screen)
    end = time.monotonic() + _LONGEST
    try:
        while (left := end - time.monotonic()) > 0:
            if select.select([ours], [], [], left)[0]:
                stream.feed(os.read(ours, 65536))
            if until is not None and until.search("\n".join(screen.display)):
                break
    except OSError:
        pass  # it has ended
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait()
    os.close(ours)
    return screen


def _as_text(screen: pyte.Screen) -> list[Text]:
    lines = []
    for number in range(screen.lines):
        text = Text(no_wrap=True)
        for column in range(screen.columns):
            char = screen.buffer[number][column]
            text.append(char.data, _style(char))
        text.rstrip()
        lines.append(text)
    while lines and not lines[-1].plain:
        lines.pop()
    return lines


def _style(char: Char) -> Style:
    named = {"brown": "yellow", "default": None}
    return Style(color=named.get(char.fg, char.fg), bold=char.bold)


_FORMAT = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: FONT; font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: FONT; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
""".replace("FONT", _FONT)  # noqa: E501 - lines of SVG
"""Rich's own format loads a font from the network."""


def _save(name: str, command: str, screen: pyte.Screen) -> None:
    console = Console(record=True, width=screen.columns, file=open(os.devnull, "w"))  # noqa: PTH123, SIM115 - nothing is read
    console.print(Text.assemble(("$ ", "green"), command, no_wrap=True))
    for line in _as_text(screen):
        console.print(line, soft_wrap=True)
    svg = console.export_svg(
        title="image-archiver", theme=MONOKAI, code_format=_FORMAT, unique_id=name
    )
    (_PICTURES / f"{name}.svg").write_text(svg, encoding="utf-8")


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="image-archiver-pictures-") as name:
        yield Path(name)


def terminal() -> None:
    """Record a run on its way, wide and narrow, and the summary of the demo."""
    with _folder() as folder, _network() as proxy:
        _write_blog(folder / "blog")
        for shape, columns in (("bars", 104), ("bars-narrow", 80)):
            shutil.rmtree(folder / "archive", ignore_errors=True)
            _ASKED.clear()
            screen = _record(
                ["archive", "blog"], folder, columns=columns, rows=24, until=_TIRED, proxy=proxy
            )
            _save(shape, "image-archiver archive blog/", screen)
        shutil.rmtree(folder / "archive", ignore_errors=True)
        screen = _record(["demo", "--broken"], folder, columns=100, rows=40)
        _save("summary", "image-archiver demo --broken", screen)


@dataclass(frozen=True, slots=True)
class Shot:
    """A page, and how it is looked at."""

    name: str
    page: str
    width: int
    height: int
    scheme: str = "light"


SHOTS = (
    Shot("gallery", "index.html", 1200, 580),
    Shot("gallery-phone", "index.html", 390, 780, "dark"),
    Shot("post", "posts/2021/12/links-that-broke.md/index.html", 1000, 780),
)


def pages() -> None:
    """Take the offline pages of the demo, as a browser shows them."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not for the terminal

    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    if browser_path is None:
        raise SystemExit("pages: no Chromium is installed (Debian: apt-get install chromium)")
    with _folder() as folder:
        subprocess.run([*_PROGRAM, "demo", "--broken", "--quiet"], cwd=folder, check=False)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_path)
            for shot in SHOTS:
                page = browser.new_page(
                    viewport={"width": shot.width, "height": shot.height},
                    color_scheme="dark" if shot.scheme == "dark" else "light",
                )
                page.goto((folder / "archive" / shot.page).as_uri(), wait_until="networkidle")
                page.screenshot(path=folder / f"{shot.name}.png")
                _shrink(folder / f"{shot.name}.png", _PICTURES / f"{shot.name}.png")
            browser.close()


def _shrink(source: Path, target: Path) -> None:
    with Image.open(source) as image:
        image.convert("RGB").quantize(192, dither=Image.Dither.NONE).save(target, optimize=True)


_ALL = {"terminal": terminal, "pages": pages}


def main() -> None:
    """Make the pictures that are named, or all."""
    _PICTURES.mkdir(exist_ok=True)
    for name in sys.argv[1:] or _ALL:
        _ALL[name]()


if __name__ == "__main__":
    main()

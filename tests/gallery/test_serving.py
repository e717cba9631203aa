"""What `view --serve` gives away, under which type, and what runs of it."""

from __future__ import annotations

import http.client
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from crawler.common import archive_layout
from crawler.gallery.http_server import server
from tests.conftest import Workshop, image
from tests.site import picture

DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>1</script></svg>'
PROGRAM = "<!doctype html><script>window.ran=1</script>"
Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture(name="blog")
def _blog(workshop: Workshop) -> Workshop:
    """A post with a photo and a drawing, archived."""
    workshop.write("x.png", picture("x.png"))
    workshop.write("drawing.svg", DRAWING)
    workshop.write("a.md", image("x.png") + image("drawing.svg"))
    workshop.run()
    return workshop


@contextmanager
def served(root: Path) -> Iterator[str]:
    """Serve the archive at *root*, and give the URL of its page."""
    with server(root, 0) as (running, url):
        thread = threading.Thread(target=running.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield url
        finally:
            running.shutdown()
            thread.join()


def get(url: str, host: str | None = None) -> Answer:
    """Return status, headers and body of an answer."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    try:
        connection.request("GET", parts.path, headers={"Host": host or parts.netloc})
        response = connection.getresponse()
        return response.status, dict(response.headers), response.read()
    finally:
        connection.close()


def _answers(archive: Path, *paths: str) -> list[Answer]:
    with served(archive) as url:
        return [get(url.removesuffix(archive_layout.PAGE) + path) for path in paths]


def test_what_pages_need(blog: Workshop) -> None:
    """The pages and what they show and link to are served, byte for byte, each as its type."""
    kinds = {
        "index.html": "text/html; charset=utf-8",
        "gallery/images.html": "text/html; charset=utf-8",
        "gallery/script.js": "text/javascript; charset=utf-8",
        "gallery/style.css": "text/css; charset=utf-8",
        "gallery/data/posts-undated-0.js": "text/javascript; charset=utf-8",
        "posts/a.md/index.html": "text/html; charset=utf-8",
        "posts/a.md/manifest.json": "application/json; charset=utf-8",
        "posts/a.md/images/x.png": "image/png",
        "posts/a.md/images/drawing.svg": "image/svg+xml",
        "posts/a.md/thumbnails/x.320.jpg": "image/jpeg",
    }
    answers = dict(zip(kinds, _answers(blog.archive, *kinds), strict=True))

    assert {path: answer[0] for path, answer in answers.items()} == dict.fromkeys(kinds, 200)
    assert {path: answer[1]["Content-Type"] for path, answer in answers.items()} == kinds
    for path, (_, headers, body) in answers.items():
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert body == (blog.archive / path).read_bytes()


def test_nothing_else(blog: Workshop) -> None:
    """No article, no catalog, no report, no listing, nothing of another kind, nothing outside."""
    bundle = blog.bundle("a.md")
    (bundle / "images/x.html").write_text(PROGRAM)
    (bundle / "images/passwd.png").symlink_to("/etc/passwd")
    os.mkfifo(bundle / "images/pipe.png")
    (bundle / "images/folder.png").mkdir()
    (bundle / "more").mkdir()
    (bundle / "more/x.png").write_bytes(b"")
    (blog.archive / "gallery/posts/b").mkdir(parents=True)
    (blog.archive / "gallery/posts/b/index.html").write_text(PROGRAM)
    run = next(path.name for path in (blog.archive / "runs").iterdir())
    paths = [
        "catalog.sqlite", "gallery/pages.sqlite", f"runs/{run}", "posts/a.md/article.md",
        "posts/a.md/images/x.html", "posts/a.md/images/passwd.png", "posts/a.md/images/pipe.png",
        "posts/a.md/images/folder.png", "posts/a.md/images/", "posts/a.md/", "", "gallery/",
        "posts/a.md/more/x.png", "gallery/posts/b/index.html", "posts/manifest.json",
        "../blog/a.md", "../blog/x.png", "../../etc/passwd", "index.html%00.png",
    ]  # fmt: skip
    answers = _answers(blog.archive, *paths)

    assert {path: answer[0] for path, answer in zip(paths, answers, strict=True)} == dict.fromkeys(
        paths, 404
    )


def test_by_another_name(blog: Workshop) -> None:
    """A page that calls this machine by a name of its own gets nothing."""
    with served(blog.archive) as url:
        assert get(url, host="evil.example")[0] == 403


def test_in_place(workshop: Workshop) -> None:
    """Of a bundle beside its article the images are served, and none of the author's files."""
    workshop.write("a/x.png", picture("x.png"))
    workshop.write("a/index.md", image("x.png"))
    workshop.run(ARCHIVE_IN_PLACE=True)
    names = ("images/x.png", "manifest.json", "index.md", "x.png")
    answers = _answers(workshop.archive, *(f"../blog/a/{name}" for name in names))

    assert [answer[0] for answer in answers] == [200, 200, 404, 404]


@pytest.fixture(name="altered", scope="module")
def _altered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive as a stranger may hand it over: pages and pictures that are programs."""
    workshop = Workshop(tmp_path_factory.mktemp("altered"))
    workshop.write("x.png", picture("x.png"))
    workshop.write("drawing.svg", DRAWING)
    workshop.write("a.md", image("x.png") + image("drawing.svg"))
    workshop.run()
    bundle = workshop.bundle("a.md")
    page = (bundle / archive_layout.PAGE).read_text()
    (bundle / archive_layout.PAGE).write_text(page.replace("</body>", f"{PROGRAM}</body>"))
    (bundle / "images/x.png").write_text(PROGRAM)
    drawing = DRAWING.replace("1</script>", "document.documentElement.id='ran'</script>")
    (bundle / "images/drawing.svg").write_text(drawing)
    return workshop.archive


def test_nothing_runs(altered: Path, browser: Browser) -> None:
    """Opened over http, a picture that is a page, a drawing and an altered page run nothing."""
    tab = browser.new_page()
    with served(altered) as url:
        base = url.removesuffix(archive_layout.PAGE)
        for path in (
            "posts/a.md/index.html",
            "posts/a.md/images/x.png",
            "posts/a.md/images/drawing.svg",
        ):
            tab.goto(base + path)

            assert tab.evaluate("window.ran") is None
            assert tab.evaluate("document.documentElement.id") != "ran"
    tab.close()

"""Where pages lead: to the web, to pictures, and nowhere that a stranger's manifest chooses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser

from crawler.common import archive_layout
from tests.conftest import Workshop, image
from tests.gallery.conftest import window
from tests.site import picture

SCRIPT = "javascript:window.ran=1"
PROGRAM = b"<!doctype html><script>window.ran=1;document.title='ran'</script>"
Lie = Callable[[dict[str, Any]], None]


def _file(path: str) -> Lie:
    def lie(manifest: dict[str, Any]) -> None:
        manifest["entries"][0]["original"]["path"] = path

    return lie


def _earlier(path: str) -> Lie:
    def lie(manifest: dict[str, Any]) -> None:
        entry = manifest["entries"][0]
        original = {**entry["original"], "path": path}
        entry["earlier"] = [{"capture": entry["capture"], "original": original, "derivatives": []}]

    return lie


def _derivative(path: str) -> Lie:
    def lie(manifest: dict[str, Any]) -> None:
        original = manifest["entries"][0]["original"]
        made = {key: original[key] for key in ("digest", "size", "width", "height", "frames")}
        manifest["entries"][0]["derivatives"] = [
            {"profile": "thumbnail-320", "path": path, "media_type": "image/png", **made}
        ]

    return lie


def _said(section: str, key: str) -> Lie:
    def lie(manifest: dict[str, Any]) -> None:
        entry = manifest["entries"][0]
        {"post": manifest["post"], "entry": entry, "capture": entry["capture"]}[section][key] = (
            SCRIPT
        )

    return lie


LIES: dict[str, Lie] = {
    "a page as a picture": _file("images/x.html"),
    "a drawing as a picture": _file("images/x.svg"),
    "a file above the bundle": _file("images/../../../index.html"),
    "a picture above the bundle": _file("../../x.png"),
    "a picture of another folder": _file("secret/x.png"),
    "another machine": _file("//127.0.0.1/x.png"),
    "a script as a path": _file("javascript:images/x.png"),
    "a page as a former version": _earlier("images/x.html"),
    "a file above the bundle, before": _earlier("../x.png"),
    "a page as a copy": _derivative("thumbnails/x.html"),
    "a copy above the bundle": _derivative("../../x.png"),
    "the post's URL": _said("post", "url"),
    "the image's URL": _said("entry", "url"),
    "the URL it came from": _said("capture", "url"),
}
"""What a manifest may say, and no page may follow."""


def _retold(workshop: Workshop, post: str, lie: Lie) -> None:
    """Tell a lie in the manifest of a post."""
    path = workshop.bundle(post) / archive_layout.MANIFEST
    manifest = json.loads(path.read_bytes())
    lie(manifest)
    path.write_text(json.dumps(manifest, indent=2) + "\n")


def _archived(workshop: Workshop, text: str = image("x.png")) -> None:
    workshop.write("x.png", picture("x.png"))
    workshop.write("a.md", text)
    workshop.run()
    folder = workshop.bundle("a.md") / archive_layout.IMAGES
    folder.mkdir(exist_ok=True)
    (folder / "x.html").write_bytes(PROGRAM)
    (folder / "x.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')


def _links(page: Path) -> Iterator[str]:
    """Yield where the page at *page* leads, and what it shows; none where there is no page."""
    text = page.read_text() if page.exists() else ""
    for written in re.findall(r'\s(?:href|src|data-full)="([^"]*)"', text):
        yield unescape(written)


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_lie(workshop: Workshop, lie: Lie) -> None:
    """Whatever a manifest says, a page leads to the web, to pages of ours and to pictures alone."""
    _archived(workshop)
    page = workshop.bundle("a.md") / archive_layout.PAGE
    page.unlink()
    _retold(workshop, "a.md", lie)
    result = workshop.command("view")
    allowed = re.compile(
        r"https?://.*|#.*|(?:\.\./)*index\.html|manifest\.json"
        r"|(?:images|converted|thumbnails)/[^/]+\.(?:jpg|png)"
    )

    assert result.returncode != 70, result.stderr
    assert [link for link in _links(page) if not allowed.fullmatch(link)] == []


@pytest.fixture(name="lies", scope="module")
def _lies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with a post for each lie, and the pages that `view` makes of them."""
    workshop = Workshop(tmp_path_factory.mktemp("lies"))
    workshop.write("x.png", picture("x.png"))
    for name in LIES:
        workshop.write(f"{name}.md", f"{image('x.png')}[a]({SCRIPT}) [b](x.png)\n")
    workshop.run()
    for name, lie in LIES.items():
        (workshop.bundle(f"{name}.md") / archive_layout.IMAGES / "x.html").write_bytes(PROGRAM)
        _retold(workshop, f"{name}.md", lie)
    workshop.command("view")
    return workshop.archive


def test_lies_in_a_browser(lies: Path, browser: Browser) -> None:
    """Who follows every link of such pages runs nothing, and stays among the pictures."""
    seen = window(browser, lies)
    for name in LIES:
        page = seen.open(f"posts/{name}.md/index.html")
        targets = page.locator("a[href]").evaluate_all("links => links.map(link => link.href)")
        for target in filter(lambda target: "#" not in target, targets):
            assert target.startswith((lies.as_uri(), "http:", "https:"))
            if target.startswith("file:") and "/images/" in target:
                opened = seen.open(unquote(target.removeprefix(f"{lies.as_uri()}/")))
                assert opened.evaluate("window.ran") is None
                opened.close()
        assert page.evaluate("window.ran") is None
        page.close()


def test_links_of_an_article(workshop: Workshop) -> None:
    """Of an article's links those to the web are links, all others are words."""
    text = (
        "---\nurl: https://blog.example/a/\n---\n"
        + image("x.png")
        + "[web](http://a.example/) [place](b/#c) [mail](mailto:me@a.example) [ftp](ftp://a.example/)"
        f" [script]({SCRIPT}) [data](data:text/html,x) [file](file:///etc/passwd)"
        ' <a href="images/x.svg">drawing</a> <a href="images/x.html">program</a>\n'
    )
    _archived(workshop, text)
    page = (workshop.bundle("a.md") / archive_layout.PAGE).read_text()
    article = page.partition('<section aria-labelledby="pictures">')[0]
    links = re.findall(r'<a href="([^"]*)"[^>]*>([a-z]+)</a>', article)

    assert {words: link for link, words in links} == {
        "web": "http://a.example/",
        "place": "https://blog.example/a/b/#c",
        "drawing": "https://blog.example/a/images/x.svg",
        "program": "https://blog.example/a/images/x.html",
    }
    for word in ("mail", "ftp", "script", "data", "file"):
        assert word in article


def test_drawing_by_its_own_path(workshop: Workshop) -> None:
    """A link to where the bundle keeps a drawing leads to its facts, as a link to its URL does."""
    workshop.write("images/x.svg", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    workshop.write("a.md", image("images/x.svg") + "[open](images/x.svg)\n")
    workshop.run()
    links = list(_links(workshop.bundle("a.md") / archive_layout.PAGE))

    assert "images/x.svg" in links  # it is shown
    assert not re.search(
        r'href="images/x\.svg"', (workshop.bundle("a.md") / archive_layout.PAGE).read_text()
    )

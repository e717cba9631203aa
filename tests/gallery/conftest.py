"""Archives to look at, and a real browser that tells what a page said and asked for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from crawler.demo import Site, write_posts
from tests.conftest import Workshop
from tests.gallery.hostile import ARTICLES, FILES
from tests.site import picture

_CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)


@dataclass
class Window:
    """A browser on one archive."""

    context: BrowserContext
    root: Path
    said: list[str] = field(default_factory=list)
    """On the console, and errors that nobody caught."""
    asked: list[str] = field(default_factory=list)
    """The URLs of all requests."""

    def open(self, path: str) -> Page:
        """Return the page at *path*, all of it there."""
        page = self.context.new_page()
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.goto((self.root / path).as_uri())
        if "gallery" in path or path == "index.html":
            page.wait_for_selector("body[data-ready=all]")
        return page

    @property
    def left(self) -> list[str]:
        """The requests that left the archive."""
        return [url for url in self.asked if not url.startswith(self.root.as_uri())]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of the sample site, with the post whose images cannot be archived."""
    workshop = Workshop(tmp_path_factory.mktemp("demo"))
    with Site(0) as site:
        write_posts(workshop.blog, port=site.port, broken=True)
        workshop.run(HTTPPROXY_ENABLED=False)
    return workshop.archive


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of posts that do what they can to run something, or to be seen by a server."""
    workshop = Workshop(tmp_path_factory.mktemp("hostile"))
    workshop.write("x.png", picture("x.png"))
    for name, text in {**ARTICLES, **FILES}.items():
        workshop.write(name, text)
    workshop.run()
    return workshop.archive


@pytest.fixture
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    if _CHROMIUM is None:
        pytest.skip("no Chromium is installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        arguments = [
            *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
            *("--disable-background-networking", "--disable-component-update"),
        ]
        running = playwright.chromium.launch(executable_path=_CHROMIUM, args=arguments)
        yield running
        running.close()


def window(browser: Browser, root: Path, **options: Any) -> Window:  # noqa: ANN401 - as it takes
    """Return a window of *browser* on the archive at *root*."""
    return Window(browser.new_context(**options), root)


def pages(root: Path) -> list[str]:
    """Return the paths of all pages of the archive at *root*."""
    return sorted(str(path.relative_to(root)) for path in root.rglob("*.html") if _is_page(path))


def _is_page(path: Path) -> bool:
    return path.is_file() and path.name != "article.html"

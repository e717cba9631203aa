"""A run can be stopped or killed at any moment and started again."""

from __future__ import annotations

import logging
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from crawler.archiving.run import Ending
from crawler.common.files import TEMPORARY_SUFFIX
from crawler.models import Manifest
from crawler.store.catalog import Catalog
from tests.conftest import Workshop, archived, image
from tests.site import ROUTES, Site

_ARGUMENTS = ("archive", "blog", "--allow-private-addresses", "--per-host", "16")


def _start(workshop: Workshop, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        workshop.command_line(*_ARGUMENTS, *arguments),
        cwd=workshop.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _manifests(workshop: Workshop) -> dict[str, Manifest]:
    return {
        path.parent.name: workshop.manifest(path.parent.name)
        for path in workshop.archive.rglob("manifest.json")
    }


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stop(number: signal.Signals, site: Site, workshop: Workshop) -> None:
    """A stop finishes the posts in hand, exits 4, and the next run does the rest."""
    for index in range(60):
        workshop.write(f"{index:02}.md", image(site.url(f"/held/{index}.png")))
    process = _start(workshop)
    site.wait_for(lambda: len(site.requests) > 16)
    process.send_signal(number)
    assert process.stdout is not None
    for line in process.stdout:
        if "finishing what is in hand" in line:
            break
    site.release()
    output, _ = process.communicate(timeout=60)
    begun = _manifests(workshop)

    assert process.returncode == 4, output
    assert 16 <= len(begun) < 60
    assert all(manifest.summary.archived == 1 for manifest in begun.values())
    assert workshop.run().stats.states["archived"] == 60
    assert all(site.hits(f"/held/{index}.png") == 1 for index in range(60))


class _Release(logging.Handler):
    """Lets the site go on when the run says that it finishes."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self._site = site

    def emit(self, record: logging.LogRecord) -> None:
        if "finishing what is in hand" in record.getMessage():
            self._site.release()


@contextmanager
def _stopped_when(site: Site, condition: Callable[[], bool]) -> Iterator[None]:
    """Send this process SIGTERM as soon as *condition* holds; what is held is let go then."""

    def send() -> None:
        site.wait_for(condition)
        signal.raise_signal(signal.SIGTERM)

    handler = _Release(site)
    logging.getLogger("crawler").addHandler(handler)
    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        thread.join()
        logging.getLogger("crawler").removeHandler(handler)


def test_stop_within_a_post(site: Site, workshop: Workshop) -> None:
    """What was asked for is finished; of a post with many images, the others wait for the next run.

    What came is not asked for again, though the post has no manifest yet.
    """
    urls = [site.serve(f"/{index}.png") for index in range(12)]
    site.on("/1.png", ROUTES["held"])
    workshop.write("a.md", "".join(map(image, urls)))
    with _stopped_when(site, lambda: bool(site.hits("/1.png"))):
        stopped = workshop.run(CONCURRENT_REQUESTS_PER_DOMAIN=1)
    asked = {url for index, url in enumerate(urls) if site.hits(f"/{index}.png")}
    finished = workshop.run()

    assert stopped.ending is Ending.INTERRUPTED
    assert asked == set(urls[:2])
    assert finished.stats.states["archived"] == 12
    assert all(site.hits(f"/{index}.png") == 1 for index in range(12))


WAITS: dict[str, tuple[str, str, dict[str, object]]] = {
    "delay": ("/ok/1.png", "/robots.txt", {"DOWNLOAD_DELAY": 1000}),
    "delay-before-robots-txt": ("", "/robots.txt", {"DOWNLOAD_DELAY": 1000}),
    "retry-after": ("/pause/1.png", "/pause/1.png", {}),
}
"""The image of a post, after which request there is nothing but a long wait, and the settings."""


@pytest.mark.parametrize("wait", WAITS)
def test_stop_cuts_waits_short(wait: str, site: Site, workshop: Workshop) -> None:
    """However long a run would wait for its turn, a stop ends it with what is in hand."""
    path, awaited, settings = WAITS[wait]
    site.serve("/pause/1.png", b"", status=503, headers={"Retry-After": "100"})
    with Site() as other:
        # Of one post, so that the first is asked for first.
        second = site.url("/ok/2.png") if path else other.url("/ok/2.png")
        workshop.write("a.md", image(site.url(path or "/ok/1.png")) + image(second))
        with _stopped_when(site, lambda: bool(site.hits(awaited))):
            run = workshop.run(CONCURRENT_REQUESTS_PER_DOMAIN=1, **settings)

        assert run.ending is Ending.INTERRUPTED
        assert not site.hits("/ok/2.png") + len(other.requests)


def test_stop_before_another_attempt(site: Site, workshop: Workshop) -> None:
    """What would be asked for again after a long wait is left as it failed."""
    workshop.write("a.md", image(site.url("/server-error/1.png")))
    with _stopped_when(site, lambda: bool(site.hits("/server-error/1.png"))):
        run = workshop.run(ARCHIVE_BACKOFF=1e6)

    assert run.ending is Ending.INTERRUPTED
    assert site.hits("/server-error/1.png") == 1


@pytest.mark.parametrize(
    "limit", [("--max-time", "0.001"), ("--max-run-bytes", "1"), ("--min-free", 2**60)]
)
def test_limits(limit: tuple[str, object], site: Site, workshop: Workshop) -> None:
    """A limit ends the run with exit 3 and says which it was; a run without it does the rest."""
    for index in range(3):
        workshop.write(f"{index}.md", image(site.url(f"/ok/{index}.png")))
    stopped = workshop.command(*_ARGUMENTS, "--per-host", "1", *limit)
    finished = workshop.run()

    assert stopped.returncode == 3, stopped.stderr
    assert str(limit[0]) in stopped.stdout
    assert "The next run goes on from here" in stopped.stdout
    assert finished.stats.states["archived"] == 3
    assert all(site.hits(f"/ok/{index}.png") == 1 for index in range(3))


def test_second_signal_stops_at_once(site: Site, workshop: Workshop) -> None:
    """Asked twice, the run leaves at once; nothing of it is left running."""
    workshop.write("a.md", image(site.url("/held/1.png")))
    process = _start(workshop)
    site.wait_for(lambda: site.hits("/held/1.png") == 1)
    process.send_signal(signal.SIGTERM)
    assert process.stdout is not None
    for line in process.stdout:
        if "finishing what is in hand" in line:
            break
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)

    assert process.returncode in {4, -signal.SIGTERM}


def test_kill(site: Site, workshop: Workshop) -> None:
    """What was saved before a kill -9 stays saved and is not asked for again."""
    urls = [site.url(f"/ok/{index}.jpg") for index in range(30)]
    workshop.write("a.md", "".join(map(image, urls)) + image(site.url("/held/last.png")))
    process = _start(workshop)
    site.wait_for(lambda: sum(r.path.startswith("/ok/") for r in site.requests) == 30)
    # The thirtieth answer is on its way; the catalog has what the workers finished.
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate(timeout=60)
    psutil.wait_procs(children, timeout=30)
    saved = _saved(workshop.archive)
    site.release()
    run = workshop.run()

    assert not [child for child in children if child.is_running()]
    assert run.stats.states["archived"] == 31
    assert archived(workshop.manifest("a.md"))[:30] == urls
    assert not list(workshop.archive.rglob(f"*{TEMPORARY_SUFFIX}"))
    asked_twice = [url for url in urls if site.hits(url.partition(str(site.port))[2]) == 2]
    assert not set(asked_twice) & saved


def test_kill_in_the_middle_of_a_post(site: Site, workshop: Workshop) -> None:
    """What is done is saved a moment later, though its post may take long."""
    urls = [site.url(f"/ok/{index}.jpg") for index in range(3)]
    workshop.write("a.md", "".join(map(image, urls)))
    # One after the other: the first is done before the second is asked for.
    slow = ("--delay", "0.5", "--per-host", "1", "-s", "CONCURRENT_REQUESTS=1")
    process = _start(workshop, *slow)
    site.wait_for(lambda: site.hits("/ok/2.jpg") == 1)
    process.kill()
    process.communicate(timeout=60)

    assert urls[0] in _saved(workshop.archive)
    assert not list(workshop.archive.rglob("manifest.json"))


def _saved(archive: Path) -> set[str]:
    catalog = Catalog(archive / "catalog.sqlite", read_only=True)
    try:
        return {url for url, state in catalog.states() if state == "archived"}
    finally:
        catalog.close()

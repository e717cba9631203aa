"""A run can be stopped or killed at any moment and started again."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from crawler.bundles.catalog import Catalog
from crawler.grounds.files import TEMPORARY_SUFFIX
from crawler.model import Manifest
from tests.conftest import Workshop, archived, image
from tests.site import Site

_ARGUMENTS = ("archive", "blog", "--allow-private-addresses", "--per-host", "16")


def _start(workshop: Workshop) -> subprocess.Popen[str]:
    return subprocess.Popen(
        workshop.command_line(*_ARGUMENTS),
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
    assert workshop.run().tally.states["archived"] == 60
    assert all(site.hits(f"/held/{index}.png") == 1 for index in range(60))


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
    assert run.tally.states["archived"] == 31
    assert archived(workshop.manifest("a.md"))[:30] == urls
    assert not list(workshop.archive.rglob(f"*{TEMPORARY_SUFFIX}"))
    asked_twice = [url for url in urls if site.hits(url.partition(str(site.port))[2]) == 2]
    assert not set(asked_twice) & saved


def _saved(archive: Path) -> set[str]:
    catalog = Catalog(archive / "catalog.sqlite", read_only=True)
    try:
        return {url for url, state in catalog.states() if state == "archived"}
    finally:
        catalog.close()

"""Places are by the name of a host, robots.txt by origin; and nobody waits for itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.common.stop_signal import RunStopped, StopFlag
from crawler.downloads.host_limits import Hosts, Slot
from tests.conftest import Workshop, archived, image
from tests.site import Site, certificates

URL = "https://cdn.example/x.png"


@pytest.fixture(name="other")
def _other() -> Iterator[Site]:
    """Another origin of the same host."""
    with Site() as running:
        yield running


@pytest.mark.parametrize("per_host", [1, 4])
def test_images_lead_to_another_origin(
    per_host: int, site: Site, other: Site, workshop: Workshop
) -> None:
    """However many redirect there at once, its robots.txt is asked for first, and all arrive."""
    urls = [site.url(f"/redirect-to/{n}.png?{other.url(f'/ok/{n}.png')}") for n in range(6)]
    workshop.write("a.md", "".join(map(image, urls)))
    workshop.run(CONCURRENT_REQUESTS_PER_DOMAIN=per_host)

    assert archived(workshop.manifest("a.md")) == urls
    assert next(request.path for request in other.requests) == "/robots.txt"
    assert site.peak <= per_host
    assert other.peak <= per_host


@pytest.mark.parametrize("per_host", [1, 4])
def test_page_leads_to_another_origin(
    per_host: int, site: Site, other: Site, workshop: Workshop
) -> None:
    """So does a page that is a source."""
    other.serve(
        "/home", "<article><h1>Home</h1><img src='/ok.png'></article>", media_type="text/html"
    )
    run = workshop.run(
        site.url(f"/redirect-to/home?{other.url('/home')}"),
        CONCURRENT_REQUESTS_PER_DOMAIN=per_host,
    )

    assert run.stats.states["archived"] == 1


def test_timegate_leads_to_another_origin(site: Site, other: Site, workshop: Workshop) -> None:
    """So does a TimeGate whose captures are at another port of it."""
    dead = "http://dead.invalid/x.png"
    other.capture(dead, "2021-12-01T00:00:00Z")
    workshop.write("a.md", image(dead))
    workshop.run(
        ARCHIVE_FALLBACK="memento",
        ARCHIVE_TIMEGATE=site.url(f"/redirect-to?{other.url('/timegate/')}"),
        CONCURRENT_REQUESTS_PER_DOMAIN=1,
    )

    assert archived(workshop.manifest("a.md")) == [dead]


def test_http_leads_to_https(site: Site, workshop: Workshop, tmp_path: Path) -> None:
    """So does a host that has moved to https."""
    with Site(tls=certificates(tmp_path, "127.0.0.1").context) as moved:
        urls = [site.url(f"/redirect-to/{n}.png?{moved.url(f'/ok/{n}.png')}") for n in range(6)]
        workshop.write("a.md", "".join(map(image, urls)))
        workshop.run(ARCHIVE_INSECURE_HOSTS="127.0.0.1")

        assert archived(workshop.manifest("a.md")) == urls


def test_stop_ends_the_wait_for_a_place() -> None:
    """Who waits for a place when the run stops is left for later; the place is not lost."""

    async def wait() -> None:
        stop = StopFlag()
        hosts = Hosts(1, stop)
        slot = Slot(hosts)
        await slot.take(URL)
        waiting = asyncio.ensure_future(Slot(hosts).take(URL))
        await asyncio.sleep(0)
        stop.set()
        with pytest.raises(RunStopped):
            await waiting
        slot.release()
        await Slot(hosts).take(URL)

    asyncio.run(asyncio.wait_for(wait(), 30))

"""How long an image is waited for, and when a host is left in peace."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from crawler.common.stop_signal import StopFlag
from crawler.downloads import Answer, Download, Fetcher, ImageRequest, Missed
from crawler.downloads.host_limits import Host, Hosts, Slot
from crawler.downloads.response_checks import retry_after
from crawler.downloads.retry_policy import Budget, Policy, Retries
from crawler.errors import (
    ArchiveError,
    ConnectionFailed,
    NotFound,
    RateLimited,
    ServerError,
    TimedOut,
)
from tests.conftest import Workshop, archived, image
from tests.downloads.canned import Canned
from tests.site import Site

URL = "https://cdn.example/x.png"


def test_total_time_bounds_the_waits(site: Site, workshop: Workshop) -> None:
    """A wait that one image's time does not outlast is not begun, and the failure says so."""
    url = site.serve("/later.png", "", status=503, headers={"Retry-After": "100"})
    workshop.write("a.md", image(url))
    workshop.run(ARCHIVE_ENTRY_TIMEOUT=50.0)
    failure = workshop.entry("a.md").failure

    assert failure is not None
    assert (failure.code, failure.permanent) == ("server-error", False)
    assert failure.detail == "HTTP 503; given up: 50 s are all that one image may take"
    assert site.hits("/later.png") == 1


def test_total_time_bounds_the_requests(site: Site, workshop: Workshop) -> None:
    """A request gets no more time than the image has left."""
    workshop.write("a.md", image(site.url("/slow.png")))
    workshop.run(ARCHIVE_ENTRY_TIMEOUT=0.3)
    failure = workshop.entry("a.md").failure

    assert failure is not None
    assert (failure.code, failure.permanent) == ("timed-out", False)
    assert "0.3 s are all that one image may take" in failure.detail
    assert site.hits("/slow.png") == 1


@pytest.mark.parametrize(("total", "allowed"), [(300.0, 60.0), (50.0, 50.0)])
def test_time_of_a_request(total: float, allowed: float) -> None:
    """One request may take the time of an attempt, or what the image has left."""
    transport = Canned(TimedOut(URL, "nothing came"))

    async def read() -> Download | Missed:
        policy = Policy(total=total, attempts=1, obey_robots=False)
        fetcher = Fetcher(transport, policy, asyncio.Semaphore(1), StopFlag())
        return await fetcher.read(ImageRequest(url=URL))

    missed = asyncio.run(read())

    assert isinstance(missed, Missed)
    assert (missed.fault.code, missed.attempts) == ("timed-out", 1)
    assert transport.allowed == [allowed]


def test_others_turns_are_free(site: Site, workshop: Workshop) -> None:
    """The time in which other images have their turn is not counted."""
    slow = "".join(image(site.url(f"/stalled/{n}.png")) for n in range(4))
    workshop.write("a.md", slow + image(site.url("/ok.png")))
    workshop.run(
        DOWNLOAD_TIMEOUT=0.5,
        ARCHIVE_ENTRY_TIMEOUT=1.5,
        ARCHIVE_ATTEMPTS=1,
        CONCURRENT_REQUESTS_PER_DOMAIN=1,
    )

    assert archived(workshop.manifest("a.md")) == [site.url("/ok.png")]


def test_waits_are_spent() -> None:
    """What is waited between attempts is taken from the image's time."""
    budget = Budget(1000)
    retries = Retries(Policy(backoff=0.0), budget)
    fault = ServerError(URL, "HTTP 503", retry_after=100).fault
    judged = retries.judge(fault)

    assert judged == fault
    assert retries.wait == 100
    assert budget.left == 900


@pytest.mark.parametrize(
    ("error", "waits"),
    [
        (NotFound(URL, "HTTP 404"), []),
        (ServerError(URL, "HTTP 503"), [4.0, 8.0, 16.0]),
        (ServerError(URL, "HTTP 503", final=True), []),
        (ServerError(URL, "HTTP 503", retry_after=9), [9.0, 9.0, 16.0]),
        (ServerError(URL, "HTTP 503", retry_after=121), []),
    ],
)
def test_waits(error: ArchiveError, waits: list[float]) -> None:
    """What may pass is tried again, after a random part of a wait that doubles, or as asked for."""
    retries = Retries(Policy(attempts=4, backoff=4.0, patience=120.0), Budget(1000))
    for longest in waits:
        retries.judge(error.fault)
        assert retries.wait is not None
        assert (error.fault.retry_after or 0.0) <= retries.wait <= longest
    retries.judge(error.fault)

    assert retries.wait is None


def test_paused_host() -> None:
    """Nobody gets a place at a host that asked for a pause, whichever image it answered so."""

    async def enter() -> None:
        stop = StopFlag()
        host = Host(4, stop)
        host.pause(1000, RateLimited(URL, "HTTP 429").fault)
        waiting = asyncio.ensure_future(_enter(host))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not waiting.done()
        stop.set()
        with pytest.raises(RateLimited) as caught:
            await waiting
        fault = caught.value.fault
        assert (fault.asked, fault.subject) == (False, "https://cdn.example/2.png")

    asyncio.run(enter())


async def _enter(host: Host) -> None:
    async with host.place("https://cdn.example/2.png"):
        raise AssertionError("entered")


@pytest.mark.parametrize("status", [429, 503])
def test_host_that_asks_for_peace(status: int, site: Site, workshop: Workshop) -> None:
    """With 429 or 503 and a long Retry-After, none of the host's further images is asked for."""
    url = site.serve("/later.png", "", status=status, headers={"Retry-After": "7200"})
    others = [site.url(f"/ok/{n}.png") for n in range(3)]
    workshop.write("a.md", "".join(map(image, [url, *others])))
    workshop.run(CONCURRENT_REQUESTS_PER_DOMAIN=1)
    failures = [entry.failure for entry in workshop.manifest("a.md").entries]

    assert {failure.code for failure in failures if failure} == {"rate-limited"}
    assert {failure.detail for failure in failures if failure} == {
        f"HTTP {status}, asks to wait 7200 s"
    }
    assert sum(request.path.startswith("/ok/") for request in site.requests) == 0


def test_both_forms_of_retry_after() -> None:
    """A Retry-After is understood in seconds and as a date, and is never longer than ten years."""
    moment = datetime(2026, 11, 22, 7, 0, 0, tzinfo=UTC)
    values = ("90", " 90 ", "Sun, 22 Nov 2026 07:01:30 GMT", "Sun, 22 Nov 2026 09:01:30 +0200")
    too_long = ("99999999999999", "Sun, 22 Nov 2099 07:01:30 GMT")

    assert {_retry_after(value, moment) for value in values} == {90.0}
    assert {_retry_after(value, moment) for value in too_long} == {10 * 365 * 86400.0}
    assert _retry_after("Sun, 22 Nov 2026 06:59:00 GMT", moment) == 0
    assert [_retry_after(value, moment) for value in ("soon", "-1", "1.5", "²")] == [None] * 4


def _retry_after(value: str, moment: datetime) -> float | None:
    answer = Answer(url=URL, status=503, headers=(("Retry-After", value),), body=b"")
    return retry_after(answer, moment)


def test_breaker_counts_the_host_only() -> None:
    """A host is left alone after six images in a row that it did not answer for, not five."""

    async def leave() -> None:
        host = Host(1, StopFlag())
        for _ in range(5):
            host.failed(ConnectionFailed(URL, "refused").fault)
        async with host.place(URL):
            host.failed(ConnectionFailed(URL, "refused").fault)
        with pytest.raises(ConnectionFailed, match="6 images in a row failed, the host is left"):
            await _enter(host)

    asyncio.run(leave())


def test_slot() -> None:
    """An image that goes on at a host keeps its place, and has never two."""

    async def sit() -> None:
        hosts = Hosts(1, StopFlag())
        slot = Slot(hosts)
        await slot.take(URL)
        waiting = asyncio.ensure_future(_visit(hosts.of(URL)))
        await slot.take(URL)
        await asyncio.sleep(0)
        assert not waiting.done()
        await slot.take("https://other.example/x.png")
        await waiting
        slot.release()
        await _visit(hosts.of("https://other.example/x.png"))

    asyncio.run(asyncio.wait_for(sit(), 30))


async def _visit(host: Host) -> None:
    async with host.place(URL):
        pass

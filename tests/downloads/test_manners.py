"""A guest says who it is, asks before it enters, and takes no more than its place."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.common.dates import rfc3339
from crawler.common.stop_signal import RunStopped, StopFlag
from crawler.downloads import Answer as Answered
from crawler.downloads.client import Client
from crawler.downloads.host_limits import Hosts, Slot
from crawler.downloads.retry_policy import Policy
from crawler.downloads.robots import Robots, RobotsRecord
from crawler.errors import ArchiveError, DisallowedByRobots, TimedOut, UsageError
from crawler.store.catalog import Catalog
from tests.conftest import Workshop, image
from tests.downloads.canned import Canned
from tests.site import Site, certificates

ORIGIN = "https://cdn.example"


def agent_of(site: Site, path: str) -> str:
    """Return who asked for *path*."""
    (request,) = [request for request in site.requests if request.path == path]
    return request.headers["User-Agent"]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "image-archiver/"),
        ({"ARCHIVE_CONTACT": "https://me.example/bot"}, " (+https://me.example/bot)"),
        ({"ARCHIVE_CONTACT": "me@example.org"}, " (+me@example.org)"),
        ({"USER_AGENT": "Librarian/2"}, "Librarian/2"),
        (
            {"USER_AGENT": "Librarian/2", "ARCHIVE_CONTACT": "me@example.org"},
            "Librarian/2 (+me@example.org)",
        ),
    ],
)
def test_user_agent(
    settings: dict[str, object], expected: str, site: Site, workshop: Workshop
) -> None:
    """Who asks, and under what address the person can be reached, stands in every request."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run(**settings)

    assert expected in agent_of(site, "/ok.png")
    assert agent_of(site, "/robots.txt") == agent_of(site, "/ok.png")


@pytest.mark.parametrize("value", ["a\r\nX-Header: b", "Bücher", " ", "a\x00b"])
def test_user_agent_that_is_none(value: str, workshop: Workshop) -> None:
    """What cannot stand in a header is wrong usage."""
    with pytest.raises(UsageError, match="USER_AGENT"):
        workshop.run(USER_AGENT=value)


@pytest.mark.parametrize(
    ("agent", "token", "allowed"),
    [
        ("Mozilla/5.0 (X11)", "image-archiver", False),
        ("Mozilla/5.0 (X11)", "Mozilla", True),
        ("Librarian/2 (+me@example.org)", "Librarian", True),
    ],
)
def test_product_token(
    agent: str, token: str, allowed: object, site: Site, workshop: Workshop
) -> None:
    """Whatever User-Agent is sent, the rules that hold are those for this program."""
    site.robots = f"User-agent: {token}\nDisallow: /\n"
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run(USER_AGENT=agent)

    assert (workshop.entry("a.md").state == "archived") is allowed


def test_wishes_for_copies(site: Site, workshop: Workshop) -> None:
    """X-Robots-Tag is kept among the recorded headers."""
    workshop.write("a.md", image(site.url("/not-for-robots.png")))
    workshop.run()
    capture = workshop.entry("a.md").capture

    assert capture is not None
    assert ("X-Robots-Tag", "noarchive, noimageindex") in capture.headers


def test_disallowed_is_never_asked(site: Site, workshop: Workshop) -> None:
    """What robots.txt disallows is not asked for, not even as the end of a redirect."""
    urls = [site.url("/disallowed/a.png"), site.url("/redirect-to-disallowed.png")]
    workshop.write("a.md", "".join(map(image, urls)))
    workshop.run()
    failures = [entry.failure for entry in workshop.manifest("a.md").entries]

    assert [failure.code for failure in failures if failure] == ["disallowed-by-robots"] * 2
    assert [failure.attempts for failure in failures if failure] == [0, 1]
    assert not any(request.path.startswith("/disallowed/") for request in site.requests)


def test_named_five_times(site: Site, workshop: Workshop) -> None:
    """A URL that posts name five times is asked for once."""
    url = site.url("/ok.png")
    workshop.write("a.md", image(url) * 3)
    workshop.write("b.md", image(url) * 2)
    workshop.run()

    assert site.hits("/ok.png") == 1


def test_delay(site: Site, workshop: Workshop) -> None:
    """What --delay lets an image wait is not taken from the time that it may take."""
    workshop.write("a.md", image(site.url("/redirect-chain/3")))
    workshop.run(DOWNLOAD_DELAY=0.3, ARCHIVE_ENTRY_TIMEOUT=0.8, ROBOTSTXT_OBEY=False)
    entry = workshop.entry("a.md")
    catalog = Catalog(workshop.archive / "catalog.sqlite", read_only=True)
    trace = catalog.trace(entry.url)
    catalog.close()

    assert entry.state == "archived", entry.failure
    assert len(trace) >= 4
    assert sum(attempt.seconds for attempt in trace) < 0.8


def test_delay_of_a_host() -> None:
    """The second request to a host does not begin before its time, whoever makes it."""

    async def ask() -> None:
        stop = StopFlag()
        hosts = Hosts(4, stop, delay=1000)
        slot = Slot(hosts)
        await slot.take("http://a.example/1.png")
        again = asyncio.ensure_future(slot.take("http://a.example/2.png"))
        another = asyncio.ensure_future(Slot(hosts).take("http://a.example:81/3.png"))
        await Slot(hosts).take("http://b.example/4.png")
        for _ in range(10):
            await asyncio.sleep(0)
        assert not again.done()
        assert not another.done()
        stop.set()
        with pytest.raises(RunStopped):
            await again
        with pytest.raises(RunStopped):
            await another

    asyncio.run(asyncio.wait_for(ask(), 30))


@pytest.mark.parametrize("path", ["/huge.png", "/announced-length.png", "/broken.png"])
def test_received_bytes(path: str, site: Site, workshop: Workshop) -> None:
    """What was received counts, though it was refused or broke off."""
    site.serve("/announced-length.png", b"x" * 5000, status=404)
    workshop.write("a.md", image(site.url(path)))
    run = workshop.run(DOWNLOAD_MAXSIZE=200_000, ROBOTSTXT_OBEY=False)

    assert workshop.entry("a.md").state == "failed"
    assert run.fetcher is not None
    assert run.fetcher.downloaded_bytes >= (200_000 if path == "/huge.png" else 5000)


def test_connections_under_refusals(site: Site, workshop: Workshop) -> None:
    """However often a server is asked again, no more connections are made than allowed."""
    paths = [f"/{route}/{n}.png" for n in range(8) for route in ("needs-referer", "flaky")]
    workshop.write("a.md", "".join(image(site.url(path)) for path in paths))
    run = workshop.run(CONCURRENT_REQUESTS_PER_DOMAIN=2)

    assert run.stats.states["archived"] == 16
    assert site.peak <= 2


@pytest.mark.parametrize(("hosts", "state"), [("127.0.0.1", "archived"), ("", "failed")])
def test_insecure_host(hosts: str, state: str, workshop: Workshop, tmp_path: Path) -> None:
    """A certificate that nobody trusts is taken of the hosts that a person names."""
    with Site(tls=certificates(tmp_path, "127.0.0.1").context) as site:
        workshop.write("a.md", image(site.url("/ok.png")))
        workshop.run(ARCHIVE_INSECURE_HOSTS=hosts)

        assert workshop.entry("a.md").state == state
        assert site.hits("/robots.txt") == site.hits("/ok.png") == (state == "archived")


def test_insecure_host_leads_away(workshop: Workshop, tmp_path: Path) -> None:
    """Where it redirects to another host, that one's certificate is verified."""
    with Site(tls=certificates(tmp_path, "127.0.0.1", "localhost").context) as site:
        workshop.write("a.md", image(site.url("/redirect-to-host/localhost/ok.png")))
        workshop.run(ARCHIVE_INSECURE_HOSTS="127.0.0.1", ROBOTSTXT_OBEY=False)
        failure = workshop.entry("a.md").failure

        assert failure is not None
        assert failure.code == "tls-failed"
        assert site.hits("/ok.png") == 0


@pytest.mark.parametrize("value", ["https://a.example/", "a.example/b", "", "a b"])
def test_wrong_insecure_host(value: str, workshop: Workshop) -> None:
    """What is no name of a host is wrong usage; an empty line is nothing."""
    if not value:
        workshop.run(ARCHIVE_INSECURE_HOSTS=value)
        return
    with pytest.raises(UsageError, match="ARCHIVE_INSECURE_HOSTS"):
        workshop.run(ARCHIVE_INSECURE_HOSTS=value)


class Notebook:
    """A memory of robots.txt in a dictionary."""

    def __init__(self, *records: RobotsRecord) -> None:
        self.records = {record.origin: record for record in records}

    def get(self, origin: str) -> RobotsRecord | None:
        """Return the record."""
        return self.records.get(origin)

    def put(self, record: RobotsRecord) -> None:
        """Keep the record."""
        self.records[record.origin] = record


def record(age: timedelta, body: bytes = b"User-agent: *\nDisallow: /\n") -> RobotsRecord:
    """Return what the host answered *age* ago."""
    date = rfc3339(datetime.now(UTC) - age)
    return RobotsRecord(origin=ORIGIN, date=date, status=200, body=body)


def verdict(memory: Notebook, answer: Answered | ArchiveError) -> tuple[str | None, int]:
    """Return the failure code of an image of the host, and how often robots.txt was asked for."""
    transport = Canned(answer)

    async def check() -> str | None:
        client = Client(transport, Policy(attempts=1), StopFlag())
        try:
            await Robots(client, memory).check(f"{ORIGIN}/x.png")
        except ArchiveError as error:
            return error.code
        return None

    return asyncio.run(check()), len(transport.urls)


def answered(status: int, body: bytes = b"") -> Answered:
    """Return an answer to the request for robots.txt."""
    return Answered(url=f"{ORIGIN}/robots.txt", status=status, headers=(), body=body)


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(minutes=1), (DisallowedByRobots.code, 0)),
        (timedelta(hours=23), (DisallowedByRobots.code, 0)),
        (timedelta(hours=25), (None, 1)),
        (timedelta(days=-2), (None, 1)),
    ],
)
def test_robots_are_remembered(age: timedelta, expected: tuple[str | None, int]) -> None:
    """A robots.txt is used for a day without asking, and no longer (RFC 9309, 2.4)."""
    memory = Notebook(record(age))

    assert verdict(memory, answered(404)) == expected
    assert memory.records[ORIGIN].status == (404 if expected[1] else 200)


@pytest.mark.parametrize(
    "answer", [answered(503), answered(302), TimedOut(f"{ORIGIN}/robots.txt", "too late")]
)
def test_trouble_is_not_remembered(answer: Answered | ArchiveError) -> None:
    """A server in trouble is asked again by the next run."""
    memory = Notebook()
    verdict(memory, answer)

    assert memory.records == {}


@pytest.mark.parametrize("status", [200, 403, 404])
def test_rules_are_remembered(status: int) -> None:
    """What is a rule, or the lack of one, is remembered as far as a parser reads it."""
    memory = Notebook()
    verdict(memory, answered(status, b"x" * 10**6))

    assert memory.records[ORIGIN].status == status
    assert len(memory.records[ORIGIN].body) == (500 * 1024 if status == 200 else 0)

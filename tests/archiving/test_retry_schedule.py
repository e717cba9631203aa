"""Patience across runs: what may pass is tried in its time, and what is known is not asked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from crawler.fields import Code
from crawler.models import Failure
from crawler.store.catalog import Catalog
from crawler.store.manifest import is_due, scheduled
from tests.conftest import Workshop, image, snapshot
from tests.site import Site

BEGAN = datetime(2026, 11, 22, 7, tzinfo=UTC)


def _failure(runs: int, code: Code = "server-error", *, permanent: bool = False) -> Failure:
    return Failure(code=code, detail="", permanent=permanent, runs=runs)


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        (1, "2026-11-22T08:00:00Z"),
        (2, "2026-11-22T13:00:00Z"),
        (3, "2026-11-23T07:00:00Z"),
        (4, "2026-11-25T07:00:00Z"),
        (5, "2026-11-29T07:00:00Z"),
        (6, "2026-12-22T07:00:00Z"),
        (600, "2026-12-22T07:00:00Z"),
    ],
)
def test_waits(runs: int, expected: str) -> None:
    """After an hour, six hours, a day, three, seven, and from then on every thirty days."""
    failure = scheduled(_failure(runs), BEGAN)

    assert failure.next_attempt == expected
    assert not is_due(failure, BEGAN)
    assert is_due(failure, datetime.fromisoformat(expected))


@pytest.mark.parametrize(
    "failure",
    [_failure(1, "gone", permanent=True), _failure(3, "host-not-found"), _failure(0)],
    ids=["permanent", "our own network", "never asked"],
)
def test_no_wait(failure: Failure) -> None:
    """What is permanent, not the server's fault, or was never tried has no next attempt."""
    assert scheduled(failure, BEGAN).next_attempt is None


@pytest.mark.parametrize(("hours", "expected"), [(0.5, 8), (3, 10)])
def test_servers_own_wish(hours: float, expected: int) -> None:
    """The later of the schedule and the server's Retry-After stands."""
    wish = BEGAN + timedelta(hours=hours)

    assert scheduled(_failure(1), BEGAN, not_before=wish).next_attempt == (
        f"2026-11-22T{expected:02}:00:00Z"
    )


def test_not_before_its_time(site: Site, workshop: Workshop) -> None:
    """Until its time has come, an image is not asked for, its post is not read, and exit is 1."""
    workshop.write("a.md", image(site.url("/server-error.png")))
    first = workshop.run()
    before, asked = snapshot(workshop.archive / "posts"), len(site.requests)
    second = workshop.run()

    assert first.stats.failures == second.stats.failures == {"server-error": 1}
    assert len(site.requests) == asked
    assert snapshot(workshop.archive / "posts") == before
    assert second.stats.unchanged_posts == 1


def test_changed_article_hurries_nothing(site: Site, workshop: Workshop) -> None:
    """A changed article is read, and what is not due in it stays as it was."""
    url = site.url("/server-error.png")
    workshop.write("a.md", image(url))
    workshop.run()
    before = workshop.entry("a.md").failure
    workshop.write("a.md", image(site.url("/ok.png")) + image(url))
    workshop.write("b.md", image(url))
    workshop.run()

    assert site.hits("/server-error.png") == 3
    assert [entry.failure for entry in workshop.manifest("a.md").entries] == [None, before]
    assert workshop.entry("b.md").failure == before


def test_in_its_time(site: Site, workshop: Workshop) -> None:
    """Each run that tries in vain prolongs the wait; what comes is archived."""
    url = site.serve("/late.png", "", status=503)
    workshop.write("a.md", image(url))
    waits = []
    for _ in range(3):
        workshop.run()
        failure = workshop.entry("a.md").failure
        assert failure is not None
        assert failure.next_attempt is not None
        waits.append((failure.runs, _hours_to(failure.next_attempt)))
        workshop.let_pass(timedelta(days=2))
    site.serve("/late.png")
    run = workshop.run()

    assert waits == [(1, 1), (2, 6), (3, 24)]
    assert run.stats.states["archived"] == 1
    assert workshop.entry("a.md").failure is None


def _hours_to(moment: str) -> int:
    # The run began at most some seconds ago.
    return round((datetime.fromisoformat(moment) - datetime.now(UTC)) / timedelta(hours=1))


def test_unknown_host_is_asked_in_every_run(workshop: Workshop) -> None:
    """A name without an address is mostly our own network that is away."""
    workshop.write("a.md", image("https://nobody.invalid/x.png"))
    runs = []
    for _ in range(2):
        workshop.run()
        failure = workshop.entry("a.md").failure
        assert failure is not None
        runs.append((failure.runs, failure.next_attempt))

    assert runs == [(1, None), (2, None)]


def test_option_that_lifts_the_reason(site: Site, workshop: Workshop) -> None:
    """Where an option changed that a failure was about, its time does not matter."""
    site.robots = 503
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    before = workshop.entry("a.md").failure
    workshop.run(ROBOTSTXT_OBEY=False)

    assert before is not None
    assert before.next_attempt is not None
    assert workshop.entry("a.md").state == "archived"


def test_host_that_is_left_alone(site: Site, workshop: Workshop) -> None:
    """What was not asked for since its host is left alone was not tried, and comes first next."""
    count = 12
    urls = [site.url(f"/server-error/{n}.png") for n in range(count)]
    workshop.write("a.md", "".join(map(image, urls)))
    one_by_one: dict[str, object] = {"CONCURRENT_REQUESTS_PER_DOMAIN": 1, "ARCHIVE_ATTEMPTS": 1}
    workshop.run(**one_by_one)
    first = [entry.failure for entry in workshop.manifest("a.md").entries]
    asked = [site.hits(f"/server-error/{n}.png") for n in range(count)]
    workshop.run(**one_by_one)
    second = [entry.failure for entry in workshop.manifest("a.md").entries]

    assert asked == [1] * 6 + [0] * 6
    assert [f.runs for f in first if f] == asked
    assert [bool(f and f.next_attempt) for f in first] == list(map(bool, asked))
    assert [site.hits(f"/server-error/{n}.png") for n in range(count)] == [1] * count
    assert second[:6] == first[:6]
    assert [f.runs for f in second if f] == [1] * count


def test_least_tried_comes_first(site: Site, workshop: Workshop) -> None:
    """When all are due, those that were never asked have their turn before the others."""
    urls = [site.url(f"/server-error/{n}.png") for n in range(12)]
    workshop.write("a.md", "".join(map(image, urls)))
    one_by_one: dict[str, object] = {"CONCURRENT_REQUESTS_PER_DOMAIN": 1, "ARCHIVE_ATTEMPTS": 1}
    workshop.run(**one_by_one)
    workshop.let_pass(timedelta(hours=2))
    workshop.run(**one_by_one)

    assert [site.hits(f"/server-error/{n}.png") for n in range(12)] == [1] * 12
    assert [entry.url for entry in workshop.manifest("a.md").entries] == urls


def test_long_retry_after(site: Site, workshop: Workshop) -> None:
    """A server that asks for a day gets it, for its other images too."""
    site.serve("/later.png", "", status=503, headers={"Retry-After": "86400"})
    workshop.write("a.md", image(site.url("/later.png")) + image(site.url("/ok.png")))
    workshop.run(CONCURRENT_REQUESTS_PER_DOMAIN=1)
    failures = [entry.failure for entry in workshop.manifest("a.md").entries]
    workshop.let_pass(timedelta(hours=23))
    early = workshop.run()
    workshop.let_pass(timedelta(hours=2))
    late = workshop.run()

    assert [f.runs for f in failures if f] == [1, 0]
    assert [_hours_to(f.next_attempt) for f in failures if f and f.next_attempt] == [24, 24]
    assert early.stats.unchanged_posts == 1
    assert site.hits("/later.png") == 2
    assert late.stats.posts == 1


def test_robots_once_a_day(site: Site, workshop: Workshop) -> None:
    """robots.txt is asked for once a day, however many runs there are."""
    workshop.write("a.md", image(site.url("/ok/1.png")) + image(site.url("/disallowed/1.png")))
    workshop.run()
    workshop.write("b.md", image(site.url("/ok/2.png")) + image(site.url("/disallowed/2.png")))
    workshop.run()
    on_the_day = site.hits("/robots.txt")
    workshop.let_pass(timedelta(hours=25))
    workshop.write("c.md", image(site.url("/ok/3.png")))
    workshop.run()

    assert (on_the_day, site.hits("/robots.txt")) == (1, 2)
    assert not [request for request in site.requests if request.path.startswith("/disallowed/")]


def test_words_about_the_time(site: Site, workshop: Workshop) -> None:
    """The report has the next attempt of what failed."""
    workshop.write("a.md", image(site.url("/server-error.png")))
    report = workshop.run().report
    expected = workshop.entry("a.md").failure

    assert report is not None
    assert expected is not None
    (failure,) = json.loads(report.read_bytes())["failures"]
    assert failure["next_attempt"] == expected.next_attempt


def test_retry_after_of_years() -> None:
    """No server is believed to mean more than thirty days."""
    wish = BEGAN + timedelta(days=3650)

    assert scheduled(_failure(1), BEGAN, not_before=wish).next_attempt == "2026-12-22T07:00:00Z"


def test_unknown_host_with_an_archive_to_ask(site: Site, workshop: Workshop) -> None:
    """Where an archive of the web is asked for the images of a dead host, it has its peace too."""
    workshop.write("a.md", image("http://dead.invalid/a.png"))
    options = {"ARCHIVE_FALLBACK": "memento", "ARCHIVE_TIMEGATE": site.url("/timegate/")}
    workshop.run(**options)
    asked = len(site.requests)
    failure = workshop.entry("a.md").failure
    workshop.run(**options)

    assert failure is not None
    assert failure.code == "host-not-found"
    assert failure.next_attempt is not None
    assert asked > 0
    assert len(site.requests) == asked


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "3600"}])
def test_robots_that_ask_for_peace(headers: dict[str, str], site: Site, workshop: Workshop) -> None:
    """429 is no permission: nothing else is asked of the host, and the next run asks again."""
    site.serve("/robots.txt", "", status=429, headers=headers)
    workshop.write("a.md", "".join(image(site.url(f"/ok/{n}.png")) for n in range(3)))
    workshop.run()
    failures = [entry.failure for entry in workshop.manifest("a.md").entries]
    catalog = Catalog(workshop.archive / "catalog.sqlite", read_only=True)
    remembered = catalog.robots(site.url().rstrip("/"))
    catalog.close()

    assert [failure.code for failure in failures if failure] == ["rate-limited"] * 3
    assert all(failure.next_attempt for failure in failures if failure)
    assert {request.path for request in site.requests} == {"/robots.txt"}
    assert site.hits("/robots.txt") == (1 if headers else 3)
    assert remembered is None

"""What the manifest says of each way in which a server can answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Workshop, image
from tests.site import UNREACHABLE, Site, certificates

FAILURES = {
    "/not-found.png": ("not-found", 1),
    "/gone.png": ("gone", 1),
    "/forbidden.png": ("forbidden", 2),
    "/unauthorized.png": ("unauthorized", 2),
    "/teapot.png": ("http-error", 1),
    "/rate-limited.png": ("rate-limited", 1),
    "/server-error.png": ("server-error", 3),
    "/unavailable.png": ("server-error", 3),
    "/reset.png": ("connection-failed", 3),
    "/garbage.png": ("connection-failed", 3),
    "/html-as-png.png": ("not-an-image", 2),
    "/html.png": ("not-an-image", 2),
    "/empty.png": ("empty", 3),
    "/no-content.png": ("http-error", 1),
    "/truncated.png": ("truncated", 3),
    "/half.png": ("truncated", 3),
    "/half.jpg": ("truncated", 3),
    "/half.webp": ("truncated", 3),
    "/half.gif": ("truncated", 3),
    "/cut-chunked.png": ("truncated", 3),
    "/not-gzipped.png": ("undecodable", 1),
    "/bomb.png": ("too-large", 1),
    "/huge.png": ("too-large", 1),
    "/announced-huge.png": ("too-large", 1),
    "/redirect-loop.png": ("too-many-redirects", None),
    "/disallowed/a.png": ("disallowed-by-robots", 0),
    "/redirect-to-disallowed.png": ("disallowed-by-robots", 1),
}
"""A path with the code of its failure, and how often it is asked for."""

ARCHIVED = {
    "/ok.png": 1,
    "/ok.svg": 1,
    "/wrong-type.png": 1,
    "/no-type.png": 1,
    "/chunked.png": 1,
    "/no-length.png": 1,
    "/gzipped.png": 1,
    "/redirect.png": 1,
    "/flaky.png": 3,
    "/retry-after.png": 2,
    "/retry-after-date.png": 2,
    "/rate-limited-once.png": 2,
    "/broken-off-once.png": 2,
    "/cookies.png": 1,
}
"""A path that is archived, with how often it is asked for."""


@pytest.mark.parametrize("path", FAILURES)
def test_failure(path: str, site: Site, workshop: Workshop) -> None:
    """No error page, no half of a file, no answer beyond the limits is ever archived."""
    workshop.write("a.md", image(site.url(path)))
    workshop.run(DOWNLOAD_MAXSIZE=1_000_000)
    entry = workshop.entry("a.md")
    code, hits = FAILURES[path]

    assert entry.state == "failed"
    assert entry.failure is not None
    assert entry.failure.code == code
    assert entry.original is None
    assert not (workshop.bundle("a.md") / "images").exists()
    assert hits is None or site.hits(path) == hits
    assert site.hits("/robots.txt") == 1


@pytest.mark.parametrize("path", ARCHIVED)
def test_archived(path: str, site: Site, workshop: Workshop) -> None:
    """What is an image in the end is archived, whatever the way to it."""
    workshop.write("a.md", image(site.url(path)))
    workshop.run()
    entry = workshop.entry("a.md")

    assert entry.state == "archived", entry.failure
    assert site.hits(path) == ARCHIVED[path]
    assert entry.capture is not None
    assert entry.capture.attempts == ARCHIVED[path]


@pytest.mark.parametrize("path", ["/slow.png", "/drip.png", "/stalled.png"])
def test_time_limit(path: str, site: Site, workshop: Workshop) -> None:
    """The time allowed bounds a whole attempt, however the bytes trickle."""
    workshop.write("a.md", image(site.url(path)))
    workshop.run(DOWNLOAD_TIMEOUT=0.2, ARCHIVE_ATTEMPTS=1)
    failure = workshop.entry("a.md").failure

    assert failure is not None
    assert (failure.code, failure.permanent) == ("timed-out", False)


def test_long_retry_after(site: Site, workshop: Workshop) -> None:
    """A Retry-After beyond the run's patience ends it for the whole host, with the next attempt."""
    site.serve("/later.png", "", status=503, headers={"Retry-After": "86400"})
    workshop.write("a.md", image(site.url("/later.png")) + image(site.url("/ok/1.png")))
    workshop.run(CONCURRENT_REQUESTS_PER_DOMAIN=1)
    later, after = workshop.manifest("a.md").entries

    assert later.failure is not None
    assert later.failure.code == "rate-limited"
    assert later.failure.next_attempt is not None
    assert after.failure is not None
    assert after.failure.code == "rate-limited"
    assert site.hits("/ok/1.png") == 0


def test_redirects_are_recorded(site: Site, workshop: Workshop) -> None:
    """The capture says where the answer came from, and over which hops."""
    workshop.write("a.md", image(site.url("/redirect.png")))
    workshop.run()
    capture = workshop.entry("a.md").capture

    assert capture is not None
    assert [hop.url for hop in capture.redirects] == [site.url("/redirect.png")]
    assert capture.redirects[0].status in {301, 302, 303, 307, 308}
    assert capture.url != site.url("/redirect.png")


def test_cookies_are_not_recorded(site: Site, workshop: Workshop) -> None:
    """What the server told this visitor alone does not stand in the manifest."""
    workshop.write("a.md", image(site.url("/cookies.png")))
    workshop.run()
    capture = workshop.entry("a.md").capture

    assert capture is not None
    assert [name for name, _ in capture.headers if "cookie" in name.lower()] == []


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("", None),
        ('referrerpolicy="no-referrer"', None),
        ('referrerpolicy="unsafe-url"', "https://blog.example/a/b?c"),
        ('referrerpolicy="origin"', "https://blog.example/"),
    ],
)
def test_referer(policy: str, expected: str | None, site: Site, workshop: Workshop) -> None:
    """The Referer is what the reference's own policy says; the default is the browsers'."""
    workshop.write(
        "a.md",
        f'---\nurl: https://blog.example/a/b?c\n---\n<img src="{site.url("/ok.png")}" {policy}>',
    )
    workshop.run()
    (request,) = [request for request in site.requests if request.path == "/ok.png"]

    assert request.headers.get("Referer") == expected


def test_request_headers(site: Site, workshop: Workshop) -> None:
    """A request names the program, and accepts only images that can be decoded."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    (request,) = [request for request in site.requests if request.path == "/ok.png"]

    assert request.headers["User-Agent"].startswith("image-archiver/")
    assert "text/html" not in request.headers["Accept"]
    assert request.headers["Accept"].startswith("image/avif,image/webp")
    assert "Cookie" not in request.headers


def test_robots_is_asked_once(site: Site, workshop: Workshop) -> None:
    """All concurrent first requests to a host wait for the one robots.txt."""
    urls = [site.url(f"/disallowed/{n}.png") for n in range(12)]
    workshop.write("a.md", "".join(map(image, urls)))
    workshop.run(CONCURRENT_REQUESTS_PER_DOMAIN=16)

    assert site.hits("/robots.txt") == 1
    assert sum(request.path.startswith("/disallowed/") for request in site.requests) == 0


@pytest.mark.parametrize(
    ("robots", "code", "permanent"),
    [
        (404, None, None),
        (403, None, None),
        (503, "disallowed-by-robots", False),
        ("User-agent: image-archiver\nDisallow: /\n", "disallowed-by-robots", True),
        ("User-agent: other\nDisallow: /\n", None, None),
        (UNREACHABLE, "connection-failed", False),
    ],
)
def test_robots_verdict(
    robots: str | int, code: str | None, permanent: object, site: Site, workshop: Workshop
) -> None:
    """RFC 9309: a client error allows, a server's disallows for now, silence is its own cause."""
    site.robots = robots
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    failure = workshop.entry("a.md").failure

    assert (failure.code if failure else None) == code
    assert (failure.permanent if failure else None) == permanent
    assert site.hits("/ok.png") == (0 if code else 1)


def test_ignored_robots(site: Site, workshop: Workshop) -> None:
    """An image that robots.txt disallowed is fetched once the person decides so."""
    workshop.write("a.md", image(site.url("/disallowed/a.png")))
    workshop.run()
    workshop.run(ROBOTSTXT_OBEY=False)

    assert workshop.entry("a.md").state == "archived"


def test_requests_at_once(site: Site, workshop: Workshop) -> None:
    """No more requests at once than allowed, and connections are used again."""
    workshop.write("a.md", "".join(image(site.url(f"/ok/{n}.png")) for n in range(20)))
    workshop.run(CONCURRENT_REQUESTS_PER_DOMAIN=3)

    assert site.peak <= 3
    assert site.connections <= 3


def test_window(site: Site, workshop: Workshop) -> None:
    """Images in memory at once are never more than the window has places."""
    workshop.write("a.md", "".join(image(site.url(f"/ok/{n}.png")) for n in range(20)))
    run = workshop.run(CONCURRENT_REQUESTS_PER_DOMAIN=16, CONCURRENT_REQUESTS=2)

    assert run.stats.states["archived"] == 20
    assert site.peak <= 2


def test_unknown_host(workshop: Workshop) -> None:
    """A host without an address costs its entries, with the cause."""
    workshop.write("a.md", image("https://nobody.invalid/x.png"))
    workshop.run()
    failure = workshop.entry("a.md").failure

    assert failure is not None
    assert (failure.code, failure.permanent) == ("host-not-found", False)


def test_untrusted_certificate(workshop: Workshop, tmp_path: Path) -> None:
    """A certificate that nobody trusts is no connection."""
    with Site(tls=certificates(tmp_path, "127.0.0.1").context) as site:
        workshop.write("a.md", image(site.url("/ok.png")))
        workshop.run()
    failure = workshop.entry("a.md").failure

    assert failure is not None
    assert failure.code == "tls-failed"

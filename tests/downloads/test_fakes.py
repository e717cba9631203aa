"""What looks like a success and is none ends as failed or suspect, with the reason."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crawler.common.digests import digest
from crawler.downloads.response_checks import doubt
from crawler.store.catalog import Catalog
from tests.conftest import Workshop, archived, image
from tests.site import Answer, Exchange, Proxy, Site, picture

FAILED = {
    "/html.png": ("not-an-image", "an HTML page"),
    "/html-as-png.png": ("not-an-image", "an HTML page"),
    "/json-as-png.png": ("not-an-image", "JSON"),
    "/text.png": ("not-an-image", "text"),
    "/binary.png": ("not-an-image", "binary"),
    "/picture-not-found.png": ("not-found", "HTTP 404"),
    "/empty.png": ("empty", "no content"),
    "/truncated.png": ("truncated", "broke off"),
    "/cut-chunked.png": ("truncated", "broke off"),
    "/half.png": ("truncated", ""),
    "/broken.png": ("undecodable", ""),
}
"""A path with the code of its failure, and a word of its detail."""


@pytest.fixture(name="web")
def _web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """One site that is every host."""
    with Site() as site, Proxy(http=site) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        yield site


@pytest.mark.parametrize("path", FAILED)
def test_no_bytes_are_kept(path: str, site: Site, workshop: Workshop) -> None:
    """What is no whole image of this URL leaves no file behind, whatever the status says."""
    workshop.write("a.md", image(site.url(path)))
    workshop.run()
    entry = workshop.entry("a.md")
    code, word = FAILED[path]

    assert entry.state == "failed"
    assert entry.failure is not None
    assert entry.failure.code == code
    assert word in entry.failure.detail
    assert not list(workshop.bundle("a.md").glob("images/*"))


def test_redirect_to_a_stand_in(site: Site, workshop: Workshop) -> None:
    """A redirect to a picture that is named for what is missing is suspect, and its bytes kept."""
    url = site.url("/redirect-to-stand-in/7.png")
    workshop.write("a.md", image(url))
    run = workshop.run()
    entry = workshop.entry("a.md")

    assert entry.state == "suspect"
    assert entry.failure is not None
    assert entry.original is not None
    assert (entry.failure.code, entry.failure.permanent) == ("placeholder", True)
    assert entry.failure.detail == "redirected to /ok/errors/image_not_found.png"
    kept = workshop.bundle("a.md") / entry.original.path
    assert kept.read_bytes() == picture("/ok/errors/image_not_found.png")
    assert run.stats.states["archived"] == 0


def test_stand_ins_end_the_climb(site: Site, workshop: Workshop) -> None:
    """A host that shows a stand-in whatever the Referer is soon asked once for each image."""
    paths = [f"/redirect-to-stand-in/{n}.png" for n in range(5)]
    workshop.write("a.md", "".join(image(site.url(path)) for path in paths))
    run = workshop.run(CONCURRENT_REQUESTS_PER_DOMAIN=1)

    assert run.stats.states["suspect"] == 5
    assert [site.hits(path) for path in paths] == [2, 2, 2, 1, 1]


@pytest.mark.parametrize(
    ("asked", "answered", "doubted"),
    [
        ("/a/7.jpg", "/404.png", True),
        ("/a/7.jpg", "/notfound.jpg", True),
        ("/a/7.jpg", "/img/Image%20Not%20Found.PNG", True),
        ("/a/7.jpg", "/static/no-image-available.gif", True),
        ("/a/7.jpg", "/images/photo_unavailable_l.png", True),
        ("/a/7.jpg", "/removed.png", True),
        ("/a/7.jpg", "/error/7.jpg", True),
        ("/a/7.jpg", "/errors/", True),
        ("/a/7.jpg", "/hotlinking-forbidden.jpg", True),
        ("/a/7.jpg", "/account/login.png", True),
        ("/a/7.jpg", "/login?next=/a/7.jpg", True),
        ("/a/7.jpg", "/captcha/7.jpg", True),
        ("/a/7.jpg", "/img/signin-page.jpg", True),
        ("/a/7.jpg", "/2021/challenge-cup.jpg", False),
        ("/a/7.jpg", "/b/7.jpg", False),
        ("/a/7.jpg", "/404/", True),
        ("/a/404.jpg", "/b/404.jpg", False),
        ("/errors/blue-screen.png", "/v2/errors/blue-screen.webp", False),
        ("/a/7.jpg", "/2021/404-days-at-sea.jpg", False),
        ("/a/7.jpg", "/4041234.jpg", False),
        ("/a/7.jpg", "/no/oslo.jpg", False),
        ("/a/7.jpg", "/missing-dog-found.jpg", False),
        ("/a/7.jpg", "/img/large/photo.jpg", False),
        ("/a/7.jpg", "/default.jpg", False),
        ("/a/7.jpg", "/", False),
    ],
)
def test_names_of_stand_ins(asked: str, answered: str, doubted: object) -> None:
    """Only a name that says nothing else, and that the image does not have itself, is a sign."""
    reason = doubt(f"https://a.example{asked}", f"https://b.example{answered}?x=404")

    assert (reason is not None) is doubted


def test_raw_location(site: Site, workshop: Workshop) -> None:
    """A Location in raw UTF-8 leads where it does in browsers."""
    target = "/图片/ü.png".encode().decode("latin-1")
    url = site.serve("/a.png", "", status=302, headers={"Location": target})
    site.serve("/%E5%9B%BE%E7%89%87/%C3%BC.png")
    workshop.write("a.md", image(url))
    workshop.run()

    assert archived(workshop.manifest("a.md")) == [url]


def test_wrapper_that_fails(web: Site, workshop: Workshop) -> None:
    """Where an image proxy fails for good, the image that it wraps is asked for itself."""
    wrapped = "http://proxy.example/gone/?http://real.example/ok.png"
    workshop.write("a.md", image(wrapped))
    workshop.run()
    entry = workshop.entry("a.md")

    assert (entry.url, entry.state) == (wrapped, "archived")
    assert entry.capture is not None
    assert (entry.capture.url, entry.capture.attempts) == ("http://real.example/ok.png", 2)
    assert [r.target for r in web.requests if r.path != "/robots.txt"] == [
        "/gone/?http://real.example/ok.png",
        "/ok.png",
    ]


def test_wrapped_image_with_a_ladder(web: Site, workshop: Workshop) -> None:
    """What the host of the wrapped image lets in is not taken for a wish of the wrapper's."""
    workshop.write(
        "a.md", image("http://proxy.example/gone/?http://real.example/needs-referer.png")
    )
    workshop.run()
    catalog = Catalog(workshop.archive / "catalog.sqlite", read_only=True)
    known = catalog.host("proxy.example")
    catalog.close()

    assert workshop.entry("a.md").state == "archived"
    assert known is None
    assert web.hits("/needs-referer.png") == 2


@pytest.mark.parametrize(
    ("inner", "permanent", "detail"),
    [
        ("not-found.png", True, "HTTP 410; http://real.example/not-found.png: HTTP 404"),
        ("server-error.png", False, "HTTP 410; http://real.example/server-error.png: HTTP 500"),
    ],
)
def test_wrapper_and_wrapped_fail(
    inner: str, permanent: object, detail: str, web: Site, workshop: Workshop
) -> None:
    """Where both fail, the entry says both, and is given up only if both are for good."""
    workshop.write("a.md", image(f"http://proxy.example/gone/?http://real.example/{inner}"))
    workshop.run()
    failure = workshop.entry("a.md").failure

    assert failure is not None
    assert (failure.code, failure.permanent, failure.detail) == ("gone", permanent, detail)
    assert web.hits(f"/{inner}") == (1 if permanent else 3)


def test_trace(site: Site, workshop: Workshop) -> None:
    """Every request for an image is remembered with its verdict, and without anybody's secrets."""

    def leads_on(_exchange: Exchange) -> Answer:
        location = f"http://ann:secret@127.0.0.1:{site.port}/needs-referer.png"
        headers = {"Location": location, "Set-Cookie": "visitor=1"}
        return Answer(status=302, media_type=None, headers=headers)

    url = site.on("/a.png", leads_on)
    workshop.write("a.md", image(url))
    workshop.run(ARCHIVE_CONTACT="me@example.org")
    catalog = Catalog(workshop.archive / "catalog.sqlite", read_only=True)
    trace = catalog.trace(url)
    catalog.close()

    assert [(attempt.status, attempt.verdict) for attempt in trace] == [
        (302, "redirect"),
        (403, "forbidden"),
        (302, "redirect"),
        (200, "archived"),
    ]
    assert [dict(attempt.request_headers).get("Referer") for attempt in trace] == [
        None,
        None,
        site.url("/"),
        site.url("/"),
    ]
    assert all("me@example.org" in dict(a.request_headers)["User-Agent"] for a in trace)
    assert all(attempt.seconds >= 0 for attempt in trace)
    assert "secret" not in repr(trace)
    assert "visitor" not in repr(trace)


def test_unasked_answer(site: Site, workshop: Workshop) -> None:
    """What came over an idle connection, unasked, is not taken for the answer to the next image."""
    idle: list[Exchange] = []

    def first(exchange: Exchange) -> Answer:
        idle.append(exchange)
        return Answer(body=picture("/first.png"))

    def second(_exchange: Exchange) -> Answer:
        unasked = picture("/unasked.png")
        idle[0].wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(unasked))
        idle[0].wfile.write(unasked)
        return Answer(body=picture("/second.png"))

    with Site() as other:
        urls = [
            site.on("/first.png", first),
            other.on("/second.png", second),
            site.url("/ok.png"),
        ]
        workshop.write("a.md", "".join(map(image, urls)))
        workshop.run(CONCURRENT_REQUESTS_PER_DOMAIN=1, ROBOTSTXT_OBEY=False)
    entries = workshop.manifest("a.md").entries
    originals = [entry.original.digest for entry in entries if entry.original]

    assert originals == [digest(picture(path)) for path in ("/first.png", "/second.png", "/ok.png")]
    assert site.connections == 2

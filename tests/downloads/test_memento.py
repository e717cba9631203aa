"""Images that are gone come from an archive of the web, or the manifest says why not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from crawler.downloads import Answer as Answered
from crawler.downloads.memento import mementos
from crawler.errors import UsageError
from crawler.models import Entry, Failure
from tests.conftest import Workshop, image
from tests.site import Answer, Exchange, Proxy, Site, picture

DEAD = "http://dead.example/gone.png"
DATE = "2019-06-15T12:00:00Z"
TIMEGATE = "http://archive.example/timegate/"
_NO_PICTURE = Answer(body=b"<!DOCTYPE html><p>parked", media_type="text/html")


@pytest.fixture(name="web")
def _web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """One site that is every host: those of the images and that of the archive."""
    with Site() as site, Proxy(http=site) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        yield site


def look(
    workshop: Workshop,
    url: str = DEAD,
    settings: dict[str, object] | None = None,
    *,
    date: str | None = DATE,
) -> Entry:
    """Archive a post that shows *url*, with the archive of the web to fall back on."""
    front = f"---\ndate: {date}\n---\n" if date else ""
    workshop.write("a.md", front + image(url))
    defaults = {"ARCHIVE_FALLBACK": "memento", "ARCHIVE_TIMEGATE": TIMEGATE}
    workshop.run(**(defaults | (settings or {})))
    return workshop.entry("a.md")


def why(entry: Entry) -> Failure:
    """Return the failure of an entry that has nothing."""
    assert (entry.state, entry.original) == ("failed", None)
    assert entry.failure is not None
    return entry.failure


def asked(site: Site) -> int:
    """Return how often the archive was asked."""
    return sum(request.path.startswith("/timegate/") for request in site.requests)


@pytest.mark.parametrize(
    ("date", "nearest"),
    [
        (DATE, "2019-06-01T00:00:00Z"),
        ("2012-01-01T00:00:00Z", "2015-01-01T08:09:10Z"),
        ("2020-12-31T00:00:00Z", "2021-03-04T05:06:07Z"),
    ],
)
def test_nearest_capture(date: str, nearest: str, web: Site, workshop: Workshop) -> None:
    """The capture nearest to the post's date is archived, byte for byte, and says what it is."""
    for moment in ("2015-01-01T08:09:10Z", "2019-06-01T00:00:00Z", "2021-03-04T05:06:07Z"):
        web.capture(DEAD, moment)
    entry = look(workshop, date=date)
    stamp = "".join(character for character in nearest if character.isdigit())

    assert entry.state == "archived", entry.failure
    assert entry.capture is not None
    assert entry.original is not None
    assert (entry.capture.via, entry.capture.date) == ("memento", nearest)
    assert entry.capture.url == f"http://archive.example/web/{stamp}id_/{DEAD}"
    assert entry.capture.attempts == 2
    assert entry.failure is None
    bundle = workshop.bundle("a.md")
    assert (bundle / entry.original.path).read_bytes() == picture(DEAD + nearest)


def test_post_without_a_date(web: Site, workshop: Workshop) -> None:
    """Where the post has no date, the latest capture is the nearest."""
    for moment in ("2015-01-01T00:00:00Z", "2021-03-04T05:06:07Z"):
        web.capture(DEAD, moment)
    entry = look(workshop, date=None)

    assert entry.capture is not None
    assert entry.capture.date == "2021-03-04T05:06:07Z"


def test_timegate_that_answers_itself(web: Site, workshop: Workshop) -> None:
    """A TimeGate may answer with the memento instead of leading to it."""
    web.capture(DEAD, DATE)
    entry = look(workshop, DEAD, {"ARCHIVE_TIMEGATE": "http://archive.example/direct-timegate"})

    assert entry.capture is not None
    assert (entry.capture.via, entry.capture.date) == ("memento", DATE)


def test_live_image_asks_nobody(web: Site, workshop: Workshop) -> None:
    """As long as the live URL has the image, no archive is asked."""
    web.capture("http://live.example/ok.png", DATE)
    entry = look(workshop, "http://live.example/ok.png")

    assert entry.capture is not None
    assert entry.capture.via == "live"
    assert asked(web) == 0


def test_without_the_option(web: Site, workshop: Workshop) -> None:
    """Without --fallback no archive is asked."""
    web.capture(DEAD, DATE)

    assert why(look(workshop, DEAD, {"ARCHIVE_FALLBACK": ""})).detail == "HTTP 410"
    assert asked(web) == 0


@pytest.mark.parametrize(
    "path",
    ["gone", "not-found", "forbidden", "unauthorized", "teapot", "html", "broken", "redirect-loop"],
)
def test_what_is_lost(path: str, web: Site, workshop: Workshop) -> None:
    """Whatever took the image's place for good, the archive is asked."""
    url = f"http://dead.example/{path}.png"
    web.capture(url, DATE)

    assert look(workshop, url).state == "archived"


@pytest.mark.parametrize(
    ("url", "settings"),
    [
        ("http://dead.example/disallowed/a.png", {}),
        ("http://dead.example/server-error.png", {}),
        ("http://dead.example/huge.png", {"DOWNLOAD_MAXSIZE": 100_000}),
        ("http://dead.example/gone.png", {"ARCHIVE_EXCLUDE": "gone.png"}),
        ("http://192.168.1.7/gone.png", {}),
        ("http://127.0.0.1/gone.png", {}),
        ("http://localhost/gone.png", {}),
        ("http://intranet/gone.png", {}),
        ("http://printer.local/gone.png", {}),
        ("http://wiki.corp.internal./gone.png", {}),
    ],
)
def test_what_is_not_told(
    url: str, settings: dict[str, object], web: Site, workshop: Workshop
) -> None:
    """What may pass, was decided or is private is no archive's business."""
    web.capture(url, DATE)
    entry = look(workshop, url, {"ARCHIVE_ATTEMPTS": 1, **settings})

    assert entry.state in {"failed", "skipped"}
    assert asked(web) == 0


def test_no_capture(web: Site, workshop: Workshop) -> None:
    """Where the archive has nothing, the live failure stands and says so."""
    failure = why(look(workshop))

    assert (failure.code, failure.permanent) == ("gone", True)
    assert failure.detail == "HTTP 410; archive.example has no capture of it"
    assert asked(web) == 1


@pytest.mark.parametrize("trouble", ["unavailable", "rate-limited", "reset", "slow", "html"])
def test_archive_in_trouble(trouble: str, web: Site, workshop: Workshop) -> None:
    """An archive that is down, slow, wants peace or talks of something else is asked later."""
    timegate = f"http://archive.example/{trouble}/"
    settings = {"ARCHIVE_TIMEGATE": timegate, "ARCHIVE_ATTEMPTS": 1, "DOWNLOAD_TIMEOUT": 1.0}
    failure = why(look(workshop, DEAD, settings))

    assert any(request.path.startswith(f"/{trouble}/") for request in web.requests)
    assert (failure.code, failure.permanent) == ("gone", False)
    assert failure.detail.startswith("HTTP 410; archive.example could not be asked (")


def test_robots_of_the_archive(web: Site, workshop: Workshop) -> None:
    """The archive's robots.txt holds for it as for every host."""
    web.robots = "User-agent: *\nDisallow: /timegate/\n"
    web.capture(DEAD, DATE)
    failure = why(look(workshop))

    assert failure.permanent
    assert "archive.example gives no capture of it" in failure.detail
    assert asked(web) == 0


@pytest.mark.parametrize(
    "unfit",
    [
        Answer(status=404, body=picture("404")),
        Answer(status=503),
        Answer(status=200, body=b""),
        Answer(body=picture("half")[:2000]),
        _NO_PICTURE,
    ],
)
def test_unfit_capture(unfit: Answer, web: Site, workshop: Workshop) -> None:
    """A capture of an error page is passed over for its neighbour."""
    web.capture(DEAD, DATE, unfit)
    web.capture(DEAD, "2018-01-01T00:00:00Z")
    entry = look(workshop)

    assert entry.capture is not None
    assert (entry.capture.via, entry.capture.date) == ("memento", "2018-01-01T00:00:00Z")
    assert web.hits(f"/web/20190615120000id_/{DEAD}") == 1


def test_captured_stand_in(web: Site, workshop: Workshop) -> None:
    """What is known as the host's stand-in is passed over in the archive too."""
    shown = [f"http://dead.example/stand-in/{n}.png" for n in range(5)]
    workshop.write("b.md", "".join(map(image, shown)))
    workshop.run()
    web.capture(DEAD, DATE, Answer(body=picture("stand-in.png")))
    web.capture(DEAD, "2018-01-01T00:00:00Z")
    entry = look(workshop)

    assert entry.capture is not None
    assert (entry.state, entry.capture.date) == ("archived", "2018-01-01T00:00:00Z")


def test_unfit_captures_are_bounded(web: Site, workshop: Workshop) -> None:
    """After three captures that are no image, the archive is left in peace."""
    for year in range(2010, 2020):
        web.capture(DEAD, f"{year}-01-01T00:00:00Z", _NO_PICTURE)
    failure = why(look(workshop))

    assert (failure.code, failure.permanent) == ("gone", True)
    assert "what archive.example has of it is none (looks like an HTML page" in failure.detail
    assert sum(request.path.startswith("/web/") for request in web.requests) == 3


@pytest.mark.parametrize(
    ("capture", "permanent"),
    [
        (Answer(body=picture("half")[:2000]), False),
        (Answer(status=503), True),
        (Answer(body=b""), True),
        (_NO_PICTURE, True),
    ],
)
def test_capture_that_may_pass(
    capture: Answer, permanent: object, web: Site, workshop: Workshop
) -> None:
    """What the bytes of a capture failed by keeps its own hope; what HTTP says of it stays so."""
    web.capture(DEAD, DATE, capture)

    assert why(look(workshop)).permanent is permanent


def test_answer_that_is_no_capture(web: Site, workshop: Workshop) -> None:
    """A picture without Memento-Datetime is no capture, whoever sends it."""

    def pretend(_exchange: Exchange) -> Answer:
        return Answer(body=picture("pretended"))

    web.on(f"/timegate/{DEAD}", pretend)
    failure = why(look(workshop))

    assert not failure.permanent
    assert "the answer is no capture" in failure.detail


def test_several_posts_spare_a_broken_archive(web: Site, workshop: Workshop) -> None:
    """An archive that keeps failing is left alone for the rest of the run."""
    urls = [f"http://dead.example/gone/{n}.png" for n in range(12)]
    workshop.write("a.md", "".join(map(image, urls)))
    workshop.run(
        ARCHIVE_FALLBACK="memento",
        ARCHIVE_TIMEGATE="http://archive.example/server-error/",
        ARCHIVE_ATTEMPTS=1,
        CONCURRENT_REQUESTS_PER_DOMAIN=1,
    )
    failures = [why(entry) for entry in workshop.manifest("a.md").entries]

    assert {(failure.code, failure.permanent) for failure in failures} == {("gone", False)}
    assert sum(request.path.startswith("/server-error/") for request in web.requests) == 6


@pytest.mark.parametrize("value", ["wayback", "yes"])
def test_unknown_fallback(value: str, workshop: Workshop) -> None:
    """A fallback that there is not is wrong usage."""
    with pytest.raises(UsageError, match="ARCHIVE_FALLBACK"):
        workshop.run(ARCHIVE_FALLBACK=value)


def test_link_headers() -> None:
    """Captures are read from Link headers with commas, quotes and several relations in them."""
    original = '<http://a.example/1,2;3>; rel="original"'
    links = (
        '<https://w.example/web/20200102030405/http://a.example/x,y.png>; title="a, \\"b\\"; c" ;'
        ' datetime="Thu, 02 Jan 2020 03:04:05 GMT";rel="first Memento",'
        ' </web/20210102030405im_/http://a.example/z>;rel=memento;datetime="02 Jan 2021 03:04:05",'
        ' <x>; rel="memento"; datetime="never", <broken'
    )
    headers = tuple(("Link", link) for link in (original, links))
    answer = Answered(url="https://w.example/t", status=302, headers=headers, body=b"")

    assert list(mementos(answer)) == [
        (
            "https://w.example/web/20200102030405id_/http://a.example/x,y.png",
            datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC),
        ),
        (
            "https://w.example/web/20210102030405id_/http://a.example/z",
            datetime(2021, 1, 2, 3, 4, 5, tzinfo=UTC),
        ),
    ]


@pytest.mark.parametrize(
    "piece", ["<", "<a>", '<a>;rel="', "; a=", '"\\', ", ,", "<a>;rel=memento;", '<a>\\"', ';a="\\']
)
def test_hostile_link_headers(piece: str) -> None:
    """The time that a Link header takes grows with its length and no faster."""
    headers = (("Link", piece * 30_000),)
    answer = Answered(url="https://w.example/t", status=302, headers=headers, body=b"")

    assert list(mementos(answer)) == []

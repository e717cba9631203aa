"""What a server that refuses strangers is told, and when it is left in peace."""

from __future__ import annotations

import pytest

from crawler.common.stop_signal import StopFlag
from crawler.downloads.host_limits import Host
from crawler.downloads.referers import RUNGS, Ladder, Sender
from crawler.errors import Forbidden, UsageError
from crawler.models import Entry
from tests.conftest import LOOPBACK, Workshop, archived, image
from tests.site import Site

ARTICLE = "https://blog.example/2021/a-post"
HTTP_ARTICLE = "http://blog.example/2021/a-post"


def post(url: str, article: str | None = ARTICLE, attributes: str = "") -> str:
    """Return an article that was published at *article* and shows *url*."""
    front = f"---\nurl: {article}\n---\n" if article else ""
    return f'{front}<img src="{url}" {attributes}>\n'


def sent(site: Site, path: str) -> list[str | None]:
    """Return the Referers that came for *path*, in order."""
    return [request.headers.get("Referer") for request in site.requests if request.path == path]


def referer_of(entry: Entry) -> str | None:
    """Return what the entry says was sent."""
    assert entry.capture is not None
    return entry.capture.referer


@pytest.mark.parametrize(
    ("path", "attributes", "referers"),
    [
        ("/needs-referer.png", "", [None, "{site}/"]),
        ("/no-referer-allowed.png", 'referrerpolicy="unsafe-url"', ["{article}", None]),
        ("/needs-this-referer.png?{article}", "", [None, "{article}"]),
        ("/needs-own-referer.png", "", [None, "{site}/"]),
        ("/login-without-referer.png", "", [None, "{site}/"]),
        ("/page-without-referer.png", "", [None, "{site}/"]),
        ("/redirect-strangers.png", "", [None, "{site}/"]),
    ],
)
def test_ladder(
    path: str, attributes: str, referers: list[str | None], site: Site, workshop: Workshop
) -> None:
    """A server that refuses is asked with other Referers until one lets in, and no longer."""
    article = HTTP_ARTICLE if "{article}" in path or attributes else None
    words = {"site": site.url("").rstrip("/"), "article": article}
    if article:
        # The browsers' default would send the origin of the article first.
        attributes = attributes or 'referrerpolicy="no-referrer"'
    url = site.url(path.format(**words))
    workshop.write("a.md", post(url, article, attributes))
    workshop.run()
    entry = workshop.entry("a.md")
    expected = [referer and referer.format(**words) for referer in referers]

    assert entry.state == "archived", entry.failure
    assert sent(site, path.partition("?")[0]) == expected
    assert referer_of(entry) == expected[-1]
    assert entry.capture is not None
    assert entry.capture.attempts == len(expected)


def test_refused_on_every_rung(site: Site, workshop: Workshop) -> None:
    """What is refused whatever the Referer is failed by its first refusal, and lists them all."""
    workshop.write("a.md", post(site.url("/forbidden.png"), HTTP_ARTICLE))
    workshop.run(ARCHIVE_REFERERS="127.0.0.1=https://partner.example/page")
    failure = workshop.entry("a.md").failure
    every = [
        "http://blog.example/",
        None,
        HTTP_ARTICLE,
        site.url("/"),
        "https://partner.example/page",
    ]

    assert failure is not None
    assert (failure.code, failure.permanent, failure.attempts) == ("forbidden", True, 5)
    assert list(failure.tried_referers) == every
    assert sent(site, "/forbidden.png") == every


def test_refusals_say_the_truth(site: Site, workshop: Workshop) -> None:
    """What a server says to a Referer that it accepts is the verdict."""
    workshop.write("a.md", post(site.url("/gone-with-referer.png"), None))
    workshop.run()
    failure = workshop.entry("a.md").failure

    assert failure is not None
    assert (failure.code, failure.tried_referers) == ("gone", (None, site.url("/")))


def test_binary_rubbish_is_no_refusal(site: Site, workshop: Workshop) -> None:
    """What is neither a picture nor words for strangers is asked for once."""
    workshop.write("a.md", post(site.url("/binary.png")))
    workshop.run()
    failure = workshop.entry("a.md").failure

    assert failure is not None
    assert failure.code == "not-an-image"
    assert site.hits("/binary.png") == 1


def test_trouble_on_a_rung(site: Site, workshop: Workshop) -> None:
    """A failure that may pass is repeated on the same rung of the ladder."""
    workshop.write("a.md", post(site.url("/flaky-with-referer.png"), None))
    workshop.run()

    assert workshop.entry("a.md").state == "archived"
    assert sent(site, "/flaky-with-referer.png") == [None, site.url("/"), site.url("/")]


def test_what_worked_comes_first(site: Site, workshop: Workshop) -> None:
    """The rung that a host let in is the first for its further images in the run."""
    paths = [f"/needs-referer/{n}.png" for n in range(4)]
    workshop.write("a.md", "".join(image(site.url(path)) for path in paths))
    workshop.run(CONCURRENT_REQUESTS_PER_DOMAIN=1)

    assert len(archived(workshop.manifest("a.md"))) == 4
    assert sent(site, paths[0]) == [None, site.url("/")]
    assert [sent(site, path) for path in paths[1:]] == [[site.url("/")]] * 3


def test_what_worked_is_known_to_the_next_run(site: Site, workshop: Workshop) -> None:
    """The rung that a host let in comes first in later runs, until another one is let in."""
    workshop.write("a.md", image(site.url("/needs-referer/1.png")))
    workshop.run()
    workshop.write("b.md", image(site.url("/needs-referer/2.png")))
    workshop.run()
    workshop.write("c.md", image(site.url("/no-referer-allowed/3.png")))
    workshop.run()
    workshop.write("d.md", image(site.url("/no-referer-allowed/4.png")))
    run = workshop.run()

    assert run.stats.states["archived"] == 4
    assert sent(site, "/needs-referer/2.png") == [site.url("/")]
    assert sent(site, "/no-referer-allowed/3.png") == [site.url("/"), None]
    assert sent(site, "/no-referer-allowed/4.png") == [None]


def test_pages_are_asked_for_once(site: Site, workshop: Workshop) -> None:
    """A page that is refused is no image: no other Referer is tried, nothing is learned of it."""
    for number in range(3):
        workshop.run(site.url(f"/forbidden/{number}"))
    workshop.write("a.md", image(site.url("/needs-referer.png")))
    workshop.run()

    assert [site.hits(f"/forbidden/{number}") for number in range(3)] == [1, 1, 1]
    assert archived(workshop.manifest("a.md")) == [site.url("/needs-referer.png")]


def test_wrong_table_on_the_command_line(workshop: Workshop) -> None:
    """Wrong usage is told as such, before anything is asked."""
    result = workshop.command("archive", "blog", "--referer", "cdn.example")

    assert (result.returncode, result.stdout) == (2, "")
    assert "--referer 'cdn.example': expected HOST=URL" in result.stderr


def test_a_host_that_means_it(site: Site, workshop: Workshop) -> None:
    """After three images in a row that no Referer helped, each further one is asked for once."""
    paths = [f"/forbidden/{n}.png" for n in range(6)]
    workshop.write("a.md", "".join(image(site.url(path)) for path in paths))
    workshop.run(CONCURRENT_REQUESTS_PER_DOMAIN=1)

    assert [site.hits(path) for path in paths] == [2, 2, 2, 1, 1, 1]


@pytest.mark.parametrize(
    "article",
    [
        "http://localhost:4000/a",
        "http://192.168.1.7/a",
        "file:///home/ann/a.md",
        "http://[::1]/a",
        "http://wiki.local/a",
        "http://intranet/a",
        "https://blog.corp.internal./a",
        "http://nas.lan/a",
        "http://nas.home.arpa/a",
        "http://wiki.corp/a",
        "http://wiki.intranet/a",
        "http://nas.home/a",
        "http://fritz.box/a",
        "https://nas.fritz.box./a",
    ],
)
@pytest.mark.parametrize("rung", ["policy", "article"])
def test_what_is_private_is_not_sent(article: str, rung: str) -> None:
    """Where an article lies in a private network is told to nobody outside."""
    sender = Sender(policy="unsafe-url", article=article)

    assert RUNGS[rung](sender, "https://cdn.example/x.png") is None


@pytest.mark.parametrize(
    ("article", "image_url", "expected"),
    [
        (ARTICLE, "https://cdn.example/x.png", ARTICLE),
        (HTTP_ARTICLE, "http://cdn.example/x.png", HTTP_ARTICLE),
        (HTTP_ARTICLE, "https://cdn.example/x.png", HTTP_ARTICLE),
        (ARTICLE, "http://cdn.example/x.png", "https://blog.example/"),
        (f"https://ann:secret@{ARTICLE[8:]}#part", "https://cdn.example/x.png", ARTICLE),
        (f"{ARTICLE}?{'x' * 5000}", "https://cdn.example/x.png", "https://blog.example/"),
        ("https://blog.example/ä", "https://cdn.example/x.png", "https://blog.example/%C3%A4"),
    ],
)
def test_article_in_full(article: str, image_url: str, expected: str) -> None:
    """The article's URL has no fragment or password, and only its origin goes to plain http."""
    assert RUNGS["article"](Sender(article=article), image_url) == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("cdn.example", "https://a.example/"),
        ("img.cdn.example", "https://b.example/"),
        ("x.img.cdn.example", "https://b.example/"),
        ("xcdn.example", None),
        ("example", None),
    ],
)
def test_table(host: str, expected: str | None) -> None:
    """A host of the table means its subdomains too; the longest that fits is taken."""
    table = (("cdn.example", "https://a.example/"), ("img.cdn.example", "https://b.example/"))

    assert RUNGS["table"](Sender(table=table), f"https://{host}/x.png") == expected


@pytest.mark.parametrize("liked", [None, "policy", "none", "article", "origin", "table", "new"])
def test_no_header_twice(liked: str | None) -> None:
    """However the ladder is climbed, a server is never sent the same again."""
    url = "https://cdn.example/x.png"
    ladder = Ladder(Sender(article=ARTICLE), Host(1, StopFlag()), liked=liked)
    headers = [ladder.referer(url)]
    while ladder.climb(Forbidden(url, "HTTP 403").fault):
        headers.append(ladder.referer(url))

    assert len(headers) == len(set(headers)) == 4


@pytest.mark.parametrize("host", ["LOCALHOST", "localhost.", "//localhost"])
def test_spellings_of_a_host(host: str, site: Site, workshop: Workshop) -> None:
    """An entry of the table is for its host, however that is written."""
    url = site.url("/forbidden.png").replace(LOOPBACK, "localhost")
    workshop.write("a.md", post(url, HTTP_ARTICLE))
    workshop.run(ARCHIVE_REFERERS=f"{host}=https://partner.example/page")
    failure = workshop.entry("a.md").failure

    assert failure is not None
    assert failure.tried_referers[-1] == "https://partner.example/page"


@pytest.mark.parametrize(
    "value",
    ["cdn.example", "=https://a.example/", "cdn.example=ftp://a/", "a/b=https://a.example/"],
)
def test_wrong_table(value: str, workshop: Workshop) -> None:
    """An entry of the table that cannot be meant is wrong usage."""
    with pytest.raises(UsageError, match="ARCHIVE_REFERERS"):
        workshop.run(ARCHIVE_REFERERS=value)

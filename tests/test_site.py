"""The site that the other tests rest on does what its routes are named for."""

from __future__ import annotations

import gzip
import http.client
import io
import itertools
import json
import socket
import ssl
import threading
import urllib.request
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.site import (
    FORMATS,
    ROUTES,
    UNREACHABLE,
    Answer,
    Exchange,
    Proxy,
    Site,
    certificates,
    picture,
)


@pytest.fixture(name="server")
def _server() -> Iterator[Site]:
    with Site() as server:
        yield server


def get(
    server: Site, path: str, headers: dict[str, str] | None = None, method: str = "GET"
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def status_of(server: Site, path: str, headers: dict[str, str] | None = None) -> int:
    return get(server, path, headers)[0]


def connect(server: Site, path: str) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return client


def test_every_behaviour_says_what_it_does() -> None:
    """Each route has a docstring."""
    assert all(route.__doc__ for route in ROUTES.values())


@pytest.mark.parametrize("suffix", sorted(FORMATS))
def test_pictures_are_whole_and_distinct(server: Site, suffix: str) -> None:
    """Every path has a picture of its own in the format of its ending, and declares it."""
    answers = [get(server, f"/photo/{n}{suffix}") for n in range(3)]

    for status, headers, body in answers:
        with Image.open(io.BytesIO(body)) as image:
            image.load()
            assert image.format == FORMATS[suffix].pillow
        assert (status, headers["Content-Type"]) == (200, FORMATS[suffix].media_type)
    assert len({body for _, _, body in answers}) == 3


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/gone", 410),
        ("/gone/7.webp", 410),
        ("/not-found.png", 404),
        ("/what-no-route-knows", 404),
        ("/forbidden", 403),
        ("/unauthorized", 401),
        ("/server-error", 500),
        ("/unavailable", 503),
        ("/status/418/x.png", 418),
        ("/no-content", 204),
        ("/rate-limited", 429),
        ("/redirect", 302),
        ("/redirect/308", 308),
        ("/redirect-to-nowhere", 302),
    ],
)
def test_statuses(server: Site, path: str, status: int) -> None:
    """A behaviour that is a status answers with it, whatever follows its name."""
    assert status_of(server, path) == status


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/redirect", "/ok.png"),
        ("/redirect-loop", "/redirect-loop"),
        ("/redirect-chain/2", "/redirect-chain/1"),
        ("/redirect-chain/1", "/ok.png"),
        ("/redirect-to?https%3A//example.org/a%3Fb", "https://example.org/a?b"),
        ("/redirect-to-private", "http://169.254.169.254/ok.png"),
        ("/redirect-to-private/10.0.0.1/x.png", "http://10.0.0.1/x.png"),
        ("/redirect-to-disallowed", "/disallowed/ok.png"),
        ("/redirect-to-stand-in/7.png", "/ok/errors/image_not_found.png"),
        ("/redirect-strangers.png", "/ok/hotlink.png"),
    ],
)
def test_redirects(server: Site, path: str, location: str) -> None:
    """A redirect leads where its name says."""
    assert get(server, path)[1]["Location"] == location


@pytest.mark.parametrize(
    ("path", "statuses"),
    [
        ("/retry-after", [503, 200, 200]),
        ("/retry-after-date.jpg", [503, 200, 200]),
        ("/rate-limited-once.png", [429, 200, 200]),
        ("/flaky/1.png", [500, 0, 200]),
        ("/broken-off-once.png", [0, 200, 200]),
        ("/reset", [0, 0, 0]),
        ("/hang-up", [0, 0, 0]),
        ("/garbage", [0, 0, 0]),
        ("/truncated.jpg", [0, 0, 0]),
        ("/cut-chunked", [0, 0, 0]),
    ],
)
def test_troubles_in_turn(server: Site, path: str, statuses: list[int]) -> None:
    """A trouble comes as often as it is said to; 0 stands for an answer that is not complete."""

    def ask() -> int:
        try:
            return status_of(server, path)
        except (OSError, http.client.HTTPException):
            return 0

    assert [ask() for _ in statuses] == statuses


@pytest.mark.parametrize("path", ["/slow", "/stalled.png", "/drip", "/huge", "/announced-huge"])
def test_closing_waits_for_no_handler(path: str) -> None:
    """What never ends is ended by the site's end, seen by the client as a broken connection."""
    with Site() as server:
        client = connect(server, path)
        server.wait_for(lambda: server.hits(path) == 1)

    with client:
        drain(client)


def drain(client: socket.socket) -> None:
    try:
        while client.recv(65536):
            pass
    except ConnectionError:
        pass


def test_a_client_that_leaves_ends_its_request(server: Site) -> None:
    """A request that nobody waits for any more is no longer in progress."""
    connect(server, "/slow").close()
    server.wait_for(lambda: server.hits("/slow") == 1)

    server.wait_for(lambda: server._in_progress == 0)  # noqa: SLF001 - what the peak counts


def test_lies_about_the_type(server: Site) -> None:
    """A page may be called a picture, and a picture a page."""
    page, image = get(server, "/html-as-png"), get(server, "/wrong-type")

    assert (page[1]["Content-Type"], page[2][:9]) == ("image/png", b"<!DOCTYPE")
    assert (image[1]["Content-Type"], image[2][:4]) == ("text/html", b"\x89PNG")
    assert get(server, "/no-type")[1]["Content-Type"] is None


@pytest.mark.parametrize("path", ["/chunked.jpg", "/no-length.jpg", "/ok.jpg?size=large"])
def test_framings(server: Site, path: str) -> None:
    """The same picture arrives whole, however its end is told."""
    assert get(server, path)[2] == picture(urlsplit(path).path)


def test_gzipped(server: Site) -> None:
    """The encoded body holds the picture."""
    _, headers, body = get(server, "/gzipped.png")

    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == picture("/gzipped.png")


def test_bomb(server: Site) -> None:
    """A small body unfolds to a gigabyte that begins like a PNG."""
    body = get(server, "/bomb")[2]
    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)

    assert len(body) < 2_000_000
    assert inflater.decompress(body, 8) == b"\x89PNG\r\n\x1a\n"
    sizes = iter(lambda: len(inflater.decompress(inflater.unconsumed_tail, 1 << 24)), 0)
    assert sum(itertools.islice(sizes, 4)) == 4 << 24


@pytest.mark.parametrize("path", ["/half.png", "/broken.png"])
def test_damaged_pictures(server: Site, path: str) -> None:
    """The transfer is whole, the picture is not."""
    _, headers, body = get(server, path)

    assert int(headers["Content-Length"]) == len(body)
    with Image.open(io.BytesIO(body)) as image, pytest.raises((OSError, SyntaxError)):
        image.load()


@pytest.mark.parametrize(
    ("path", "without", "foreign", "own"),
    [
        ("/needs-referer", 403, 200, 200),
        ("/needs-own-referer", 403, 403, 200),
        ("/no-referer-allowed", 200, 403, 403),
        ("/login-without-referer", 401, 200, 200),
        ("/needs-this-referer?https%3A//blog.example/", 403, 200, 403),
        ("/gone-with-referer", 403, 410, 410),
    ],
)
def test_referers(server: Site, path: str, without: int, foreign: int, own: int) -> None:
    """A host that looks at the Referer lets in whom its name says."""
    assert status_of(server, path) == without
    assert status_of(server, path, {"Referer": "https://blog.example/"}) == foreign
    assert status_of(server, path, {"Referer": server.url()}) == own


def test_words_for_strangers(server: Site) -> None:
    """Who sends no Referer is shown a page; other routes answer with a line, JSON or a wish."""
    page, image = (
        get(server, "/page-without-referer.png", headers) for headers in ({}, {"Referer": "x"})
    )

    assert (page[0], page[1]["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert (image[0], image[1]["Content-Type"]) == (200, "image/png")
    assert json.loads(get(server, "/json-as-png")[2])
    assert get(server, "/text")[2].isascii()
    assert get(server, "/picture-not-found")[::2] == (404, picture("/picture-not-found"))
    assert get(server, "/not-for-robots")[1]["X-Robots-Tag"] == "noarchive, noimageindex"


def test_archive_of_the_web(server: Site) -> None:
    """The TimeGate leads to the nearest memento, which says its date and its neighbours."""
    url = "http://dead.example/a.png?b"
    for year in (2019, 2020, 2021):
        server.capture(url, f"{year}-01-01T00:00:00Z")
    wanted = {"Accept-Datetime": "Thu, 02 Jan 2020 03:04:05 GMT"}
    status, headers, _ = get(server, f"/timegate/{url}", wanted)
    _, raw, body = get(server, f"/web/20200101000000id_/{url}")

    assert (status, headers["Vary"]) == (302, "accept-datetime")
    assert headers["Location"] == f"/web/20200101000000/{url}"
    assert raw["Memento-Datetime"] == "Wed, 01 Jan 2020 00:00:00 GMT"
    assert f'</web/20190101000000/{url}>; rel="prev memento"' in raw["Link"]
    assert f'</web/20210101000000/{url}>; rel="next memento"' in raw["Link"]
    assert f'<{url}>; rel="original"' in raw["Link"]
    assert body == picture(f"{url}2020-01-01T00:00:00Z")
    assert get(server, f"/web/20200101000000/{url}")[1]["Content-Type"] == "text/html"
    assert get(server, f"/direct-timegate/{url}", wanted)[2] == body
    assert get(server, f"/timegate/{url}")[1]["Location"] == f"/web/20210101000000/{url}"
    assert status_of(server, f"/timegate/{url}", {"Accept-Datetime": "soon"}) == 400
    assert status_of(server, "/timegate/http://dead.example/b.png") == 404
    assert status_of(server, f"/web/20200101000001id_/{url}") == 404


def test_cookies(server: Site) -> None:
    """A cookie is set; whoever brings it back is refused."""
    assert get(server, "/cookies")[1]["Set-Cookie"] == "visitor=1; Path=/"
    assert status_of(server, "/cookies", {"Cookie": "visitor=1"}) == 403


def test_robots(server: Site) -> None:
    """robots.txt is a text, a status or nothing."""
    assert b"Disallow: /disallowed/" in get(server, "/robots.txt")[2]

    server.robots = 503
    assert status_of(server, "/robots.txt") == 503

    server.robots = UNREACHABLE
    with pytest.raises(ConnectionError):
        get(server, "/robots.txt")


def test_validators(server: Site) -> None:
    """A picture that is still the same costs no body."""
    etag = get(server, "/ok.png")[1]["ETag"]

    assert get(server, "/ok.png", {"If-None-Match": etag})[::2] == (304, b"")
    assert status_of(server, "/ok.png", {"If-None-Match": '"other"'}) == 200


def test_head(server: Site) -> None:
    """HEAD answers with the head of GET."""
    _, headers, body = get(server, "/ok.png", method="HEAD")

    assert (int(headers["Content-Length"]), body) == (len(picture("/ok.png")), b"")


def test_added_content(server: Site) -> None:
    """What a test adds goes before the table, and can be replaced."""
    server.serve("/ok.png", "<p>", media_type="text/html", status=203, headers={"X-Y": "z"})
    status, headers, body = get(server, "/ok.png")

    assert (status, headers["Content-Type"], headers["X-Y"], body) == (
        203,
        "text/html",
        "z",
        b"<p>",
    )
    server.serve("/ok.png")
    assert get(server, "/ok.png")[2] == picture("/ok.png")


def test_added_route(server: Site) -> None:
    """A route can be added for one query of a path."""
    url = server.on("/a?1", lambda exchange: Answer(body=exchange.query.encode()))

    assert url == server.url("/a?1")
    assert get(server, "/a?1")[2] == b"1"
    assert status_of(server, "/a?2") == 404


def test_record(server: Site) -> None:
    """What was asked for stands in the record, in order."""
    get(server, "/ok.png?a", {"Referer": "x"})
    get(server, "/ok.png")

    assert [request.target for request in server.requests] == ["/ok.png?a", "/ok.png"]
    assert server.requests[0].headers["referer"] == "x"
    assert [request.connection for request in server.requests] == [1, 2]
    assert (server.hits("/ok.png"), server.hits("/ok.png?a"), server.hits("/ok.jpg")) == (2, 1, 0)
    assert json.loads(get(server, "/echo-headers", {"Accept": "y"})[2])["Accept"] == "y"


def test_connections_are_kept(server: Site) -> None:
    """One connection serves many requests."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    for n in range(20):
        connection.request("GET", f"/ok/{n}.png")
        connection.getresponse().read()
    connection.close()

    assert server.connections == 1
    assert server.peak == 1


def test_peak(server: Site) -> None:
    """The peak is the largest number of requests at once."""
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(status_of, server, f"/held/{n}.png") for n in range(4)]
        server.wait_for(lambda: server.peak == 4)
        server.release()

        assert [answer.result() for answer in answers] == [200] * 4
    assert status_of(server, "/ok.png") == 200
    assert server.peak == 4


def test_waiting_in_vain(server: Site) -> None:
    """A condition that never holds raises."""
    with pytest.raises(TimeoutError):
        server.wait_for(lambda: False, timeout=0)


def test_a_route_that_raises() -> None:
    """A mistake in a route comes to light when the site closes."""

    def mistaken(_exchange: Exchange) -> Answer:
        raise LookupError

    def ask() -> None:
        with Site() as server:
            server.on("/mistaken", mistaken)
            with pytest.raises(http.client.HTTPException):
                get(server, "/mistaken")

    with pytest.raises(LookupError):
        ask()


def test_nothing_is_left_behind() -> None:
    """A closed site has no thread left and refuses connections."""
    with Site() as server:
        get(server, "/ok.png")

    assert not [thread for thread in threading.enumerate() if "_serve" in thread.name]
    with pytest.raises(ConnectionError):
        get(server, "/ok.png")


def test_proxy_plays_any_host(tmp_path: Path) -> None:
    """Through the proxy, any host is the TLS site or the plain one, by the scheme."""
    issued = certificates(tmp_path, "static.example.org")
    trust = ssl.create_default_context(cafile=issued.authority)
    with (
        Site(tls=issued.context) as secure,
        Site() as plain,
        Proxy(https=secure, http=plain) as proxy,
    ):
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({"http": proxy.url, "https": proxy.url}),
            urllib.request.HTTPSHandler(context=trust),
        )
        for url in ("https://static.example.org/ok/1.png", "http://other.example:81/ok/2.png?x"):
            with opener.open(url) as response:
                assert response.read() == picture(urlsplit(url).path)

    assert proxy.hosts == ["static.example.org:443", "other.example:81"]
    assert [request.headers["Host"] for request in secure.requests] == ["static.example.org"]
    assert [request.target for request in plain.requests] == ["/ok/2.png?x"]
    assert [request.headers["Host"] for request in plain.requests] == ["other.example:81"]


def test_proxy_without_a_site() -> None:
    """A host for which there is no site is a bad gateway."""
    with Proxy() as proxy:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": proxy.url}))

        with pytest.raises(urllib.request.HTTPError, match="502") as caught:
            opener.open("http://static.example.org/ok.png")
        caught.value.close()


def test_distrusted_certificate(tmp_path: Path) -> None:
    """A client that does not know the authority ends the handshake, and the site lives on."""
    issued = certificates(tmp_path, "127.0.0.1")
    contexts = (ssl.create_default_context(), ssl.create_default_context(cafile=issued.authority))
    with Site(tls=issued.context) as server:
        distrustful, trusting = (
            http.client.HTTPSConnection("127.0.0.1", server.port, context=context)
            for context in contexts
        )
        with pytest.raises(ssl.SSLCertVerificationError):
            distrustful.request("GET", "/ok.png")
        trusting.request("GET", "/ok.png")
        assert trusting.getresponse().read() == picture("/ok.png")
        trusting.close()

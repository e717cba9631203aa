from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
import urllib.robotparser
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import crawler
from crawler.common.digests import digest
from crawler.demo import Site
from crawler.demo.pictures import DISALLOWED, MOON_SMALL, PICTURES
from crawler.errors import UsageError
from crawler.imaging import sniff

_DIGESTS = """
import json
from crawler.demo.pictures import PICTURES
from crawler.common.digests import digest

assert ".zip" in __import__("crawler").__file__
print(json.dumps([digest(picture.read()) for picture in PICTURES.values()]))
"""

Answer = tuple[int, http.client.HTTPMessage, bytes]


@pytest.fixture(name="server")
def _server() -> Iterator[Site]:
    with Site(0) as server:
        yield server


def get(server: Site, path: str, method: str = "GET", **headers: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def test_pictures_are_served(server: Site) -> None:
    """Every picture comes whole, declared as what it is, with validators, and like no other."""
    answers = {path: get(server, path) for path in PICTURES}

    for path, (status, headers, body) in answers.items():
        assert status == 200
        assert headers["Content-Type"] == sniff(body) == PICTURES[path].media_type
        assert int(headers["Content-Length"]) == len(body)
        assert headers["Last-Modified"]
    assert len({headers["ETag"] for _, headers, _ in answers.values()}) == len(PICTURES)


def test_pictures_in_a_zipped_package(tmp_path: Path) -> None:
    """Where the package is imported from a zip, its pictures come out of the zip."""
    root = Path(crawler.__file__).parent
    with zipfile.ZipFile(tmp_path / "package.zip", "w") as package:
        for path in root.rglob("*"):
            package.write(path, path.relative_to(root.parent))
    digests = subprocess.run(
        [sys.executable, "-c", _DIGESTS],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "package.zip")},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert json.loads(digests.stdout) == [digest(each.read()) for each in PICTURES.values()]


def test_an_unchanged_picture_costs_no_body(server: Site) -> None:
    """A conditional request is answered with 304."""
    etag = get(server, MOON_SMALL.path)[1]["ETag"]

    status, headers, body = get(server, MOON_SMALL.path, **{"If-None-Match": etag})
    assert (status, headers["ETag"], body) == (304, etag, b"")


def test_head(server: Site) -> None:
    """HEAD answers with the head of GET."""
    _, headers, body = get(server, MOON_SMALL.path, "HEAD")

    assert (int(headers["Content-Length"]), body) == (len(MOON_SMALL.read()), b"")


def test_what_goes_wrong(server: Site) -> None:
    """One picture is dead, one is a page, and one is disallowed, though it is there."""
    robots = urllib.robotparser.RobotFileParser()
    robots.parse(get(server, "/robots.txt")[2].decode().splitlines())
    status, headers, body = get(server, "/sky/aurora.png")

    assert get(server, "/sky/eclipse.png")[0] == 404
    assert (status, headers["Content-Type"], sniff(body)) == (200, "image/png", None)
    assert [path for path in PICTURES if not robots.can_fetch("image-archiver", path)] == [
        DISALLOWED.path
    ]


def test_requests_are_counted(server: Site) -> None:
    """The site says how often each path was asked for, and how many were images."""
    for path in ("/robots.txt", MOON_SMALL.path, f"{MOON_SMALL.path}?again", "/sky/eclipse.png"):
        get(server, path)

    assert server.requests == {"/robots.txt": 1, MOON_SMALL.path: 2, "/sky/eclipse.png": 1}
    assert server.images_asked_for == 3


def test_many_at_once(server: Site) -> None:
    """Many clients are served at the same time."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: get(server, MOON_SMALL.path), range(24)))

    assert {body for _, _, body in answers} == {MOON_SMALL.read()}


def test_connections_that_are_kept_alive_do_not_hold_up_the_end() -> None:
    """Leaving the site breaks what is open, leaves no thread, and frees the port."""
    threads = threading.active_count()
    with Site(0) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", "/robots.txt")
        connection.getresponse().read()

    connection.close()
    assert threading.active_count() == threads
    with Site(server.port):
        pass


def test_a_taken_port(server: Site) -> None:
    """A port that is taken is wrong usage; the message names the option that helps."""
    message = rf"^cannot serve port {server.port} of 127\.0\.0\.1 \([^)]+\); [^\n]+ --port$"
    with pytest.raises(UsageError, match=message), Site(server.port):
        pass


def test_no_port() -> None:
    """A number that is no port is wrong usage."""
    with pytest.raises(UsageError, match="--port"), Site(99999):
        pass


def test_silence(server: Site, capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing is printed, not even about what is not there."""
    get(server, "/nothing")

    assert capfd.readouterr() == ("", "")

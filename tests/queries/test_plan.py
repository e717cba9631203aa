"""The verb plan, where its sources are not folders."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tests.conftest import Workshop
from tests.site import Site

_HERE = "--allow-private-addresses"


def _plan(workshop: Workshop, *arguments: str) -> tuple[int, Sequence[dict[str, object]]]:
    done = workshop.command("plan", *arguments, "--json")
    return done.returncode, json.loads(done.stdout)["posts"]


def test_page(site: Site, workshop: Workshop) -> None:
    """A page is fetched and its images listed; none of them is asked for, nothing is written."""
    url = site.serve(
        "/home", '<title>T</title><article><img src="/ok.png"></article>', media_type="text/html"
    )
    code, posts = _plan(workshop, url, _HERE)

    assert code == 0
    assert posts == [
        {
            "id": f"127.0.0.1%3A{site.port}/home.html",
            "source": url,
            "title": "T",
            "date": None,
            "problems": [],
            "references": [
                {
                    "url": site.url("/ok.png"),
                    "origin": "img-src",
                    "location": "line 1",
                    "destination": "/ok.png",
                }
            ],
        }
    ]
    assert [request.path for request in site.requests] == ["/robots.txt", "/home"]
    assert not workshop.archive.exists()


def test_missing_page(site: Site, workshop: Workshop) -> None:
    """A page that cannot be read is in the plan, with the reason, and the exit code says so."""
    code, posts = _plan(workshop, site.url("/gone"), _HERE)

    assert code == 1
    assert [post["source"] for post in posts] == [site.url("/gone")]
    assert "gone" in str(posts[0]["problems"])


def test_no_private_page(site: Site, workshop: Workshop) -> None:
    """No private address is asked for a plan either."""
    code, _ = _plan(workshop, site.url("/home"))

    assert code == 1
    assert site.requests == []


def test_in_words(site: Site, workshop: Workshop) -> None:
    """In words, the plan names what could not be read beside what was found."""
    workshop.write("a.md", "![a](https://example.org/a.png)")
    done = workshop.command("plan", "blog", site.url("/gone"), _HERE)

    assert "a.md: 1 image in 1 place" in done.stdout
    assert f"not read: {site.url('/gone')}" in done.stdout
    assert "1 post with 1 image in 1 place." in done.stdout


def test_skipped_in_words(workshop: Workshop) -> None:
    """In words, the plan says which images would not be fetched, and why."""
    workshop.write(
        "a.html", '<img srcset="https://e.example/1.png 1x, https://e.example/2.png 2x">'
    )
    done = workshop.command("plan", "blog")

    assert "https://e.example/1.png  not-chosen, skipped" in done.stdout
    assert "1 post with 2 images in 2 places, 1 of them skipped." in done.stdout

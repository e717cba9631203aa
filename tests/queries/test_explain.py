"""What a person is told of one image, of what waits, and of what to type next."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.common.advice import retry_command
from crawler.downloads.referers import RUNGS
from crawler.errors import BY_CODE
from crawler.queries.explain_command import LIKED
from crawler.store.archive import Archive
from tests.conftest import LOOPBACK, Workshop, image, snapshot
from tests.site import Site, png


def _explain(workshop: Workshop, *arguments: str) -> str:
    result = workshop.command("explain", *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_failed(site: Site, workshop: Workshop) -> None:
    """Each request with its headers, the verdict, what to do, and which posts name the image."""
    url = site.url("/server-error.png")
    workshop.write("2021/a.md", f"text\n\n{image(url)}")
    workshop.run()
    workshop.write("b.html", f'<img src="{url}">')
    workshop.run()
    words = _explain(workshop, url)
    found = json.loads(_explain(workshop, url, "--json"))

    assert found["state"] == "failed"
    assert found["failure"]["code"] == "server-error"
    assert found["failure"]["next_attempt"] is not None
    assert [attempt["status"] for attempt in found["attempts"]] == [500, 500, 500]
    headers = dict(found["attempts"][0]["request_headers"])
    assert headers["User-Agent"].startswith("image-archiver/")
    assert ["Content-Type", "text/html"] in found["attempts"][0]["response_headers"]
    assert {naming["post"]: naming["references"][0]["location"] for naming in found["posts"]} == {
        "2021/a.md": "line 3",
        "b.html": "line 1",
    }
    for part in (
        "failed: server-error (HTTP 500)",
        f"image-archiver retry --only server-error --host {LOOPBACK}",
        "in 1 run; again after 20",
        "3. HTTP 500, server-error",
        "> Accept ",
        "< Content-Type",
        "line 3 (markdown-image)",
        "posts/2021/a.md",
    ):
        assert part in words


def test_archived(site: Site, workshop: Workshop) -> None:
    """An archived image has its file, its digest and where it came from."""
    workshop.write("a.md", image(site.url("/redirect.png")))
    workshop.run()
    original = workshop.entry("a.md").original
    words = _explain(workshop, site.url("/redirect.png"))

    assert original is not None
    for part in (original.digest, "image/png, 480 x 320", "images/redirect.png", "HTTP 302"):
        assert part in words
    assert "what to do" not in words


def test_suspect(site: Site, workshop: Workshop) -> None:
    """A suspect picture comes with the option that clears it."""
    workshop.write("a.md", image(site.serve("/a.png", png(bytes(3), (1, 1)))))
    workshop.run()
    original = workshop.entry("a.md").original
    words = _explain(workshop, site.url("/a.png"))

    assert original is not None
    assert "suspect: placeholder (1 x 1 pixel)" in words
    assert f"--not-placeholder {original.digest[:23]}" in words


def test_disallowed(site: Site, workshop: Workshop) -> None:
    """An image that nobody asked for has no requests, and says why."""
    workshop.write("a.md", image(site.url("/disallowed/a.png")))
    workshop.run()
    found = json.loads(_explain(workshop, site.url("/disallowed/a.png"), "--json"))

    assert (found["attempts"], found["failure"]["code"]) == ([], "disallowed-by-robots")


@pytest.mark.parametrize("host", ["", LOOPBACK], ids=["whole", "without a scheme"])
def test_unknown(host: str, site: Site, workshop: Workshop) -> None:
    """A URL that the archive does not know is wrong usage; those that are like it are named."""
    workshop.write("a.md", image(site.url("/ok/photo.png")) + image(site.url("/gone.png")))
    workshop.run()
    url = site.url("/ok/foto.png")
    result = workshop.command("explain", url.removeprefix("http://") if host else url)

    assert (result.returncode, result.stdout) == (2, "")
    assert site.url("/ok/photo.png") in result.stderr


@pytest.mark.parametrize("url", ["https://elsewhere.example/x.png", "no URL", ""])
def test_unknown_host(url: str, site: Site, workshop: Workshop) -> None:
    """Where nothing is like it, that is said."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    result = workshop.command("explain", url)

    assert result.returncode == 2
    assert "nor anything like it" in result.stderr


def test_beside_a_run(site: Site, workshop: Workshop) -> None:
    """Who explains writes nothing, and needs not wait for the run that holds the archive."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    held = Archive(workshop.archive)
    before = snapshot(workshop.archive / "posts")
    try:
        words = _explain(workshop, site.url("/ok.png"))
    finally:
        held.close()

    assert "archived" in words
    assert snapshot(workshop.archive / "posts") == before


def test_status_of_what_waits(site: Site, workshop: Workshop) -> None:
    """Status counts what is suspect, what the next run asks for, and what waits until when."""
    pixel = site.serve("/a.png", png(bytes(3), (1, 1)))
    workshop.write("a.md", image(pixel) + image(site.url("/server-error.png")))
    workshop.write("b.md", image("https://nobody.invalid/x.png") + image(site.url("/gone.png")))
    workshop.run()
    failure = workshop.manifest("a.md").entries[1].failure
    status = json.loads(workshop.command("status", "--json").stdout)
    words = workshop.command("status").stdout
    workshop.let_pass(timedelta(hours=2))
    later = json.loads(workshop.command("status", "--json").stdout)

    assert failure is not None
    assert (status["suspect"], status["due"], status["waiting"]) == (1, 1, 1)
    assert status["next_attempt"] == failure.next_attempt
    assert "The next run asks for 1 image again." in words
    assert f"Later: 1 image, the first after {failure.next_attempt[:10]}" in words  # type: ignore[index]
    assert (later["due"], later["waiting"], later["next_attempt"]) == (2, 0, None)


def test_next_command(site: Site, workshop: Workshop) -> None:
    """The summary names for each code what to type, and when it is asked for again."""
    names = ("/forbidden.png", "/gone.png", "/server-error.png")
    workshop.write("a.md", "".join(image(site.url(name)) for name in names))
    words = workshop.command("archive", "blog", "--allow-private-addresses").stdout

    assert "image-archiver retry --only forbidden --referer HOST=URL" in words
    assert "image-archiver retry --only gone --fallback memento" in words
    assert words.count("will be asked for again after 20") == 1


def test_retry_command(site: Site, workshop: Workshop) -> None:
    """Retry needs no source, has archive's exit codes and document, and says when there is none."""
    url = site.serve("/a.png", "", status=410)
    workshop.write("a.md", image(url))
    arguments = ("--allow-private-addresses", "--only", "gone")
    workshop.run()
    in_vain = workshop.command("retry", *arguments, "--host", LOOPBACK, "--json")
    site.serve("/a.png")
    again = workshop.command("retry", *arguments, "--per-host", "1")
    nothing = workshop.command("retry", *arguments)
    wrong = workshop.command("retry", "--only", "404")

    assert (in_vain.returncode, json.loads(in_vain.stdout)["failures"]) == (1, {"gone": 1})
    assert (again.returncode, again.stdout.splitlines()[0]) == (
        0,
        "1 post with 1 image in 1 place: 1 archived.",
    )
    assert (nothing.returncode, nothing.stdout.startswith("No failed image")) == (0, True)
    assert (wrong.returncode, len(wrong.stderr.splitlines())) == (2, 1)
    assert "forbidden" in wrong.stderr


def test_cleared_on_the_command_line(site: Site, workshop: Workshop) -> None:
    """--not-placeholder repeats, and takes digests and how they begin."""
    for name, body in {"/a.png": png(bytes(3), (1, 1)), "/b.png": png(bytes(6), (2, 1))}.items():
        workshop.write(f"{name[1]}.md", image(site.serve(name, body)))
    workshop.run()
    originals = [workshop.entry(name).original for name in ("a.md", "b.md")]
    given = [o.digest for o in originals if o]
    cleared = ("--not-placeholder", given[0], "--not-placeholder", given[1][7:17].upper())
    result = workshop.command("archive", "blog", *cleared)

    assert result.returncode == 0, result.stderr
    assert [workshop.entry(name).state for name in ("a.md", "b.md")] == ["archived"] * 2


def test_cleared_by_retry(site: Site, workshop: Workshop) -> None:
    """The command that `explain` names clears the picture, without its source and its server."""
    url = site.serve("/a.png", png(bytes(3), (1, 1)))
    workshop.write("a.md", image(url))
    first = workshop.command("archive", "blog", "--allow-private-addresses")
    (line,) = (s for s in _explain(workshop, url).splitlines() if "--not-placeholder" in s)
    hits = site.hits("/a.png")
    result = workshop.command(*line.partition("image-archiver ")[2].split())

    assert "image-archiver retry --only placeholder --not-placeholder DIGEST" in first.stdout
    assert result.returncode == 0, result.stderr
    assert "The picture is taken for the true one." in result.stdout
    assert workshop.entry("a.md").state == "archived"
    assert site.hits("/a.png") == hits


@pytest.mark.parametrize("code", BY_CODE)
def test_every_code_has_its_advice(code: str) -> None:
    """What is typed next is a command with that code, or there is nothing to try again."""
    command = retry_command(code, Path("archive"))

    assert command is None or command.startswith(f"image-archiver retry --only {code}")


def test_scrapy_retry(site: Site, workshop: Workshop) -> None:
    """Arguments of ``scrapy crawl retry`` are lists with commas."""
    for name in ("/gone.png", "/not-found.png", "/html.png"):
        workshop.write(f"{name[1]}.md", image(site.url(name)))
    workshop.write("other.md", image("http://other.invalid/gone.png"))
    workshop.run()
    run = workshop.retry("gone,not-found", hosts=(f"other.invalid,{LOOPBACK}",))

    assert run.stats.posts == 2


def test_narrow_terminal(site: Site, workshop: Workshop) -> None:
    """A command is never folded, however narrow the terminal is: who copies it wants it whole."""
    workshop.write("a.md", image(site.url("/gone.png")))
    workshop.run()
    narrow = {"FORCE_COLOR": "1", "COLUMNS": "40"}
    words = workshop.command("explain", site.url("/gone.png"), environment=narrow).stdout

    command = retry_command("gone", Path("archive"), LOOPBACK)
    assert command is not None
    assert f"{command}\n" in words


def test_every_rung_has_its_words() -> None:
    """What came through at a host is told in words, whichever rung of the ladder it was."""
    assert LIKED.keys() == RUNGS.keys()


def test_local_file(workshop: Workshop) -> None:
    """Of a file beside a post nothing was asked of anybody: explain says where to look."""
    workshop.write("a.md", image("there.png"))
    workshop.run()
    result = workshop.command("explain", "there.png")

    assert result.returncode == 2
    assert "an image beside its article is shown by image-archiver status POST" in result.stderr


def test_lines_end_where_their_words_do(site: Site, workshop: Workshop) -> None:
    """What is piped has no blanks at the ends of its lines."""
    workshop.write("a.md", image(site.url("/gone.png")))
    workshop.run()
    lines = workshop.command("explain", site.url("/gone.png")).stdout.splitlines()

    assert len(lines) > 5
    assert [line for line in lines if line != line.rstrip()] == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--timegate", "https://archive.example/"), "add that"),
        (
            ("--fallback", "memento", "--timegate", "http://127.0.0.1:9/"),
            "add --allow-private-addresses",
        ),
    ],
)
def test_wrong_timegate(options: tuple[str, ...], words: str, workshop: Workshop) -> None:
    """A TimeGate that would not be asked is wrong usage, and nothing is begun."""
    result = workshop.command("archive", "blog", *options)

    assert result.returncode == 2
    assert words in result.stderr

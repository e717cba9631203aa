"""How a run goes on, as a person sees it: on a terminal of any width, and in a file."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import struct
import subprocess
import termios
from dataclasses import replace
from fcntl import ioctl
from pathlib import Path

import pyte
import pytest
from rich.cells import cell_len
from rich.console import Console

from crawler.archiving.config import Options
from crawler.archiving.run import Run
from crawler.archiving.stats import HostProgress
from crawler.cli.progress import in_words, picture
from crawler.cli.progress_view import Counts, HostView, View, Watch
from crawler.common.formatting import in_bytes
from crawler.common.stop_signal import StopFlag
from crawler.downloads import Answer, Waiting
from crawler.downloads.client import Client
from crawler.downloads.host_limits import Host, Hosts
from crawler.downloads.retry_policy import Policy
from crawler.downloads.robots import Robots
from crawler.errors import RateLimited, ServerError
from crawler.runner.process import project_settings
from tests.conftest import Workshop, image
from tests.downloads.canned import Canned
from tests.site import Site

_PAUSED = Waiting(host="cdn.example", reason="HTTP 429", seconds=41.0)
_CLOSED = Waiting(host="dead.example", reason="HTTP 503", closed=True)


def _host(name: str, done: int, wanted: int, waiting: Waiting | None = None) -> HostView:
    return HostView(name=name, wanted=wanted, done=done, rate=2.0, waiting=waiting)


VIEW = View(
    posts=412,
    expected=2000,
    archived=1204,
    missing=12,
    received=61_300_000,
    seconds=132.0,
    rates=Counts(images=8.2, received=2_100_000, posts=4.0),
    hosts=(
        _host("static.a-host-with-quite-a-long-name-that-nobody-would-type.example.org", 100, 400),
        _host("cdn.example", 12, 80, _PAUSED),
        _host("dead.example", 6, 40, _CLOSED),
    ),
    others=(_host("small.example", 1, 3),),
    waiting=(_PAUSED, _CLOSED),
    stopping=False,
)


def _drawn(view: View, width: int) -> list[str]:
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=True, color_system=None)
    console.print(picture(view, console))
    return file.getvalue().splitlines()


@pytest.mark.parametrize("width", [20, 50, 80, 120, 200])
def test_width(width: int) -> None:
    """Whatever the width, a host is one line, and no line is longer than the terminal."""
    lines = _drawn(VIEW, width)

    assert max(map(cell_len, lines)) <= width
    assert len(lines) == len(_drawn(VIEW, 200))


def test_what_is_drawn() -> None:
    """Each host with its counts, why it waits, what has no row; the totals and the time left."""
    text = "\n".join(_drawn(VIEW, 80))

    for words in (
        "100/400  2.0 images/s", "12/80  waits 41 s: HTTP 429", "6/40  left alone: HTTP 503",
        "… and 2 images at 1 other host", "412/2,000", "412 posts, 1,204 archived, 12 not",
        "404 on their way", "8.2 images/s, 2.1 MB/s, 61.3 MB, 2 min 12 s, about 7 min left",
        "left alone for this run: dead.example (HTTP 503)",
    ):  # fmt: skip
        assert words in text, text


def test_time_left() -> None:
    """The time left is that of the slowest host with its pause, or of the posts to come."""
    slow = _host("slow.example", 0, 4000, replace(_PAUSED, seconds=100.0))

    assert VIEW.remaining == (2000 - 412) / 4
    assert replace(VIEW, others=(slow,)).remaining == 100 + 4000 / 2
    assert replace(VIEW, seconds=1.0).remaining is None
    assert replace(VIEW, expected=None, hosts=(), others=()).remaining is None


def test_words() -> None:
    """Without a terminal the same is one line."""
    assert in_words(VIEW) == (
        "412 of about 2,000 posts, 1,204 archived, 12 not, 404 on their way;"
        " 8.2 images/s, 2.1 MB/s; about 7 min left; cdn.example waits 41 s: HTTP 429;"
        " dead.example left alone: HTTP 503"
    )


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run that nobody has begun."""
    return Run(Options.from_settings(project_settings({"ARCHIVE": str(tmp_path / "archive")})))


def test_many_hosts(run: Run) -> None:
    """Of many hosts those with most left have rows; all images on their way are counted."""
    run.stats.hosts.update(
        {f"{n}.example": HostProgress(wanted=n, done=min(n, 1)) for n in range(1000)}
    )
    view = Watch(run).look(8)
    run.close(None)

    assert [host.wanted for host in view.hosts] == [999, 998, 997, 996, 995, 994, 993, 992]
    assert view.left == sum(range(999))


def test_rows_stay(run: Run) -> None:
    """A row that is read does not jump away at once because another host has more left."""
    watch = Watch(run)
    run.stats.hosts["a.example"] = HostProgress(wanted=3)
    first = watch.look(1)
    run.stats.hosts["b.example"] = HostProgress(wanted=9)
    run.stats.hosts["a.example"].done = 3
    second = watch.look(1)
    run.close(None)

    assert [host.name for host in first.hosts + second.hosts] == ["a.example", "a.example"]
    assert second.left == 9


def test_waiting_hosts() -> None:
    """A host that pauses says how long still and why; one that is left alone, why."""
    hosts = Hosts(4, StopFlag())
    for name in ("fine", "paused", "closed"):
        hosts.of(f"https://{name}.example/x.png")
    url = "https://paused.example/x.png"
    hosts.of(url).pause(100, RateLimited(url, "HTTP 429").fault)
    dead: Host = hosts.of("https://closed.example/x.png")
    for _ in range(6):
        dead.failed(ServerError("https://closed.example/x.png", "HTTP 503").fault)
    paused, closed = hosts.waiting()

    assert (paused.host, paused.reason, paused.closed) == ("paused.example", "HTTP 429", False)
    assert paused.seconds is not None
    assert 0 < paused.seconds <= 100
    assert closed == Waiting(host="closed.example", reason="HTTP 503", closed=True)


def _on_terminal(
    workshop: Workshop, *arguments: object, columns: int = 80
) -> tuple[pyte.Screen, bytes, subprocess.Popen[bytes]]:
    """Run a command with its standard error and output on a terminal, and return the screen."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "COLUMNS"}}
    process = subprocess.Popen(
        workshop.command_line(*arguments),
        cwd=workshop.folder,
        env={**environment, "TERM": "xterm-256color"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    screen = pyte.Screen(columns, 24)
    stream, seen = pyte.ByteStream(screen), b""
    try:
        while data := os.read(ours, 4096):
            seen += data
            stream.feed(data)
    except OSError:
        pass  # how Linux says that nobody is at the other end any more
    os.close(ours)
    process.wait(timeout=60)
    return screen, seen, process


def test_terminal(site: Site, workshop: Workshop) -> None:
    """On a terminal bars are drawn while the run goes on; at its end the summary stands alone."""
    workshop.write("a.md", "".join(image(site.url(f"/ok/{n}.png")) for n in range(4)))
    screen, seen, process = _on_terminal(
        workshop, "archive", "blog", "--allow-private-addresses", columns=80
    )
    text = "\n".join(line.rstrip() for line in screen.display).strip()

    assert process.returncode == 0, text
    assert b"on their way" in seen
    assert "on their way" not in text
    assert text.startswith("1 post with 4 images in 4 places: 4 archived.")


def test_dumb_terminal(site: Site, workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bars and colours are for terminals that can draw them; FORCE_COLOR forces colours only."""
    workshop.write("a.md", image(site.url("/ok.png")) + image(site.url("/gone.png")))
    monkeypatch.delenv("NO_COLOR")
    arguments = ("archive", "blog", "--allow-private-addresses")
    plain = workshop.command(*arguments)
    verbose = workshop.command(*arguments, "-v", "--archive", "another")
    coloured = workshop.command(*arguments, environment={"FORCE_COLOR": "1", "TERM": "xterm"})
    refused = workshop.command(*arguments, environment={"NO_COLOR": "1", "FORCE_COLOR": "1"})

    assert "\x1b" not in plain.stdout + plain.stderr
    assert ("a.md:" in plain.stderr, "a.md:" in verbose.stderr) == (False, True)
    assert "\x1b[31mgone" in coloured.stdout
    assert "on their way" not in coloured.stderr
    assert "\x1b[31m" not in refused.stdout


def test_summary(site: Site, workshop: Workshop) -> None:
    """The summary tells what is new, what was as before, and what need not be kept twice."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.write("b.md", image(site.url("/ok.png")))
    arguments = ("archive", "blog", "--allow-private-addresses")
    first = workshop.command(*arguments).stdout
    again = workshop.command(*arguments).stdout
    size = (workshop.bundle("a.md") / "images" / "ok.png").stat()

    assert size.st_nlink == 2
    assert "2 posts with 2 images in 2 places: 2 archived.\nNothing is missing.\n" in first
    assert f"2 new images ({in_bytes(2 * size.st_size)}), 0 posts as before, " in first
    assert " saved: what is the same is kept once.\n" in first
    assert "No new image, 2 posts as before.\n" in again


def test_long_list(site: Site, workshop: Workshop) -> None:
    """A long list is cut, with the count of the others and the command that shows all."""
    workshop.write("a.md", "".join(image(site.url(f"/gone/{n}.png")) for n in range(13)))
    shown = workshop.command("archive", "blog", "--allow-private-addresses").stdout

    assert shown.count("a.md: HTTP 410") == 10
    assert "  … and 3 more: image-archiver status --failed --only gone\n" in shown
    assert "  to try again: image-archiver retry --only gone --fallback memento\n" in shown


def test_robots_come_first() -> None:
    """While its robots.txt is on the way, a host says so; once it is there, nothing waits."""

    async def look() -> tuple[tuple[Waiting, ...], tuple[Waiting, ...]]:
        arrives = asyncio.Event()

        answer = Answer(url="", status=404, headers=(), body=b"")
        robots = Robots(Client(Canned(answer, arrives), Policy(), StopFlag()))
        checking = asyncio.ensure_future(robots.check("https://a.example/x.png"))
        await asyncio.sleep(0)
        before = robots.waiting()
        arrives.set()
        await checking
        return before, robots.waiting()

    assert asyncio.run(look()) == (
        (Waiting(host="a.example", reason="robots.txt comes first"),),
        (),
    )

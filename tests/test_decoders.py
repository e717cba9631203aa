"""Decoders that cannot start end what needs them: nothing is asked for, and nothing has failed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.conftest import Workshop, image, snapshot
from tests.site import Site, picture

_OPTIONS = ("--allow-private-addresses", "-s", "ARCHIVE_BACKOFF=0.001")
_SAID = "no process that decodes images can be started: "

_DAEMONIC = """
import multiprocessing, sys
from crawler.cli import run_command_line

process = multiprocessing.get_context("fork").Process(
    target=lambda: sys.exit(run_command_line(sys.argv[1:])), daemon=True
)
process.start()
process.join()
sys.exit(process.exitcode)
"""
_NO_INTERPRETER = """
import sys

sys.executable = "/nowhere/python"
from crawler.cli import run_command_line

sys.exit(run_command_line(sys.argv[1:]))
"""
_DYING = """
import os, sys

if any("multiprocessing" in word for word in sys.orig_argv):
    os._exit(1)
"""
_NO_PILLOW = 'raise ImportError("libjpeg.so.62: cannot open shared object file")'


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where no decoder can start."""

    words: str
    """What is said of it."""
    program: tuple[str, ...] = (sys.executable, "-m", "crawler")
    modules: dict[str, str] = field(default_factory=dict)
    """Python that every process finds before its own."""


_LIMITED = ("--bounding-set", "-sys_resource,-sys_admin", "prlimit", "--nproc=%d")
PLACES = {
    "daemonic": Place(
        words="a daemonic process of multiprocessing may start no others",
        program=(sys.executable, "-c", _DAEMONIC),
    ),
    "no interpreter": Place(
        words="the process that they are forked from ended",
        program=(sys.executable, "-c", _NO_INTERPRETER),
    ),
    "dying": Place(
        words="the process that they are forked from ended", modules={"sitecustomize": _DYING}
    ),
    "no library": Place(words="libjpeg.so.62", modules={"PIL/__init__": _NO_PILLOW}),
    # A user of its own has no other processes, and root is bound by no limit.
    **{
        f"{count} processes": Place(
            words="allow more processes",
            program=(
                *("setpriv", "--ruid", str(54_000 + count), *_LIMITED[:-1], f"--nproc={count}"),
                *(sys.executable, "-m", "crawler"),
            ),
        )
        for count in (1, 3)
    },
}


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    """An empty workshop where others may look: pytest's own folder is closed to them."""
    with TemporaryDirectory() as folder:
        made = Workshop(Path(folder))
        made.folder.chmod(0o755)
        made.blog.mkdir()
        yield made


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest) -> Place:
    """A place where no decoder can start."""
    if "processes" in request.param and os.geteuid() != 0:
        pytest.skip("only root may become somebody else")
    return PLACES[request.param]


def _run(workshop: Workshop, place: Place, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command line there; it ends with exit code 3 and says why, once on each stream."""
    modules = workshop.folder / "modules"
    for name, text in place.modules.items():
        path = modules / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    process = subprocess.run(
        [*place.program, *words],
        cwd=workshop.folder,
        env={**os.environ, "PYTHONPATH": str(modules)},
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )

    assert process.returncode == 3, process.stderr
    assert "Traceback" not in process.stdout + process.stderr
    for stream in (process.stdout, process.stderr):
        assert stream.count(_SAID) <= 1
    assert place.words in (process.stdout + process.stderr).partition(_SAID)[2]
    return process


def _write(workshop: Workshop, site: Site) -> None:
    for post in range(4):
        urls = [site.url(f"/ok/{post}-{number}.png") for number in range(10)]
        workshop.write(f"{post}.md", "".join(map(image, urls)))


def _asked(site: Site) -> int:
    return sum(request.path != "/robots.txt" for request in site.requests)


def test_archive(place: Place, site: Site, workshop: Workshop) -> None:
    """A run ends before it asks for an image; all of them stay untried, for the next."""
    _write(workshop, site)
    process = _run(workshop, place, "archive", "blog", *_OPTIONS)
    asked = _asked(site)

    assert "Stopped: " + _SAID in process.stdout
    assert asked == 0
    assert not (workshop.archive / "posts").exists()
    assert '"failures": {}' in workshop.command("status", "--json").stdout
    assert workshop.run().stats.states["archived"] == 40
    assert _asked(site) == 40


def test_retry(place: Place, site: Site, workshop: Workshop) -> None:
    """What failed has failed as it had before, and is tried again when that is possible."""
    url = site.serve("/a.png", "", status=410)
    workshop.write("a.md", image(url))
    workshop.run()
    site.serve("/a.png", picture("/a.png"))
    before = snapshot(workshop.archive / "posts")
    asked = _asked(site)
    _run(workshop, place, "retry", *_OPTIONS)

    assert snapshot(workshop.archive / "posts") == before
    assert _asked(site) == asked
    assert workshop.retry().stats.states["archived"] == 1


def test_rederive(place: Place, workshop: Workshop) -> None:
    """No copy is made, and no manifest says otherwise."""
    workshop.write("p.png", picture("/p.png", size=(900, 600)))
    workshop.write("a.md", image("p.png"))
    workshop.run()
    before = snapshot(workshop.archive / "posts")
    _run(workshop, place, "archive", "blog", "--rederive", "--thumbnail", "100", *_OPTIONS)

    assert snapshot(workshop.archive / "posts") == before


@pytest.mark.parametrize("option", ["--decode", "--repair"])
def test_verify(option: str, place: Place, workshop: Workshop) -> None:
    """Nothing is said to be damaged that nobody could look at, and what is damaged stays."""
    workshop.write("p.png", picture("/p.png", size=(900, 600)))
    workshop.write("a.md", image("p.png"))
    workshop.run()
    (thumbnail,) = workshop.bundle("a.md").glob("thumbnails/*")
    if option == "--repair":
        thumbnail.unlink()
    process = _run(workshop, place, "verify", option)

    assert process.stdout == ""
    assert len(process.stderr.splitlines()) == 1
    assert workshop.command("verify", "--repair").returncode == 0
    assert thumbnail.exists()


def test_import(place: Place, workshop: Workshop) -> None:
    """What needs no decoder is done without, but where the system refuses threads as well."""
    if "setpriv" in place.program:
        pytest.skip("files are checked in threads")
    workshop.write("p.png", picture("/p.png"))
    workshop.write("a.md", image("p.png"))
    workshop.run()
    workshop.command("export", "tar", "backup.tar")
    shutil.rmtree(workshop.archive)
    words = ("import", "backup.tar", "--archive", "archive")
    process = subprocess.run(
        [*place.program, *words],
        cwd=workshop.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )

    assert process.returncode == 0, process.stderr
    assert (workshop.bundle("a.md") / "images" / "p.png").exists()

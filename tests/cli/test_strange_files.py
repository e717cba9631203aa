"""What is no regular file, in the place of any file: found or refused, never waited for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from crawler.store.archive import Archive
from tests.conftest import Workshop, image
from tests.site import Site
from tests.verify.damage import copy

pytestmark = pytest.mark.timeout(300)

_LIMITED = ("sh", "-c", 'ulimit -v 8000000; exec "$@"', "sh")
"""Runs a command that cannot take all of the memory, whatever it reads."""
_SECONDS = 60

_WHY = re.compile("is a link|is no regular file")

Strange = Callable[[Path], object]
"""Puts something that is no regular file at a path."""


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


STRANGE = pytest.mark.parametrize("make", [_fifo, _link_to_a_device])

NAMED = "http://127.0.0.1:1/refused.png"
"""An image that every post names, and nobody serves."""
FILES = (
    "article.md",
    "manifest.json",
    "earlier/article-*.md",
    "images/one.png",
    "converted/one.jpg",
    "thumbnails/one.320.jpg",
    "index.html",
    "localized.json",
    "article.local.md",
)
"""The files of a bundle. Each has a post of its own here, which is called by its number."""
POSTS = {f"posts/{number}.md/{file}": file for number, file in enumerate(FILES)}
BESIDE = (
    "index.html",
    "gallery/gallery.css",
    "runs/*Z.json",
    "runs/*.changes.jsonl",
)
"""The other files of an archive that it can do without."""
HELD = ("catalog.sqlite", "catalog.sqlite-wal", ".lock")
"""Those that it cannot do without."""
READERS = (
    ("plan", "blog"),
    ("status",),
    ("status", "3.md"),
    ("status", "--changes"),
    ("explain", NAMED),
    ("export", "bagit", "bag"),
    ("export", "warc", "out.warc"),
    ("export", "contact-sheet", "sheet.html"),
    ("verify", "--decode"),
)
WRITERS = (
    ("archive", "blog", "--allow-private-addresses"),
    ("archive", "blog", "--allow-private-addresses", "--rederive", "--thumbnail", "100"),
    ("retry", "--allow-private-addresses"),
    ("view",),
    ("localize", "--to", "copy"),
    ("localize", "--to", "in-place"),
    ("restore",),
    ("verify", "--repair"),
    ("verify", "--rebuild-catalog"),
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A workshop with an archive that has a file of every kind. Nobody may write to it."""
    workshop = Workshop(tmp_path_factory.mktemp("built"))
    workshop.blog.mkdir()
    with Site() as site:
        shown = image(NAMED) + image(site.url("/ok/one.png")) + image(site.url("/gone.png"))
        for number in range(len(FILES)):
            workshop.write(f"{number}.md", shown)
        workshop.run()
        for number in range(len(FILES)):
            workshop.write(f"{number}.md", f"Changed.\n{shown}")
        workshop.run()
    assert workshop.command("localize", "--to", "copy").returncode == 0
    assert workshop.command("view").returncode == 0
    return workshop


@pytest.fixture
def sound(built: Workshop, workshop: Workshop) -> Workshop:
    """A copy of the workshop, to be harmed."""
    copy(built.archive, workshop.archive)
    for path in built.blog.iterdir():
        workshop.write(path.name, path.read_bytes())
    return workshop


def _put(workshop: Workshop, pattern: str, make: Strange) -> str:
    """Put something strange in the place of a file; return its path, relative to the archive."""
    found = [*workshop.archive.glob(pattern)] or [workshop.archive / pattern]
    found[0].unlink(missing_ok=True)
    make(found[0])
    return found[0].relative_to(workshop.archive).as_posix()


def _run(workshop: Workshop, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command line with bounded memory and time; fail where it waits or breaks."""
    done = subprocess.run(
        [*_LIMITED, *workshop.command_line(*arguments)],
        cwd=workshop.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    assert done.returncode not in {70, -9}, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done


@STRANGE
@pytest.mark.parametrize("file", [*POSTS, *BESIDE, *HELD])
def test_verify(sound: Workshop, file: str, make: Strange) -> None:
    """It is a finding, whatever file it stands for."""
    path = _put(sound, file, make)
    done = _run(sound, "verify", "--json")
    found = [f"{each['path']}: {each['detail']}" for each in json.loads(done.stdout)["findings"]]

    assert done.returncode == 5
    assert [each for each in found if path in each and _WHY.search(each)], found


@STRANGE
@pytest.mark.parametrize("verb", [*READERS, *WRITERS], ids=" ".join)
def test_files_of_bundles(sound: Workshop, verb: Sequence[str], make: Strange) -> None:
    """Whatever an archive is asked for, it waits for none of its files, and breaks over none."""
    for file in (*POSTS, *BESIDE):
        _put(sound, file, make)
    done = _run(sound, *verb)

    assert done.returncode in {0, 1, 2, 5}, done.stderr


@STRANGE
@pytest.mark.parametrize("file", HELD)
@pytest.mark.parametrize(
    "verb", [READERS[1], READERS[6], *WRITERS[:3], *WRITERS[-2:]], ids=" ".join
)
def test_files_around(sound: Workshop, verb: Sequence[str], file: str, make: Strange) -> None:
    """Where the catalog or the lock is none, one line says so, and nothing hangs."""
    path = _put(sound, file, make)
    done = _run(sound, *verb)

    assert done.returncode in {0, 1, 2, 3}, done.stderr
    assert done.returncode < 2 or path in done.stderr, done.stderr


@STRANGE
def test_holder(sound: Workshop, make: Strange) -> None:
    """Who holds an archive that nobody can read of is not waited for."""
    archive = Archive(sound.archive)
    try:
        _put(sound, ".holder.json", make)
        done = _run(sound, "verify")
    finally:
        archive.close()

    assert done.returncode == 6
    assert "it has not said who it is" in done.stderr


@STRANGE
def test_source(site: Site, workshop: Workshop, make: Strange) -> None:
    """What lies among the articles and is no file is told; what leads out is passed over."""
    workshop.write("a.md", image(site.url("/ok.png")))
    for name in ("b.md", "c.html", "manifest.json"):
        make(workshop.blog / name)
    plan = _run(workshop, "plan", "blog", "--json")
    done = _run(workshop, "archive", "blog", "--allow-private-addresses")

    posts = json.loads(plan.stdout)["posts"]
    assert [post["id"] for post in posts if post["references"]] == ["a.md"]
    assert len([post for post in posts if post["problems"]]) == (2 if make is _fifo else 0)
    assert workshop.entry("a.md").state == "archived"
    assert ("b.md cannot be read: is no regular file" in done.stdout) == (make is _fifo)


@STRANGE
@pytest.mark.parametrize("name", ["x", "x.md", "x.xml"])
def test_named_source(workshop: Workshop, name: str, make: Strange) -> None:
    """A source that is none is refused, also by import."""
    make(workshop.blog / name)
    for verb in ("archive", "plan", "import"):
        done = _run(workshop, verb, f"blog/{name}")

        assert done.returncode == 2
        assert name in done.stderr


@STRANGE
@pytest.mark.parametrize("name", ["bagit", "zip"])
@pytest.mark.parametrize(
    "file", ["manifest.json", "article.md", "images/one.png", "../../../manifest-sha256.txt"]
)
def test_import(sound: Workshop, name: str, file: str, make: Strange) -> None:
    """Nothing is taken of a source where something else stands for a file."""
    assert _run(sound, "export", name, "out").returncode in {0, 1}
    if name == "zip":
        zipfile.ZipFile(sound.folder / "out").extractall(sound.folder / "folder")
    source = sound.folder / ("folder" if name == "zip" else "out")
    path = source / ("posts/3.md" if name == "zip" else "data/posts/3.md") / file
    path.parent.mkdir(exist_ok=True, parents=True)
    path.unlink(missing_ok=True)
    make(path)
    done = _run(sound, "import", source, "--archive", "back")
    if file.startswith("..") and name == "zip":
        return  # it is nothing of an export

    assert done.returncode == 5, done.stderr
    assert not [*(sound.folder / "back" / "posts").glob("*")]


@STRANGE
@pytest.mark.parametrize("file", ["manifest.json", "images/ok.png", "thumbnails/ok.320.jpg"])
def test_in_place(site: Site, workshop: Workshop, file: str, make: Strange) -> None:
    """A bundle beside its article is no other."""
    workshop.write("a.md", image(site.url("/ok.png?size=400x400")))
    for _ in range(2):
        made = _run(workshop, "archive", "blog", "--in-place", "--allow-private-addresses")
    path = workshop.blog / "a" / file
    assert (made.returncode, path.is_file()) == (0, True)
    path.unlink()
    make(path)
    found = _run(workshop, "verify")
    again = _run(workshop, "archive", "blog", "--in-place", "--allow-private-addresses")

    assert found.returncode == 5
    assert _WHY.search(found.stdout)
    assert again.returncode in {0, 1}

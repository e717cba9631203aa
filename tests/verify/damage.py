"""Real damage, as disks and hands do it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Workshop, image
from tests.site import Site, picture

FIRST = "posts/a.md"
SECOND = "posts/deep/b.md"

Damage = Callable[[Path], object]
"""Does harm to an archive."""


def fill(workshop: Workshop, site: Site) -> None:
    """Archive two posts: a picture of each, one that both name, a local one and a data: URL."""
    shared = image(site.url("/ok/shared.png"))
    dot = image("data:image/gif;base64,R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs=")
    workshop.write("here.gif", picture("/here.gif"))
    workshop.write("a.md", image(site.url("/ok/one.png")) + shared + image("here.gif") + dot)
    workshop.write("deep/b.md", image(site.url("/ok/two.jpg")) + shared)
    workshop.run()


def copy(source: Path, target: Path) -> None:
    """Copy an archive; what is one file under several names is one in the copy, too."""
    links: dict[int, str] = {}

    def copied(one: str, other: str) -> None:
        status = Path(one).stat()
        if status.st_ino in links:
            Path(other).hardlink_to(links[status.st_ino])
        else:
            shutil.copy2(one, other)
            links[status.st_ino] = other

    shutil.copytree(source, target, copy_function=copied)


def flip(path: str) -> Damage:
    """Turn over one bit in the middle of a file, and leave its times as they were."""

    def damage(archive: Path) -> None:
        file = archive / path
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        with file.open("r+b") as opened:
            opened.write(content)

    return damage


def cut(path: str) -> Damage:
    """Take away the second half of a file."""

    def damage(archive: Path) -> None:
        with (archive / path).open("r+b") as opened:
            opened.truncate((archive / path).stat().st_size // 2)

    return damage


def delete(path: str) -> Damage:
    """Delete a file."""
    return lambda archive: (archive / path).unlink()


def put(path: str, content: bytes = b"mine") -> Damage:
    """Put a file there."""

    def damage(archive: Path) -> None:
        (archive / path).parent.mkdir(parents=True, exist_ok=True)
        (archive / path).write_bytes(content)

    return damage


def swap(one: str, other: str) -> Damage:
    """Let two files have each other's names."""

    def damage(archive: Path) -> None:
        aside = archive / "aside"
        (archive / one).rename(aside)
        (archive / other).rename(archive / one)
        aside.rename(archive / other)

    return damage


def replace_by_folder(path: str) -> Damage:
    """Put a folder where a file was."""

    def damage(archive: Path) -> None:
        (archive / path).unlink()
        (archive / path).mkdir()

    return damage

"""A file is written below a folder, and nowhere else, whatever stands on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.common import folders
from crawler.common.files import (
    TEMPORARY_SUFFIX,
    append,
    link_or_copy,
    move,
    remove,
    sweep,
    write_atomically,
)
from crawler.common.folders import open_folder
from crawler.errors import PathError

STALE = f".0123456789abcdef{TEMPORARY_SUFFIX}"

Write = Callable[[Path, Path], None]
"""Writes to a path beneath a folder."""


def _link(path: Path, beneath: Path) -> None:
    (beneath / "source").write_bytes(b"ours")
    link_or_copy(beneath / "source", path, beneath=beneath)


def _move(path: Path, beneath: Path) -> None:
    (beneath / "source").write_bytes(b"ours")
    move(beneath / "source", path, beneath=beneath, source_beneath=beneath)


def _take(path: Path, beneath: Path) -> None:
    move(path, beneath / "target", beneath=beneath, source_beneath=beneath)


WRITES: dict[str, Write] = {
    "write": lambda path, beneath: write_atomically(path, b"ours", beneath=beneath),
    "append": lambda path, beneath: append(path, b"ours", beneath=beneath),
    "link": _link,
    "move": _move,
    "take": _take,
    "remove": lambda path, beneath: remove(path, beneath=beneath),
}


@pytest.fixture(params=[True, False], ids=["looked-up", "looked-at"], autouse=True)
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that looks up names in open folders, and one that cannot."""
    monkeypatch.setattr(folders, "CAN_LOOK_UP", request.param and folders.CAN_LOOK_UP)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder with a file, and beside it one that is ours."""
    (tmp_path / "ours" / "posts").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x").write_bytes(b"theirs")
    return tmp_path / "outside"


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_link_on_the_way(write: Write, depth: int, outside: Path) -> None:
    """A link in the place of a folder is not gone along; the words name it."""
    ours = outside.parent / "ours"
    link = ours / "posts" / "a" if depth == 1 else ours / "posts" / "a" / "images"
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(outside)
    with pytest.raises(PathError, match=f"{link} is a link"):
        write(link / "x", ours)

    assert [path.read_bytes() for path in outside.iterdir()] == [b"theirs"]


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("path", ["../outside/x", "posts/../../outside/x", "/outside/x"])
def test_path_that_leads_out(write: Write, path: str, outside: Path) -> None:
    """No step up is taken, and no path that begins elsewhere."""
    ours = outside.parent / "ours"
    whole = outside / "x" if path.startswith("/") else ours / path
    with pytest.raises(PathError, match="leads out of"):
        write(whole, ours)

    assert [each.read_bytes() for each in outside.iterdir()] == [b"theirs"]


def test_link_at_the_end(outside: Path) -> None:
    """A link that has the name of a file is replaced by the file; what it leads to stays."""
    ours = outside.parent / "ours"
    (ours / "x").symlink_to(outside / "x")
    write_atomically(ours / "x", b"ours", beneath=ours)
    (ours / "y").symlink_to(outside / "x")
    with pytest.raises(PathError):
        append(ours / "y", b"ours", beneath=ours)
    remove(ours / "y", beneath=ours)

    assert ((ours / "x").read_bytes(), (ours / "x").is_symlink()) == (b"ours", False)
    assert not (ours / "y").is_symlink()
    assert (outside / "x").read_bytes() == b"theirs"


def test_link_as_a_source(outside: Path) -> None:
    """A link does not become a second name of a file of ours, nor does what it leads to."""
    ours = outside.parent / "ours"
    (ours / "link").symlink_to(outside / "x")
    with pytest.raises(Exception, match="is a link"):
        link_or_copy(ours / "link", ours / "copy", beneath=ours)

    assert not (ours / "copy").exists()


def test_sweep(outside: Path) -> None:
    """Nothing is swept where a link leads."""
    ours = outside.parent / "ours"
    (outside / STALE).touch()
    (ours / "posts" / "images").symlink_to(outside)
    sweep(ours / "posts" / "images", beneath=ours)

    assert (outside / STALE).exists()


def test_links_to_the_first_folder(outside: Path) -> None:
    """The links to the folder itself are those of who named it."""
    link = outside.parent / "link"
    link.symlink_to(outside)
    write_atomically(link / "a" / "b", b"ours", beneath=link)

    assert (outside / "a" / "b").read_bytes() == b"ours"


def test_nothing_is_made_to_look(outside: Path) -> None:
    """A folder that is not there is made only where something is to be written."""
    ours = outside.parent / "ours"
    with pytest.raises(FileNotFoundError):
        open_folder(ours / "none" / "x", beneath=ours)
    remove(ours / "none" / "x", beneath=ours)

    assert not (ours / "none").exists()

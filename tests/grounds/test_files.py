"""Files that are either whole under their name or not there."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

from crawler.errors import PathError, StorageError
from crawler.grounds.files import (
    TEMPORARY_SUFFIX,
    link_or_copy,
    sweep,
    write_atomically,
    written_together,
)

TOO_LONG = "x" * 256


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def test_write(tmp_path: Path) -> None:
    """The folders are made, and nothing but the file is left."""
    write_atomically(tmp_path / "a" / "b" / "c.bin", b"content")

    assert (tmp_path / "a" / "b" / "c.bin").read_bytes() == b"content"
    assert _names(tmp_path) == ["a", "b", "c.bin"]


def test_write_again(tmp_path: Path) -> None:
    """A file is replaced, not written into: another name of the old one keeps the old bytes."""
    path, twin = tmp_path / "a", tmp_path / "b"
    write_atomically(path, b"old")
    os.link(path, twin)
    write_atomically(path, b"new")

    assert (path.read_bytes(), twin.read_bytes()) == (b"new", b"old")


def test_write_onto_a_folder(tmp_path: Path) -> None:
    """A failure says which path and why, and leaves no temporary file."""
    (tmp_path / "a").mkdir()
    with pytest.raises(PathError, match=r"cannot write .*a: Is a directory"):
        write_atomically(tmp_path / "a", b"content")

    assert _names(tmp_path) == ["a"]


@pytest.mark.parametrize("name", [TOO_LONG, "file/b", f"{TOO_LONG}/b"])
def test_write_what_cannot_be(name: str, tmp_path: Path) -> None:
    """A name that there cannot be is a failure of the storage, and leaves nothing."""
    (tmp_path / "file").touch()
    with pytest.raises(PathError):
        write_atomically(tmp_path / name, b"content")
    with pytest.raises(PathError):
        link_or_copy(tmp_path / "file", tmp_path / name)

    assert _names(tmp_path) == ["file"]


def test_full_disk(tmp_path: Path) -> None:
    """Where no more can be written, the old file stays and half of the new one goes."""
    write_atomically(tmp_path / "a", b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(StorageError, match="File too large"):
            write_atomically(tmp_path / "a", b"new" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert (tmp_path / "a").read_bytes() == b"old"
    assert _names(tmp_path) == ["a"]


def test_link(tmp_path: Path) -> None:
    """Two names are one file, also when the second name was another file before."""
    source, target = tmp_path / "a", tmp_path / "folder" / "b"
    source.write_bytes(b"content")
    link_or_copy(source, target)
    link_or_copy(source, target)
    other = tmp_path / "c"
    other.write_bytes(b"other")
    link_or_copy(source, other)

    assert source.samefile(target)
    assert source.samefile(other)
    assert _names(tmp_path) == ["a", "b", "c", "folder"]


def test_link_to_nothing(tmp_path: Path) -> None:
    """A source that is gone is told apart from a storage that fails."""
    with pytest.raises(FileNotFoundError):
        link_or_copy(tmp_path / "a", tmp_path / "b")

    assert _names(tmp_path) == []


def test_link_onto_a_folder(tmp_path: Path) -> None:
    """A link that cannot be made leaves no temporary file."""
    (tmp_path / "a").write_bytes(b"content")
    (tmp_path / "b").mkdir()
    with pytest.raises(PathError):
        link_or_copy(tmp_path / "a", tmp_path / "b")

    assert _names(tmp_path) == ["a", "b"]


def test_link_of_what_cannot_be_linked(tmp_path: Path) -> None:
    """A folder can be neither linked nor copied."""
    (tmp_path / "a").mkdir()
    with pytest.raises(StorageError, match="cannot read"):
        link_or_copy(tmp_path / "a", tmp_path / "b")

    assert _names(tmp_path) == ["a"]


def test_copy_to_another_file_system(tmp_path: Path) -> None:
    """Where no link can be made, the bytes are copied."""
    source = Path("/proc/self/comm")
    link_or_copy(source, tmp_path / "a")

    assert (tmp_path / "a").read_bytes() == source.read_bytes()
    assert _names(tmp_path) == ["a"]


def test_sweep(tmp_path: Path) -> None:
    """What a killed run left is removed, in this folder and nothing else."""
    stale = f".0123456789abcdef{TEMPORARY_SUFFIX}"
    for name in (stale, ".hidden", f"mine{TEMPORARY_SUFFIX}", f"below/{stale}"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    sweep(tmp_path)
    sweep(tmp_path / "missing")

    assert _names(tmp_path) == sorted([".hidden", f"mine{TEMPORARY_SUFFIX}", "below", stale])


def _write_together(folder: Path, *files: tuple[str, bytes]) -> None:
    with written_together():
        for name, payload in files:
            write_atomically(folder / name, payload)


def test_together(tmp_path: Path) -> None:
    """What is written together has its names when all of it is on the disk, and not before."""
    with written_together():
        write_atomically(tmp_path / "a", b"one")
        write_atomically(tmp_path / "b" / "c", b"two")
        before = [name for name in _names(tmp_path) if not name.endswith(TEMPORARY_SUFFIX)]
    write_atomically(tmp_path / "d", b"alone")

    assert before == ["b"]
    assert _names(tmp_path) == ["a", "b", "c", "d"]
    assert (tmp_path / "b" / "c").read_bytes() == b"two"


def test_nothing_together(tmp_path: Path) -> None:
    """What is not finished leaves nothing, not even its beginnings."""
    (tmp_path / "file").touch()
    with pytest.raises(PathError):
        _write_together(tmp_path, ("a", b"one"), ("file/b", b"two"))

    assert _names(tmp_path) == ["file"]


def test_one_of_many_cannot_be(tmp_path: Path) -> None:
    """A name that cannot be given is a failure, and leaves nothing half-written."""
    (tmp_path / "b").mkdir()
    with pytest.raises(PathError, match=r"cannot write .*b: Is a directory"):
        _write_together(tmp_path, ("a", b"one"), ("b", b"two"), ("c", b"three"))

    assert _names(tmp_path) == ["a", "b"]


def test_full_disk_together(tmp_path: Path) -> None:
    """Where no more can be written, what was written with it goes too."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(StorageError, match="File too large"):
            _write_together(tmp_path, ("a", b"old"), ("b", b"new" * 1000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert _names(tmp_path) == []

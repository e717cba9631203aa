"""Files that are either whole under their name or not there."""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from crawler.common.digests import digest_of_file
from crawler.common.files import (
    TEMPORARY_SUFFIX,
    link_or_copy,
    open_regular,
    read_regular,
    sweep,
    write_atomically,
    written_together,
)
from crawler.errors import PathError, StorageError, UnfitFileError

TOO_LONG = "x" * 256


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def test_write(tmp_path: Path) -> None:
    """The folders are made, and nothing but the file is left."""
    write_atomically(tmp_path / "a" / "b" / "c.bin", b"content", beneath=tmp_path)

    assert (tmp_path / "a" / "b" / "c.bin").read_bytes() == b"content"
    assert _names(tmp_path) == ["a", "b", "c.bin"]


def test_write_again(tmp_path: Path) -> None:
    """A file is replaced, not written into: another name of the old one keeps the old bytes."""
    path, twin = tmp_path / "a", tmp_path / "b"
    write_atomically(path, b"old", beneath=tmp_path)
    os.link(path, twin)
    write_atomically(path, b"new", beneath=tmp_path)

    assert (path.read_bytes(), twin.read_bytes()) == (b"new", b"old")


def test_write_onto_a_folder(tmp_path: Path) -> None:
    """A failure says which path and why, and leaves no temporary file."""
    (tmp_path / "a").mkdir()
    with pytest.raises(PathError, match=r"cannot write .*a: Is a directory"):
        write_atomically(tmp_path / "a", b"content", beneath=tmp_path)

    assert _names(tmp_path) == ["a"]


@pytest.mark.parametrize("name", [TOO_LONG, "file/b", f"{TOO_LONG}/b"])
def test_write_what_cannot_be(name: str, tmp_path: Path) -> None:
    """A name that there cannot be is a failure of the storage, and leaves nothing."""
    (tmp_path / "file").touch()
    with pytest.raises(PathError):
        write_atomically(tmp_path / name, b"content", beneath=tmp_path)
    with pytest.raises(PathError):
        link_or_copy(tmp_path / "file", tmp_path / name, beneath=tmp_path)

    assert _names(tmp_path) == ["file"]


def test_full_disk(tmp_path: Path) -> None:
    """Where no more can be written, the old file stays and half of the new one goes."""
    write_atomically(tmp_path / "a", b"old", beneath=tmp_path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(StorageError, match="File too large"):
            write_atomically(tmp_path / "a", b"new" * 1000, beneath=tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert (tmp_path / "a").read_bytes() == b"old"
    assert _names(tmp_path) == ["a"]


def test_link(tmp_path: Path) -> None:
    """Two names are one file, also when the second name was another file before."""
    source, target = tmp_path / "a", tmp_path / "folder" / "b"
    source.write_bytes(b"content")
    link_or_copy(source, target, beneath=tmp_path)
    link_or_copy(source, target, beneath=tmp_path)
    other = tmp_path / "c"
    other.write_bytes(b"other")
    link_or_copy(source, other, beneath=tmp_path)

    assert source.samefile(target)
    assert source.samefile(other)
    assert _names(tmp_path) == ["a", "b", "c", "folder"]


def test_link_to_nothing(tmp_path: Path) -> None:
    """A source that is gone is told apart from a storage that fails."""
    with pytest.raises(FileNotFoundError):
        link_or_copy(tmp_path / "a", tmp_path / "b", beneath=tmp_path)

    assert _names(tmp_path) == []


def test_link_onto_a_folder(tmp_path: Path) -> None:
    """A link that cannot be made leaves no temporary file."""
    (tmp_path / "a").write_bytes(b"content")
    (tmp_path / "b").mkdir()
    with pytest.raises(PathError):
        link_or_copy(tmp_path / "a", tmp_path / "b", beneath=tmp_path)

    assert _names(tmp_path) == ["a", "b"]


def test_link_of_what_cannot_be_linked(tmp_path: Path) -> None:
    """A folder can be neither linked nor copied."""
    (tmp_path / "a").mkdir()
    with pytest.raises(StorageError, match="cannot read"):
        link_or_copy(tmp_path / "a", tmp_path / "b", beneath=tmp_path)

    assert _names(tmp_path) == ["a"]


def test_copy_to_another_file_system(tmp_path: Path) -> None:
    """Where no link can be made, the bytes are copied."""
    source = Path("/proc/self/comm")
    link_or_copy(source, tmp_path / "a", beneath=tmp_path)

    assert (tmp_path / "a").read_bytes() == source.read_bytes()
    assert _names(tmp_path) == ["a"]


def test_sweep(tmp_path: Path) -> None:
    """What a killed run left is removed, in this folder and nothing else."""
    stale = f".0123456789abcdef{TEMPORARY_SUFFIX}"
    for name in (stale, ".hidden", f"mine{TEMPORARY_SUFFIX}", f"below/{stale}"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    sweep(tmp_path, beneath=tmp_path)
    sweep(tmp_path / "missing", beneath=tmp_path)

    assert _names(tmp_path) == sorted([".hidden", f"mine{TEMPORARY_SUFFIX}", "below", stale])


def _write_together(folder: Path, *files: tuple[str, bytes]) -> None:
    with written_together():
        for name, payload in files:
            write_atomically(folder / name, payload, beneath=folder)


def test_together(tmp_path: Path) -> None:
    """What is written together has its names when all of it is on the disk, and not before."""
    with written_together():
        write_atomically(tmp_path / "a", b"one", beneath=tmp_path)
        write_atomically(tmp_path / "b" / "c", b"two", beneath=tmp_path)
        before = [name for name in _names(tmp_path) if not name.endswith(TEMPORARY_SUFFIX)]
    write_atomically(tmp_path / "d", b"alone", beneath=tmp_path)

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


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    # The path of a socket has at most 107 bytes; the name alone has fewer.
    before = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(before)


def _link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _link_to_a_file(path: Path) -> None:
    (path.parent / "elsewhere").write_bytes(b"content")
    path.symlink_to("elsewhere")


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("make", "why"),
    [
        (_fifo, "is no regular file"),
        (_socket, "is no regular file"),
        (_link_to_a_device, "is a link"),
        (_link_to_a_file, "is a link"),
    ],
)
def test_read_what_is_no_file(make: Callable[[Path], None], why: str, tmp_path: Path) -> None:
    """Nobody waits for it, follows it or reads it to its end."""
    path = tmp_path / "a"
    make(path)

    for read in (partial(read_regular, limit=10), open_regular, digest_of_file):
        with pytest.raises(UnfitFileError) as caught:
            read(path)
        assert str(caught.value) == f"{path}: {why}"


def test_read_a_folder(tmp_path: Path) -> None:
    """A folder in the place of a file is told as the system tells it."""
    with pytest.raises(IsADirectoryError, match="Is a directory"):
        read_regular(tmp_path, 10)


def test_read_a_device() -> None:
    """A device is no file of an archive, however much it would give."""
    with pytest.raises(UnfitFileError, match="is no regular file"):
        read_regular(Path("/dev/zero"), 10)


def test_read_what_is_too_large(tmp_path: Path) -> None:
    """A file is read as far as its limit allows, whatever its size is said to be."""
    path = tmp_path / "a"
    with path.open("wb") as file:
        file.truncate(1 << 40)

    with pytest.raises(UnfitFileError, match="is larger than 10 bytes"):
        read_regular(path, 10)


def test_read(tmp_path: Path) -> None:
    """A file within its limit is read whole, an empty one too; one that is not there is not."""
    path = tmp_path / "a"
    path.write_bytes(b"1234567890")

    assert read_regular(path, 10) == b"1234567890"
    path.write_bytes(b"")
    assert read_regular(path, 10) == b""
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "b", 10)

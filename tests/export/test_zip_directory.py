"""The directory of a zip is looked at before it is read."""

from __future__ import annotations

import contextlib
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from zipfile import BadZipFile

import pytest

from crawler.errors import UsageError
from crawler.export.zip_directory import LARGEST, MOST_MEMBERS, check_directory
from tests.conftest import Workshop

_NAME = b"posts/2021/12/a-post-%07d.md/thumbnails/07522272d2cad71.320.jpg"


def directory(members: int, name: bytes = _NAME) -> bytes:
    """Return a directory of so many members."""
    names = [name % number if b"%" in name else name for number in range(members)]
    return b"".join(struct.pack("<4s24xH16x", b"PK\x01\x02", len(name)) + name for name in names)


def written(path: Path, entries: bytes, *, before: int = 0, members: int = 0) -> Path:
    """Write a zip with *entries* in its directory, and a hole of *before* bytes before that."""
    with path.open("wb") as file:
        file.seek(before)
        file.write(entries)
        at = file.tell()
        file.write(
            struct.pack(
                "<4sQ2H2L4Q",
                b"PK\x06\x06",
                44,
                45,
                45,
                0,
                0,
                members,
                members,
                len(entries),
                before,
            )
        )
        file.write(struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1))
        file.write(
            struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
        )
    return path


def checked(path: Path) -> None:
    """Look at the directory of a zip."""
    with path.open("rb") as file:
        check_directory(file, path.name)


def test_import_of_empty_members(workshop: Workshop) -> None:
    """A zip of 300,000 empty members is refused for its directory, and none of it is unpacked."""
    source = workshop.folder / "many.zip"
    name = b"posts/%07d/"
    local = b"".join(
        struct.pack("<4s22xHH", b"PK\x03\x04", len(name % n), 0) + name % n for n in range(300_000)
    )
    entries = directory(300_000, name)
    written(source, entries, before=len(local), members=300_000)
    with source.open("r+b") as file:
        file.write(local)
    result = workshop.command("import", source)

    assert result.returncode == 2
    assert "its directory takes" in " ".join(result.stderr.split())
    assert not list(workshop.folder.glob("archive/posts/*"))
    assert zipfile.is_zipfile(source)


def test_refused_without_memory(tmp_path: Path) -> None:
    """A directory is not in the memory when it is refused."""
    path = written(tmp_path / "a.zip", directory(300_000))
    tracemalloc.start()
    try:
        with pytest.raises(UsageError, match="its directory takes"):
            checked(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 1_000_000


def test_a_large_archive(tmp_path: Path) -> None:
    """A zip of some hundred thousand files of an archive is none to be refused."""
    checked(written(tmp_path / "a.zip", directory(400_000), before=400_000 * 2_000))


@pytest.mark.parametrize(
    ("members", "name", "message"),
    [
        (MOST_MEMBERS + 1, b"a", "more than 1000000 files"),
        (LARGEST // 60_000 + 1, b"a" * 60_000, "the limit is"),
    ],
    ids=["members", "bytes"],
)
def test_too_large(members: int, name: bytes, message: str, tmp_path: Path) -> None:
    """Whatever its files hold, a directory has at most so many members and bytes."""
    path = written(tmp_path / "a.zip", directory(members, name), before=1 << 30)

    with pytest.raises(UsageError, match=message):
        checked(path)


def _plain(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"x")


def _with_comment(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"x")
        archive.comment = b"c" * 1000


def _empty(path: Path) -> None:
    zipfile.ZipFile(path, "w").close()


@pytest.mark.parametrize("make", [_plain, _with_comment, _empty])
def test_as_python_finds_it(make: Callable[[Path], None], tmp_path: Path) -> None:
    """The directory is found where `zipfile` finds it."""
    make(tmp_path / "a.zip")

    checked(tmp_path / "a.zip")


@pytest.mark.parametrize("at", range(4, 99, 5))
def test_altered_end(at: int, tmp_path: Path) -> None:
    """Where the end of a zip says otherwise than its directory, it is damaged or read as before."""
    path = written(tmp_path / "a.zip", directory(3), before=1000, members=3)
    content = bytearray(path.read_bytes())
    content[-at] ^= 0xFF
    path.write_bytes(content)

    with contextlib.suppress(BadZipFile, UsageError):
        checked(path)
        with zipfile.ZipFile(path) as archive:
            assert len(archive.infolist()) == 3

"""Zips and tars as anybody may make them."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.errors import UsageError
from crawler.export.unpacking import unpack


def zipped(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    """Write a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def tarred(path: Path, *members: tuple[str | tarfile.TarInfo, bytes], mode: str = "w:gz") -> Path:
    """Write a tar."""
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]  # the mode is a choice
        for name, content in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def _zip_link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("posts/link")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def _tar_special(kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo("posts/special")
    info.type = kind
    info.linkname = "/etc/passwd"
    return info


_NAMES = ("../out", "/out", "posts/../../out", "posts\\..\\..\\out", "a/..", "")
_ZEROS = bytes(1 << 24)
HOSTILE: dict[str, Callable[[Path], Path]] = {
    **{f"zip of {name!r}": lambda p, n=name: zipped(p, (n, b"x")) for name in _NAMES[:-1]},  # type: ignore[misc]
    **{f"tar of {name!r}": lambda p, n=name: tarred(p, (n, b"x")) for name in _NAMES[:-1]},  # type: ignore[misc]
    "link in a zip": lambda p: zipped(p, (_zip_link(), b"/etc/passwd")),
    "link in a tar": lambda p: tarred(p, (_tar_special(tarfile.SYMTYPE), b"")),
    "hard link in a tar": lambda p: tarred(p, (_tar_special(tarfile.LNKTYPE), b"")),
    "device in a tar": lambda p: tarred(p, (_tar_special(tarfile.CHRTYPE), b"")),
    "pipe in a tar": lambda p: tarred(p, (_tar_special(tarfile.FIFOTYPE), b"")),
    "one name twice": lambda p: tarred(p, ("posts/a", b"1"), ("posts/a", b"2")),
    "a file as a folder": lambda p: tarred(p, ("posts/a", b"1"), ("posts/a/b", b"2")),
}


@pytest.mark.parametrize("case", list(HOSTILE))
def test_hostile(case: str, tmp_path: Path) -> None:
    """What leads out of the folder, is no file, or is there twice is refused."""
    source = HOSTILE[case](tmp_path / "source")
    target = tmp_path / "inner" / "target"
    target.mkdir(parents=True)
    with pytest.raises(UsageError):
        unpack(source, target)

    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "inner" / "out").exists()
    assert all(path.is_dir() or path.read_bytes() == b"1" for path in target.rglob("*"))


@pytest.mark.parametrize("make", [zipped, tarred])
def test_bomb(make: Callable[..., Path], tmp_path: Path) -> None:
    """What unpacks to more than its size can explain is stopped at once; a small one is not."""
    source = make(tmp_path / "source", *((f"posts/{n}", _ZEROS) for n in range(4)))
    (tmp_path / "target").mkdir()
    with pytest.raises(UsageError, match="more than its size"):
        unpack(source, tmp_path / "target", allowance=1 << 20)

    written = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert written < 100 * source.stat().st_size + (2 << 20)


def test_bomb_of_many_empty_files(tmp_path: Path) -> None:
    """Empty files count, too: they fill a disk with names."""
    source = tarred(tmp_path / "source", *((f"posts/{n}", b"") for n in range(9000)))
    (tmp_path / "target").mkdir()
    with pytest.raises(UsageError, match="more than its size"):
        unpack(source, tmp_path / "target", allowance=1 << 20)


@pytest.mark.parametrize("name", ["posts/{}/", "posts/{}/" + "a/" * 200 + "b"])
def test_bomb_of_many_folders(name: str, tmp_path: Path) -> None:
    """Folders count as files do, whether they are members or stand in the names of some."""
    members = []
    for number in range(3000):
        info = tarfile.TarInfo(name.format(number))
        info.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
        members.append((info, b""))
    source = tarred(tmp_path / "source", *members)
    (tmp_path / "target").mkdir()
    with pytest.raises(UsageError, match="more than its size"):
        unpack(source, tmp_path / "target", allowance=1 << 20)


def test_huge_header(tmp_path: Path) -> None:
    """A header of a tar that would fill the memory is refused by the size it announces."""
    info = tarfile.TarInfo("./PaxHeaders/x")
    info.type = tarfile.XHDTYPE
    source = tarred(tmp_path / "source", (info, bytes(2 << 20)))
    (tmp_path / "target").mkdir()
    with pytest.raises(UsageError, match="a header of"):
        unpack(source, tmp_path / "target")


def _truncated(path: Path) -> Path:
    source = tarred(path, ("posts/a", bytes(range(256)) * 1000))
    source.write_bytes(source.read_bytes()[:-600])
    return source


def _wrong_sum(path: Path) -> Path:
    source = zipped(path, (zipfile.ZipInfo("posts/a"), b"content of a file"))
    source.write_bytes(source.read_bytes().replace(b"content of", b"CONTENT OF"))
    return source


def _text(path: Path) -> Path:
    path.write_text("neither")
    return path


def _empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


@pytest.mark.parametrize("make", [_truncated, _wrong_sum, _text, _empty])
def test_damaged(make: Callable[[Path], Path], tmp_path: Path) -> None:
    """What is cut, altered or neither a zip nor a tar is refused in one line."""
    (tmp_path / "target").mkdir()
    with pytest.raises(UsageError, match="cannot be") as caught:
        unpack(make(tmp_path / "source"), tmp_path / "target")

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_compressed_tar(mode: str, tmp_path: Path) -> None:
    """Tars are unpacked however they are compressed; folders may be named or not."""
    folder = tarfile.TarInfo("./posts")
    folder.type = tarfile.DIRTYPE
    source = tarred(
        tmp_path / "source", (folder, b""), ("./posts/é/a", b"1"), ("posts/b", b"2"), mode=mode
    )
    target = tmp_path / "target"
    target.mkdir()
    unpack(source, target)

    found = {str(p.relative_to(target)): p.read_bytes() for p in target.rglob("*") if p.is_file()}
    assert found == {"posts/é/a": b"1", "posts/b": b"2"}

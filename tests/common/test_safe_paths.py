"""Paths that every common file system can hold."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crawler.common.safe_paths import folded, safe_path, shortened

LONGEST = 255 - len("-01234567") - len(".archive")
"""Bytes of a name on ext4, APFS and NTFS, less what is added to it."""
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
RESERVED = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{device}{digit}" for device in ("com", "lpt") for digit in "0123456789¹²³"
}
PIECES = st.sampled_from(
    [
        *RESERVED, ".", "..", "/", " ", "%", "%2E", "%4", "41", "?", ":", "\\", "*", "\n", "\0",
        "é", "e\u0301", "A", "a", ".md", ".markdown", "\U0001f680", "x" * 150, "é" * 120,
        "-01234567", "\udce9", "\u202e", "\u200d", "\x85", "\u3164", "%E9",
    ]
)  # fmt: skip
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
PATHS = (
    st.lists(PIECES | TEXT, min_size=1, max_size=8)
    .map(lambda pieces: "/".join(part for part in "".join(pieces).split("/") if part))
    .filter(bool)
)


@given(PATHS)
def test_safe_path(path: str) -> None:
    """Every component can be the name of a file anywhere, and none leads up or out."""
    safe = safe_path(path)
    parts = safe.split("/")

    assert len(parts) == len(path.split("/"))
    assert ".." not in PurePosixPath(safe).parts
    for part in parts:
        assert part
        assert part[-1] not in ". "
        assert not re.search(r'[\x00-\x1f\x7f<>:"|?*\\/]', part)
        assert all(c == " " or not unicodedata.category(c).startswith(("Cc", "Cs")) for c in part)
        assert part.partition(".")[0].rstrip(" ").casefold() not in RESERVED
        assert len(part.encode()) <= LONGEST


@given(PATHS, PATHS)
def test_different_paths(one: str, other: str) -> None:
    """Different paths stay different."""
    assume(one != other)

    assert safe_path(one) != safe_path(other)


@given(PATHS, st.data())
def test_nearly_equal_paths(path: str, data: st.DataObject) -> None:
    """So do those that differ in one place only, or in how they would be written safely.

    (Only a name that was cut meets a file that is called so already.)
    """
    at = data.draw(st.integers(0, len(path)))
    near = {path[:at] + data.draw(PIECES) + path[at:], path[:at] + path[at + 1 :]}
    if max(len(part.encode()) for part in safe_path(path).split("/")) < 180:
        near.add(safe_path(path))
    others = {"/".join(p for p in other.split("/") if p) for other in near} - {path, ""}

    assert safe_path(path) not in {safe_path(other) for other in others}


@given(st.from_regex(r"[a-z0-9_-]{1,50}(/[a-z0-9_-]{1,50}){0,3}\.md", fullmatch=True))
def test_ordinary_path(path: str) -> None:
    """A path that is safe stays as it is."""
    assume(not any(part.partition(".")[0] in RESERVED for part in path.split("/")))

    assert safe_path(path) == path


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(20, 60))
def test_shortened(text: str, longest: int) -> None:
    """What is cut is valid, short enough, and marked by what was cut."""
    short = shortened(text, longest, key=text)

    assert len(short.encode()) <= longest
    assert short == text or short != shortened(text, longest, key=text + "x")


@pytest.mark.parametrize(
    ("one", "other"), [("Post.md", "post.MD"), ("é", "e\u0301"), ("Straße", "STRASSE")]
)
def test_folded(one: str, other: str) -> None:
    """What a file system may take for one has one key."""
    assert folded(one) == folded(other)

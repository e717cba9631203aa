"""Readable file names for images."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.common.safe_paths import folded
from crawler.store.image_names import Stem, assign_stems, stem_of

HOST = "https://example.org"


@pytest.mark.parametrize(
    ("path", "stem"),
    [
        ("/a/x.png", "x"),
        ("/a/x.png?w=1#y", "x"),
        ("/a/x.png!webp", "x"),
        ("/a/x.png@!avif", "x"),
        ("/a/x.jpg_640x640.webp", "x"),
        ("/a/x.y.z.jpeg", "x.y.z"),
        ("/a/x.PNG", "x"),
        ("/a/image?url=b.png", "image"),
        ("/a/x", "x"),
        ("/a/x/", "x"),
        ("/", "image"),
        ("", "image"),
        ("/.png", "image"),
        ("/%2e%2e%2fetc%2fpasswd", "etc-passwd"),
        ("/..%5c..%5cx.png", "x"),
        ("/%E7%A9%BA%E9%97%B4%E7%AB%99.png", "空间站"),
        ("/a%20b+c&d.png", "a-b-c-d"),
        ("/con.png", "%63on"),
        ("/x%00y%0a.png", "xy"),
        ("/%E2%80%AEgnp.exe", "gnp"),
        ("/---.png", "image"),
        ("/%E2%80%8B..png", "image"),
    ],
)
def test_stem(path: str, stem: str) -> None:
    """The last segment of the path, readable."""
    assert stem_of(HOST + path) == stem


def test_stem_of_a_long_name() -> None:
    """Long names are cut and stay apart."""
    one, other = (stem_of(f"{HOST}/{'é' * 200}{end}.png") for end in "ab")

    assert one != other
    assert len(one.encode()) <= 100


PIECES = st.sampled_from(
    ["/", "..", ".", "%2f", "%2e", "%5c", "%00", "%0a", "?", "#", "x", ".png", "con",
     "nul", "com1", " ", "data:", "=", ";sha256=", "\\", "é", "\u202e", "\ud800", "%ff",
     "~", ":", "x" * 120, "[", "//"]
)  # fmt: skip
URLS = st.lists(PIECES | st.text(max_size=4), max_size=8).map("".join)


@given(URLS, st.sampled_from(["", HOST + "/", "data:image/png;sha256=", "images/"]))
def test_any_url(end: str, beginning: str) -> None:
    """Any URL gives a name that every file system can hold and that leads nowhere."""
    stem = stem_of(beginning + end)

    assert re.fullmatch(r'[^\x00-\x1f\x7f<>:"|?*\\/]+', stem)
    assert stem[0] != "."
    assert stem[-1] not in ". "
    assert stem.partition(".")[0].casefold() not in {"con", "nul", "com1"}
    assert len(stem.encode()) <= 120


def _images(*names: str) -> list[str]:
    return [f"{HOST}/{i}/{quote(name)}.png" for i, name in enumerate(names)]


def test_first_is_plain() -> None:
    """The first with a name has it plain, the next ones carry a part of their digest."""
    urls = _images("x", "X", "y", "x")

    assert list(assign_stems(urls, ()).values()) == [
        Stem(text="x", qualified=False),
        Stem(text="X", qualified=True),
        Stem(text="y", qualified=False),
        Stem(text="x", qualified=True),
    ]


def test_taken() -> None:
    """What the bundle has already keeps its name, whatever its ending."""
    (stem,) = assign_stems(_images("x"), ["images/x.jpg"]).values()

    assert stem.qualified


@pytest.mark.parametrize("names", [("x", "x", "x-01234567"), ("x-01234567", "x", "x")])
def test_name_that_looks_qualified(names: tuple[str, ...]) -> None:
    """A name that looks as if it carried a digest cannot meet one that does."""
    stems = assign_stems(_images(*names), ())
    looks = next(stem for stem in stems.values() if stem.text == "x-01234567")

    assert looks.qualified


def test_name_that_ends_like_a_digest() -> None:
    """Alone, such a name stays as it is."""
    (stem,) = assign_stems(_images("photo-1a2b3c4d"), ()).values()

    assert stem == Stem(text="photo-1a2b3c4d", qualified=False)


@given(st.lists(URLS, unique=True, max_size=8), st.lists(st.sampled_from(["images/x.png"])))
def test_assignment(urls: list[str], taken: list[str]) -> None:
    """It is the same each time, and no two plain names are one on any file system."""
    stems = assign_stems(urls, taken)
    plain = [folded(stem.text) for stem in stems.values() if not stem.qualified]

    assert stems == assign_stems(urls, taken)
    assert list(stems) == urls
    assert len(set(plain)) == len(plain)

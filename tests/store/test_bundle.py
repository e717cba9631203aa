"""One post's folder: nothing in it is overwritten, nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.common.digests import digest, digest_of_file
from crawler.common.files import TEMPORARY_SUFFIX
from crawler.errors import PathError
from crawler.models import Derivative, Original, Version
from crawler.store.bundle import Bundle
from crawler.store.image_names import Stem
from tests.store.versions import keep, plain


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    """An empty bundle."""
    return Bundle(folder=tmp_path / "bundle", base=tmp_path, article="article.md", in_place=False)


@pytest.fixture
def other(tmp_path: Path) -> Bundle:
    """Another one."""
    return Bundle(folder=tmp_path / "other", base=tmp_path, article="article.md", in_place=False)


def _paths(version: Version) -> list[str]:
    return [version.original.path, *(made.path for made in version.derivatives)]


def _is_true(bundle: Bundle, version: Version) -> bool:
    files: tuple[Original | Derivative, ...] = (version.original, *version.derivatives)
    return all(digest_of_file(bundle.folder / file.path) == file.digest for file in files)


def test_paths(bundle: Bundle) -> None:
    """Original, copy and thumbnail are called after the stem."""
    version = keep(bundle, "x", b"content")

    assert _paths(version) == ["images/x.png", "converted/x.jpg", "thumbnails/x.320.jpg"]
    assert bundle.holds(version)


def test_same_bytes_again(bundle: Bundle) -> None:
    """The same bytes are not written again, not even with another modification time."""
    version = keep(bundle, "x", b"content")
    before = (bundle.folder / version.original.path).stat().st_mtime_ns
    again = bundle.writer(plain("x")).original(b"content", "image/png")

    assert again.path == version.original.path
    assert (bundle.folder / again.path).stat().st_mtime_ns == before


def test_other_bytes_of_one_name(bundle: Bundle) -> None:
    """Other bytes never take the place of those that are there, whoever put them there."""
    versions = [keep(bundle, "x", content) for content in (b"one", b"two", b"three")]
    marks = [version.original.digest[7:15] for version in versions]

    assert [version.original.path for version in versions] == [
        "images/x.png",
        f"images/x-{marks[1]}.png",
        f"images/x-{marks[2]}.png",
    ]
    assert all(_is_true(bundle, version) for version in versions)


def test_other_format_of_one_name(bundle: Bundle) -> None:
    """An image that comes in another format gets a stem of its own, and so do its derivatives."""
    versions = [keep(bundle, "x", b"one", "image/png"), keep(bundle, "x", b"two", "image/webp")]

    assert versions[1].original.path != "images/x.webp"
    assert not set(_paths(versions[0])) & set(_paths(versions[1]))
    assert all(_is_true(bundle, version) for version in versions)


def test_name_that_was_made_up(bundle: Bundle) -> None:
    """A foreign file that has the very name with the digest is left alone too."""
    mark = digest(b"mine")[7:15]
    (bundle.folder / "images").mkdir(parents=True)
    for name in ("x.png", f"x-{mark}.png"):
        (bundle.folder / "images" / name).write_bytes(b"foreign")
    written = bundle.writer(plain("x")).original(b"mine", "image/png")

    assert written.path == f"images/x-{digest(b'mine')[7:]}.png"


def test_qualified_stem(bundle: Bundle) -> None:
    """A stem that is to carry its digest does so though the plain name is free."""
    written = bundle.writer(Stem(text="x", qualified=True)).original(b"one", "image/gif")

    assert written.path == f"images/x-{digest(b'one')[7:15]}.gif"


def test_foreign_folder_of_that_name(bundle: Bundle) -> None:
    """A folder where a file should be is a failure of the storage."""
    (bundle.folder / "images" / "x.png").mkdir(parents=True)

    with pytest.raises(PathError, match="Is a directory"):
        bundle.writer(plain("x")).original(b"one", "image/png")


@pytest.mark.parametrize("size", [0, 6, None])
def test_holds(size: int | None, bundle: Bundle) -> None:
    """A version is there if all its files are, with their sizes."""
    version = keep(bundle, "x", b"content")
    path = bundle.folder / version.derivatives[1].path
    if size is None:
        path.unlink()
    else:
        path.write_bytes(b"x" * size)

    assert not bundle.holds(version)


def test_article_versions(bundle: Bundle) -> None:
    """The article is copied byte for byte; its former versions stay, each once."""
    for content in (b"one", b"two\xff\r\n", b"one", b"two\xff\r\n"):
        bundle.keep_article(content)
    earlier = {path.read_bytes() for path in (bundle.folder / "earlier").iterdir()}

    assert (bundle.folder / "article.md").read_bytes() == b"two\xff\r\n"
    assert earlier == {b"one", b"two\xff\r\n"}
    assert len(list((bundle.folder / "earlier").iterdir())) == 2


def test_unchanged_article(bundle: Bundle) -> None:
    """An unchanged article is not touched, and has no former version."""
    bundle.keep_article(b"one")
    before = (bundle.folder / "article.md").stat().st_mtime_ns
    bundle.keep_article(b"one")

    assert (bundle.folder / "article.md").stat().st_mtime_ns == before
    assert not (bundle.folder / "earlier").exists()


def test_article_in_place(tmp_path: Path) -> None:
    """In place, no article is copied."""
    Bundle(folder=tmp_path, base=tmp_path, article="../a.md", in_place=True).keep_article(b"one")

    assert list(tmp_path.iterdir()) == []


def test_article_that_cannot_be_written(bundle: Bundle) -> None:
    """A folder in the article's place is a failure of the storage."""
    (bundle.folder / "article.md").mkdir(parents=True)

    with pytest.raises(PathError):
        bundle.keep_article(b"one")


def test_adopt(bundle: Bundle, other: Bundle) -> None:
    """A version of another bundle is taken over as links, under names of this bundle's own."""
    version = keep(other, "x", b"content")
    adopted = bundle.adopt(version, other, plain("y"))

    assert adopted is not None
    assert _paths(adopted) == ["images/y.png", "converted/y.jpg", "thumbnails/y.320.jpg"]
    assert adopted.capture == version.capture
    for mine, theirs in zip(_paths(adopted), _paths(version), strict=True):
        assert (bundle.folder / mine).samefile(other.folder / theirs)


def test_adopt_where_the_name_is_taken(bundle: Bundle, other: Bundle) -> None:
    """What is taken over displaces nothing either."""
    mine = keep(bundle, "x", b"mine")
    adopted = bundle.adopt(keep(other, "x", b"theirs"), other, plain("x"))

    assert adopted is not None
    assert _is_true(bundle, mine)
    assert _is_true(bundle, adopted)
    assert not set(_paths(mine)) & set(_paths(adopted))


@pytest.mark.parametrize("index", [0, 1, 2])
def test_adopt_what_is_gone(index: int, bundle: Bundle, other: Bundle) -> None:
    """A version of which a file is missing is not taken over."""
    version = keep(other, "x", b"content")
    (other.folder / _paths(version)[index]).unlink()

    assert bundle.adopt(version, other, plain("x")) is None


@pytest.mark.parametrize("index", [0, 1, 2])
def test_adopt_what_is_damaged(index: int, bundle: Bundle, other: Bundle) -> None:
    """A damaged file does not come into a second bundle, though its size is right."""
    version = keep(other, "x", b"content")
    path = other.folder / _paths(version)[index]
    path.write_bytes(b"?" * path.stat().st_size)

    assert bundle.adopt(version, other, plain("x")) is None


def test_share(bundle: Bundle, other: Bundle) -> None:
    """Equal originals become one file."""
    mine, theirs = keep(bundle, "x", b"content"), keep(other, "y", b"content")
    twin = other.folder / theirs.original.path
    bundle.share(mine.original, twin)
    bundle.share(mine.original, twin)

    assert (bundle.folder / mine.original.path).samefile(twin)


def test_share_with_what_is_damaged(bundle: Bundle, other: Bundle) -> None:
    """Good bytes are never given up for damaged ones, or for none."""
    mine, theirs = keep(bundle, "x", b"content"), keep(other, "y", b"content")
    twin = other.folder / theirs.original.path
    twin.write_bytes(b"damaged")
    bundle.share(mine.original, twin)
    twin.unlink()
    bundle.share(mine.original, twin)

    assert _is_true(bundle, mine)


def test_sweep(bundle: Bundle) -> None:
    """What a killed run left half-written goes, wherever a bundle holds files."""
    version = keep(bundle, "x", b"content")
    bundle.keep_article(b"one")
    bundle.keep_article(b"two")
    bundle.finish()
    before = sorted(bundle.folder.rglob("*"))
    for folder in ("", "images", "converted", "thumbnails", "earlier"):
        (bundle.folder / folder / f".0123{TEMPORARY_SUFFIX}").write_bytes(b"half")
    bundle.sweep()

    assert sorted(bundle.folder.rglob("*")) == before
    assert bundle.holds(version)

"""Bags, by the library of the format."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import bagit  # type: ignore[import-untyped]
import pytest

from crawler.common import archive_layout
from crawler.export import Account, Selection, Terms
from crawler.export.bagit import bagged, check_bag, unbagged
from crawler.export.exporting import export
from tests.export.test_formats import POST, exported, files_of


def test_valid(archive: Path, tmp_path: Path) -> None:
    """The library finds the bag valid, and its payload is the bundles, byte for byte."""
    account = exported(archive, "bagit", tmp_path / "bag")
    bag = bagit.Bag(str(tmp_path / "bag"))
    bag.validate()
    payload = files_of(tmp_path / "bag" / "data")

    assert bag.version_info == (1, 0)
    assert {unbagged(path): content for path, content in payload.items()} == {
        f"posts/{path}": content for path, content in files_of(archive / "posts").items()
    }
    assert int(bag.info["Posts"]) == account.posts == 3
    assert (bag.info["Archived"], bag.info["Failed"]) == ("8", "1")


def test_sources(archive: Path, tmp_path: Path) -> None:
    """A tag file says of each post whence it is, where it is in the bag, and what it lacks."""
    exported(archive, "bagit", tmp_path / "bag")
    lines = (tmp_path / "bag" / "posts.jsonl").read_text(encoding="utf-8").splitlines()
    posts = {post["id"]: post for post in map(json.loads, lines)}

    assert len(posts) == 3
    assert posts[POST]["source"] == POST
    assert [missing["code"] for missing in posts[POST]["not_held"]] == ["gone"]
    for post in posts.values():
        assert (tmp_path / "bag" / post["bundle"] / archive_layout.MANIFEST).is_file()


@pytest.mark.parametrize(
    "path", ["posts/a%0Ab.md", "posts/a%250Ab.md", "posts/100%25=x.md", "posts/a\u2028b \x85.md"]
)
def test_strange_names(archive: Path, tmp_path: Path, path: str) -> None:
    """Names that readers of bags disagree about, or break at, are called otherwise in a bag."""
    copy = tmp_path / "copy"
    shutil.copytree(archive / "posts" / "again.md", copy / path)
    exported(copy, "bagit", tmp_path / "bag")
    bagit.Bag(str(tmp_path / "bag")).validate()

    assert (tmp_path / "bag" / "data" / bagged(path) / archive_layout.MANIFEST).is_file()
    assert unbagged(bagged(path)) == path


def test_fetch(archive: Path, tmp_path: Path) -> None:
    """With --fetch, an original that is damaged here is listed with its URL, size and digest."""
    copy = tmp_path / "copy"
    shutil.copytree(archive, copy, copy_function=shutil.copyfile)
    damaged = copy / "posts" / POST / "images" / "ok.png"
    content = damaged.read_bytes()
    damaged.write_bytes(b"damaged")
    export(copy, "bagit", tmp_path / "bag", Terms(selection=Selection(), fetch=True), Account())
    bag = bagit.Bag(str(tmp_path / "bag"))
    ((url, size, path),) = bag.fetch_entries()

    assert url.endswith("/ok.png")
    assert int(size) == len(content)
    assert bag.compare_fetch_with_fs() == [path]
    assert not bag.is_valid()
    (tmp_path / "bag" / path).write_bytes(content)
    bagit.Bag(str(tmp_path / "bag")).validate()


def test_damaged_bag(archive: Path, tmp_path: Path) -> None:
    """Checking a bag names what is altered, missing and too much."""
    exported(archive, "bagit", tmp_path / "bag")
    folder = tmp_path / "bag" / "data" / "posts" / "again.md"
    (folder / "article.md").write_bytes((folder / "article.md").read_bytes()[::-1])
    altered = list(check_bag(tmp_path / "bag"))
    (folder / "manifest.json").rename(folder / "other.json")
    moved = list(check_bag(tmp_path / "bag"))

    assert [(gap.kind, Path(gap.path).name) for gap in altered] == [("altered", "article.md")]
    assert {(gap.kind, Path(gap.path).name) for gap in moved} == {
        ("missing", "manifest.json"),
        ("altered", "other.json"),
    }

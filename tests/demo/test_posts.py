from __future__ import annotations

import re
from pathlib import Path

import frontmatter
import pytest

from crawler.demo import write_posts
from crawler.demo.pictures import DISALLOWED, PHOTOS, PICTURES, TRAILS
from crawler.references import find_references
from crawler.sources import discover, read

SITE = "http://127.0.0.1:8473"


def posts(folder: Path, *, broken: bool = False) -> dict[str, str]:
    write_posts(folder, port=8473, broken=broken)
    return {path.stem: path.read_text("utf-8") for path in sorted(folder.rglob("*.md"))}


@pytest.fixture(name="station")
def _station(tmp_path: Path) -> str:
    return posts(tmp_path)["a-last-lap-around-the-station"]


def test_station_form(station: str) -> None:
    """The article about the station has the form of posts that were made from a feed."""
    lines = station.splitlines()

    assert lines[:2] == ["", "---"]
    assert re.fullmatch("title: '[^']+'", lines[2])
    assert lines[3:7] == ["categories: ", " - 新媒体", " - 太空", " - 最新"]
    assert [line.split(":")[0] for line in lines[7:12]] == [
        "headimg", "author", "comments", "date", "thumbnail",
    ]  # fmt: skip
    assert lines[12:15] == ["---", "", "<div>   "]
    assert station.endswith("</p>   \n</div>\n            ")


def test_station_metadata(station: str) -> None:
    """Its front matter is YAML."""
    metadata = frontmatter.loads(station).metadata

    assert metadata["headimg"] == metadata["thumbnail"] == SITE + PHOTOS[0].path
    assert metadata["comments"] is False
    assert metadata["date"] == "Wed, 01 Dec 2021 00:11:49 GMT"
    assert metadata["categories"] == ["新媒体", "太空", "最新"]


def test_station_images(station: str) -> None:
    """It names ten images, one of them PNG and nine WebP, at 22 places."""
    body = station.partition("<div>")[2]
    pattern = (
        r'<p style="text-align:center"><a href="([^"]+)" target="_blank">'
        r'<img src="\1" referrerpolicy="no-referrer"></a></p>'
    )
    images = re.findall(pattern, body)

    assert images == [SITE + photo.path for photo in PHOTOS]
    assert len(set(images)) == 10
    assert [image.rpartition(".")[2] for image in images] == ["png", *["webp"] * 9]
    assert station.count(SITE) == 22


def test_observatory(tmp_path: Path) -> None:
    """The Markdown post names its images inline, in a link, by reference, relative, and in code."""
    post = frontmatter.loads(posts(tmp_path)["observatory"])

    assert (
        f"![The comet above the dome, its tail pointing away from the sun]({SITE}" in post.content
    )
    assert f"]({SITE}/sky/moon-small.webp)]({SITE}/sky/moon.jpg)" in post.content
    assert post.content.endswith('[trails]: star-trails.jpg "One hour, one frame"')
    assert f"{post['url']}star-trails.jpg" == SITE + TRAILS.path
    assert re.search(r"```markdown\n!\[[^`]*\n```", post.content)


def test_every_image_that_is_named_is_there(tmp_path: Path) -> None:
    """Without --broken the articles name no image that the site does not have."""
    text = "".join(posts(tmp_path).values())
    named = set(re.findall(rf"{SITE}(/[^\s\"')]+\.(?:png|webp|jpg))", text)) | {TRAILS.path}

    assert named == set(PICTURES) - {DISALLOWED.path}


@pytest.mark.parametrize(
    ("name", "references", "entries"),
    [("a-last-lap-around-the-station", 22, 10), ("observatory", 4, 4), ("links-that-broke", 3, 3)],
)
def test_references(tmp_path: Path, name: str, references: int, entries: int) -> None:
    """The articles name as many images as they were written to."""
    posts(tmp_path, broken=True)
    (article,) = (article for article in discover(tmp_path) if article.path.stem == name)
    found = find_references(read(article)).references

    assert len(found) == references
    assert len({reference.url for reference in found}) == entries
    assert all(reference.url.startswith(SITE) for reference in found)


def test_broken_post(tmp_path: Path) -> None:
    """With --broken there is one more article, with three images; without, it goes again."""
    text = posts(tmp_path, broken=True)["links-that-broke"]
    images = re.findall(rf"!\[[^]]+]\({SITE}(/[^)]+)\)", text)

    assert images == ["/sky/eclipse.png", "/sky/aurora.png", DISALLOWED.path]
    assert "links-that-broke" not in posts(tmp_path)


def test_unchanged_posts_are_left_alone(tmp_path: Path) -> None:
    """Writing the same articles again touches no file; for another port they are written anew."""
    posts(tmp_path)
    before = [path.stat() for path in sorted(tmp_path.rglob("*.md"))]
    posts(tmp_path)

    assert [path.stat() for path in sorted(tmp_path.rglob("*.md"))] == before
    write_posts(tmp_path, port=9000, broken=False)
    assert all(":8473" not in path.read_text("utf-8") for path in tmp_path.rglob("*.md"))

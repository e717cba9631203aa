"""Where bundles stand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.errors import ArchiveLockedError, StorageError
from crawler.models import Post
from crawler.sources import discover, read
from crawler.store.archive import Archive, bundle_in_place
from crawler.store.bundle import Bundle
from crawler.store.catalog import PostRow
from crawler.store.manifest.build import summarize


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An open archive."""
    opened = Archive(tmp_path / "archive")
    yield opened
    opened.close()


def _post(tmp_path: Path, name: str) -> Post:
    path = tmp_path / "blog" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    articles = {article.source: article for article in discover(tmp_path / "blog")}
    return read(articles[name])


def _folder(archive: Archive, post: Post) -> str:
    return archive.relative(archive.bundle_for(post))


def _record(archive: Archive, post: Post, bundle: Bundle | None) -> None:
    row = PostRow(
        id=post.id,
        path="/somewhere",
        document=None,
        size=0,
        mtime_ns=0,
        fingerprint="",
        settled=True,
        due=None,
        bundle=archive.relative(bundle) if bundle else None,
        digest="",
        summary=summarize(()),
        failures={},
        problems={},
    )
    archive.record(row)


def test_bundle(archive: Archive, tmp_path: Path) -> None:
    """A bundle stands under posts, at the path of the article, suffix included."""
    bundle = archive.bundle_for(_post(tmp_path, "2021/12/iss-crew-2.md"))

    assert bundle.folder == archive.root / "posts/2021/12/iss-crew-2.md"
    assert bundle.article == "article.md"
    assert archive.bundle_for(_post(tmp_path, "a.htm")).article == "article.html"


@pytest.mark.parametrize(
    ("one", "other"),
    [("Post.md", "post.md"), ("é.md", "e\u0301.md"), ("A/x.md", "a/x.md")],
)
def test_ids_that_are_one_somewhere(one: str, other: str, archive: Archive, tmp_path: Path) -> None:
    """Ids that are one to some file systems get folders that are two on all of them."""
    posts = [_post(tmp_path, name) for name in (one, other)]
    folders = [_folder(archive, post) for post in posts]

    assert folders[0] == f"posts/{one}"
    assert folders[1].startswith(f"posts/{other}-")
    assert [_folder(archive, post) for post in reversed(posts)] == folders[::-1]


def test_bundles_stay_where_they_are(tmp_path: Path) -> None:
    """A later run finds each bundle where it was, though it meets the posts in another order."""
    posts = [_post(tmp_path, name) for name in ("Post.md", "post.md")]
    first = Archive(tmp_path / "archive")
    bundles = [first.bundle_for(post) for post in posts]
    for post, bundle in zip(posts, bundles, strict=True):
        _record(first, post, bundle)
    first.close()
    second = Archive(tmp_path / "archive")
    found = [second.bundle_for(post) for post in reversed(posts)]
    second.close()

    assert found == bundles[::-1]


def test_post_without_bundle_claims_nothing(archive: Archive, tmp_path: Path) -> None:
    """A post that got no bundle does not stand in another one's way."""
    first, second = (_post(tmp_path, name) for name in ("Post.md", "post.md"))
    archive.bundle_for(first)
    _record(archive, first, None)

    assert _folder(archive, second) == "posts/post.md"


def test_lock(tmp_path: Path) -> None:
    """An archive is held by one at a time, and let go of."""
    archive = Archive(tmp_path)
    with pytest.raises(ArchiveLockedError):
        Archive(archive.root)
    archive.close()
    Archive(archive.root).close()


def test_archive_that_cannot_be(tmp_path: Path) -> None:
    """A file where the archive should be is a failure of the storage."""
    (tmp_path / "archive").touch()

    with pytest.raises(StorageError, match="cannot write"):
        Archive(tmp_path / "archive")


def test_reports(archive: Archive) -> None:
    """Each run has a report of its own, also when two begin in one second."""
    began = datetime(2026, 11, 22, 7, 0, 12, tzinfo=UTC)
    names = [archive.write_report(archive.name_run(began), b"%d" % i).name for i in range(3)]
    archive.add_changes(archive.name_run(began), b"{}\n")

    assert names == [f"2026-11-22T070012Z{mark}.json" for mark in ("", "-2", "-3")]
    assert archive.name_run(began) == "2026-11-22T070012Z-5"


PLACES = {
    "name.md": ("name", "../name.md"),
    "a/name.md": ("a/name", "../name.md"),
    "a/index.md": ("a", "index.md"),
    "index.html": (".", "index.html"),
    "dotted.name.md": ("dotted.name", "../dotted.name.md"),
    "NAME.MD": ("NAME", "../NAME.MD"),
}


@pytest.mark.parametrize("name", PLACES)
def test_in_place(name: str, tmp_path: Path) -> None:
    """A bundle in place stands beside its article; an index is in its own."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    bundle = bundle_in_place(tmp_path / name)
    folder, article = PLACES[name]

    assert bundle.folder == tmp_path / folder
    assert bundle.article == article
    assert bundle.in_place


@pytest.mark.parametrize("index", ["index.md", "index.html"])
def test_in_place_beside_a_page(index: str, tmp_path: Path) -> None:
    """Where the folder is a post of its own, the bundle stands beside it."""
    (tmp_path / "name").mkdir()
    for path in ("name.md", f"name/{index}"):
        (tmp_path / path).touch()

    assert bundle_in_place(tmp_path / "name.md").folder == tmp_path / "name.archive"
    assert bundle_in_place(tmp_path / "name" / index).folder == tmp_path / "name"


def test_in_place_beside_a_file(tmp_path: Path) -> None:
    """Where a file has the folder's name, it stays."""
    for path in ("name.md", "name"):
        (tmp_path / path).touch()

    assert bundle_in_place(tmp_path / "name.md").folder == tmp_path / "name.archive"


@pytest.mark.parametrize(
    "names",
    [("a.md", "a.html"), ("a.md", "a.mdx", "a.markdown", "a.htm"), ("index.md", "index.html")],
)
def test_in_place_with_several_endings(names: tuple[str, ...], tmp_path: Path) -> None:
    """Articles that differ in their endings have bundles apart."""
    for name in names:
        (tmp_path / name).touch()
    folders = {bundle_in_place(tmp_path / name).folder for name in names}

    assert len(folders) == len(names)

"""Finding the articles of a source."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

import pytest

from crawler.common import archive_layout
from crawler.errors import UsageError
from crawler.sources import SUFFIXES, Folder, as_sources, discover


def _write(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def _sources(source: Path, name: str | None = None) -> list[str]:
    return [article.source for article in discover(source, name=name)]


def test_order(tmp_path: Path) -> None:
    """Articles come sorted within each folder, a folder where its name stands."""
    _write(tmp_path, "b.md", "a/z.md", "a/b/c.md", "c/a.md", "B.md", "a.md")

    assert _sources(tmp_path) == ["B.md", "a/b/c.md", "a/z.md", "a.md", "b.md", "c/a.md"]


def test_suffixes(tmp_path: Path) -> None:
    """The known endings count in either case; nothing else is an article."""
    articles = [f"a{suffix}" for suffix in SUFFIXES] + ["B.MD", "C.Html"]
    _write(tmp_path, *articles, "a.txt", "a.md.bak", "md", "a.png", "a.md~", "a.mdx.zip")

    assert sorted(_sources(tmp_path)) == sorted(articles)


def test_left_out(tmp_path: Path) -> None:
    """Hidden files and folders, packages and caches hold no articles."""
    _write(
        tmp_path,
        *("a.md", ".b.md", ".git/c.md", "x/.hidden/d.md", "node_modules/p/README.md"),
        *("x/node_modules/q/e.md", "__pycache__/f.md"),
    )

    assert _sources(tmp_path) == ["a.md"]


def test_folder_with_the_name_of_an_article(tmp_path: Path) -> None:
    """A folder may end in .md; it is a folder."""
    _write(tmp_path, "a.md/b.md", "c.html/index.html")

    assert _sources(tmp_path) == ["a.md/b.md", "c.html/index.html"]


def test_lazy(tmp_path: Path) -> None:
    """Only the folders that were come to have been looked at."""
    _write(tmp_path, "a/1.md", "a/2.md", "b/3.md")
    found = discover(tmp_path)
    first = [article.source for article in islice(found, 1)]
    _write(tmp_path, "b/4.md")
    rest = [article.source for article in found]

    assert first == ["a/1.md"]
    assert rest == ["a/2.md", "b/3.md", "b/4.md"]


def test_gone_meanwhile(tmp_path: Path) -> None:
    """What is deleted during the search is not found; the search goes on."""
    _write(tmp_path, "a.md", "b.md", "c/d.md", "e.md")
    found = discover(tmp_path)
    first = next(found).source
    (tmp_path / "b.md").unlink()
    (tmp_path / "c" / "d.md").unlink()
    (tmp_path / "c").rmdir()

    assert [first, *(article.source for article in found)] == ["a.md", "e.md"]


def test_archive_inside(tmp_path: Path) -> None:
    """Archives are passed over, and so are the copies in bundles that stand elsewhere."""
    _write(tmp_path, "a.md", f"archive/{archive_layout.CATALOG}", "archive/posts/a.md/article.md")
    _write(tmp_path, "moved/article.md", "moved/earlier/article-0.md", "moved/images/x.md")
    _write(tmp_path, "moved/mine.md")
    _manifest(tmp_path / "moved", "article.md")

    assert _sources(tmp_path) == ["a.md", "moved/mine.md"]


def test_bundle_in_place(tmp_path: Path) -> None:
    """A bundle in place copies nothing: what is called like a copy there is the author's."""
    _write(tmp_path, "page/index.md", "page/article.md", "page/earlier/old.md", "page/images/x.md")
    _manifest(tmp_path / "page", "index.md")

    assert _sources(tmp_path) == ["page/article.md", "page/earlier/old.md", "page/index.md"]


def test_foreign_manifest(tmp_path: Path) -> None:
    """A manifest.json that is not ours makes no bundle, however large or odd it is."""
    _write(tmp_path, "a/article.md", "b/article.md", "b/manifest.json/x.md")
    (tmp_path / "a" / "manifest.json").write_bytes(b'{"short_name": "\xff"}')

    assert _sources(tmp_path) == ["a/article.md", "b/article.md", "b/manifest.json/x.md"]


def _manifest(folder: Path, article: str) -> None:
    text = (
        f'{{"schema": "image-archiver/manifest/9", "post": {{"article": {{"path": "{article}"}}}}}}'
    )
    (folder / archive_layout.MANIFEST).write_text(text)


def test_source_that_is_an_archive(tmp_path: Path) -> None:
    """An archive is no source."""
    _write(tmp_path, archive_layout.CATALOG)

    with pytest.raises(UsageError, match="is an archive"):
        discover(tmp_path)


def test_links(tmp_path: Path) -> None:
    """A link to a file inside the source is followed; no link leads out, and none to a folder."""
    blog, outside = tmp_path / "blog", tmp_path / "outside"
    _write(blog, "a.md", "folder/b.md")
    _write(outside, "secret.md")
    for name, target in {
        "inside.md": "folder/b.md",
        "outwards.md": "../outside/secret.md",
        "absolute.md": str(outside / "secret.md"),
        "through.md": "inside.md",
        "nowhere.md": "missing.md",
        "loop.md": "loop.md",
        "elsewhere": str(outside),
        "again": "folder",
        "folder/up": "..",
    }.items():
        (blog / name).symlink_to(target)

    assert _sources(blog) == ["a.md", "folder/b.md", "inside.md", "through.md"]


def test_source_behind_a_link(tmp_path: Path) -> None:
    """A source may be given by a link; links inside it are measured by where they lead."""
    _write(tmp_path / "blog", "a.md")
    (tmp_path / "blog" / "b.md").symlink_to("a.md")
    (tmp_path / "link").symlink_to("blog")

    assert _sources(tmp_path / "link") == ["a.md", "b.md"]


def test_pipe(tmp_path: Path) -> None:
    """A pipe is no article: whoever opened it would wait for ever."""
    os.mkfifo(tmp_path / "a.md")

    assert _sources(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "post_id"),
    [
        ("a b.md", "a b.md"),
        ("空间站.md", "空间站.md"),
        ("what?.md", "what%3F.md"),
        ("a:b|c<d>*.md", "a%3Ab%7Cc%3Cd%3E%2A.md"),
        ("back\\slash.md", "back%5Cslash.md"),
        ("tab\tline\n.md", "tab%09line%0A.md"),
        ("100%41.md", "100%2541.md"),
        ("100%.md", "100%.md"),
        ("con.md", "%63on.md"),
        ("LPT1.html.md", "%4CPT1.html.md"),
        ("dots./a.md", "dots%2E/a.md"),
        ("dots../a.md", "dots.%2E/a.md"),
        ("space /a.md", "space%20/a.md"),
    ],
)
def test_names(name: str, post_id: str, tmp_path: Path) -> None:
    """The source has the name as it is, the id what every file system can hold."""
    _write(tmp_path, name)
    (article,) = discover(tmp_path)

    assert (article.source, article.id) == (name, post_id)


def test_name_that_is_not_unicode(tmp_path: Path) -> None:
    """The odd bytes of a name are percent-encoded in what is written of it; the file is found."""
    path = os.fsencode(tmp_path) + b"/caf\xe9.md"
    with open(path, "wb") as file:  # noqa: PTH123 - pathlib knows no bytes
        file.write(b"content")
    (article,) = discover(tmp_path)

    assert article.source == article.id == "caf%E9.md"
    assert article.former_id == "caf\ufffd.md"
    assert article.path.read_bytes() == b"content"


def test_long_name(tmp_path: Path) -> None:
    """A name as long as names can be leaves room for what is added to it in the archive."""
    name = "é" * 126 + ".md"
    _write(tmp_path, name)
    (article,) = discover(tmp_path)

    assert article.source == name
    assert len(article.id.encode()) <= 200
    assert article.id.endswith(".md")


def test_deep_tree(tmp_path: Path) -> None:
    """A tree that is deeper than a path can say costs what lies too deep, and nothing else."""
    name = "d" * 250
    folder = os.open(tmp_path, os.O_RDONLY)
    for _ in range(20):
        os.mkdir(name, dir_fd=folder)
        deeper = os.open(name, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = deeper
    os.close(os.open("deep.md", os.O_CREAT, dir_fd=folder))
    os.close(folder)
    _write(tmp_path, "z.md", f"{name}/a.md")

    assert _sources(tmp_path) == [f"{name}/a.md", "z.md"]


def test_single_file(tmp_path: Path) -> None:
    """A file is a source of its own; its folder is where its images may lie."""
    _write(tmp_path, "blog/a.md", "blog/b.md")
    (article,) = discover(tmp_path / "blog" / "a.md")

    assert (article.id, article.source, article.root) == ("a.md", "a.md", tmp_path / "blog")


def test_single_file_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source may be relative."""
    _write(tmp_path, "a.md")
    monkeypatch.chdir(tmp_path)

    assert _sources(Path("a.md")) == _sources(Path()) == ["a.md"]


def test_name_of_a_source(tmp_path: Path) -> None:
    """The name stands before the id and nowhere else."""
    _write(tmp_path, "a.md")
    (article,) = discover(tmp_path, name="blog: one")

    assert (article.id, article.source) == ("blog%3A one/a.md", "a.md")


def test_empty_folder(tmp_path: Path) -> None:
    """A folder without articles is a source all the same."""
    assert _sources(tmp_path) == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("missing", "no such file or folder"),
        ("missing.md", "no such file or folder"),
        ("a.txt", "is not an article"),
        ("a.md/b.md", "no such file or folder"),
        ("x" * 300, "File name too long"),
        ("a\0b", "no such file or folder"),
        ("pipe.md", "is neither a file nor a folder"),
    ],
)
def test_wrong_source(source: str, message: str, tmp_path: Path) -> None:
    """What cannot be a source is said at once, before the first article is asked for."""
    _write(tmp_path, "a.md", "a.txt")
    os.mkfifo(tmp_path / "pipe.md")

    with pytest.raises(UsageError, match=message):
        discover(tmp_path / source)


def test_folder_in_a_folder(tmp_path: Path) -> None:
    """A folder or a file below another source is left to that one, unless it passes them over."""
    for name in ("blog/2021/a.md", "blog/.drafts/b.md"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    names = ["blog", "blog/2021", "blog/2021/a.md", "blog/.drafts"]
    sources = as_sources([str(tmp_path / name) for name in names])

    assert sources == [Folder(tmp_path / "blog"), Folder(tmp_path / "blog/.drafts")]


def test_other_schemes() -> None:
    """A URL that is neither http nor https is refused as such."""
    with pytest.raises(UsageError, match="only http and https"):
        as_sources(["ftp://example.org/feed"])


def test_offline_pages(tmp_path: Path) -> None:
    """A page of ours that was copied among articles is none; a page that speaks of us is one."""
    ours = archive_layout.GENERATOR + b' 0.1.0">'
    (tmp_path / "index.html").write_bytes(b"<!doctype html>\n<head>" + ours)
    (tmp_path / "about.html").write_bytes(b"<p>image-archiver</p>")

    assert _sources(tmp_path) == ["about.html"]
    with pytest.raises(UsageError, match="offline page"):
        _sources(tmp_path / "index.html")


def test_copied_bundle_with_its_page(tmp_path: Path) -> None:
    """A bundle that was copied among articles holds none, its page included."""
    manifest = (
        f'{{"schema": "{archive_layout.SCHEMA}", "post": {{"article": {{"path": "article.md"}}}}}}'
    )
    _write(tmp_path, "a.md/article.md", "a.md/index.html", "b.md")
    (tmp_path / "a.md" / archive_layout.MANIFEST).write_text(manifest)

    assert _sources(tmp_path) == ["b.md"]

"""Images that lie beside the articles, and those inside them."""

from __future__ import annotations

import os
from base64 import b64encode
from urllib.parse import quote_from_bytes

import pytest

from crawler.common import archive_layout
from crawler.models import Entry
from tests.conftest import Workshop, image
from tests.site import picture

PICTURE = picture("local.png")

# Where the picture lies below the blog, and what the article names.
FOUND = {
    "beside the article": ("posts/x.png", "x.png"),
    "beside the article, with a dot": ("posts/x.png", "./x.png"),
    "below the article": ("posts/images/x.png", "images/x.png"),
    "above the article": ("images/x.png", "../images/x.png"),
    "Hexo's asset folder": ("posts/a/x.png", "x.png"),
    "root-relative": ("images/x.png", "/images/x.png"),
    "root-relative, static": ("static/images/x.png", "/images/x.png"),
    "root-relative, source": ("source/images/x.png", "/images/x.png"),
    "root-relative, public": ("public/images/x.png", "/images/x.png"),
    "percent-encoded": ("posts/空 间.png", "%E7%A9%BA%20%E9%97%B4.png"),
    "not encoded": ("posts/空间.png", "空间.png"),
    "with a query": ("posts/x.png", "x.png?w=1"),
    "with a fragment": ("posts/x.png", "x.png#top"),
    "a name with a question mark": ("posts/what?.png", "what%3F.png"),
    "with backslashes": ("posts/images/x.png", "images\\\\x.png"),
    "with a colon behind a slash": ("posts/images/a:b.png", "images/a:b.png"),
    "without an ending": ("posts/x", "x"),
}


def _entry(workshop: Workshop, destination: str, **settings: object) -> Entry:
    workshop.write("posts/a.md", f"![](<{destination}>)\n")
    workshop.run(**settings)
    return workshop.entry("posts/a.md")


@pytest.mark.parametrize(("path", "destination"), FOUND.values(), ids=FOUND)
def test_found(path: str, destination: str, workshop: Workshop) -> None:
    """A picture on the disk is archived with its derivatives, as any other."""
    workshop.write(path, PICTURE)
    entry = _entry(workshop, destination)

    assert entry.failure is None
    assert entry.state == "archived"
    assert entry.original is not None
    assert (workshop.bundle("posts/a.md") / entry.original.path).read_bytes() == PICTURE
    assert len(entry.derivatives) == 2
    assert entry.capture is not None
    assert (entry.capture.via, entry.capture.url) == ("file", entry.url)
    assert (entry.capture.status, entry.capture.headers) == (None, ())


FAILED = {
    "missing": ("missing.png", "not-found", False),
    "missing from the root": ("/missing.png", "no-base-url", False),
    "a folder": ("folder", "not-found", False),
    "nothing but a query": ("?x", "not-found", False),
    "outside": ("../../outside.png", "invalid-reference", True),
    "outside, encoded": ("%2e%2e/..%2foutside.png", "invalid-reference", True),
    "outside, with backslashes": ("..\\\\..\\\\outside.png", "invalid-reference", True),
    "far outside": ("../../../../../../../../etc/passwd", "invalid-reference", True),
    "outside from the root": ("/../outside.png", "invalid-reference", True),
    "outside by a link": ("link.png", "invalid-reference", True),
    "outside by a folder's link": ("linked/outside.png", "invalid-reference", True),
    "a link in a circle": ("loop.png", "not-found", False),
    "a pipe": ("pipe.png", "not-found", False),
    "empty": ("empty.png", "empty", False),
    "no image": ("text.png", "not-an-image", True),
    "half an image": ("half.png", "truncated", False),
    "a name that is too long": ("x" * 300 + ".png", "not-found", False),
    "a NUL": ("a%00b.png", "not-found", False),
    "no host": ("file:///C|/x.png", "unsupported-scheme", True),
    "a drive": ("C:\\\\x.png", "unsupported-scheme", True),
}


@pytest.mark.parametrize(("destination", "code", "permanent"), FAILED.values(), ids=FAILED)
def test_failed(destination: str, code: str, permanent: bool, workshop: Workshop) -> None:
    """What cannot be had says why, and nothing of this machine; nothing of it is kept."""
    (workshop.folder / "outside.png").write_bytes(PICTURE)
    posts = workshop.blog / "posts"
    (posts / "folder").mkdir(parents=True)
    (posts / "link.png").symlink_to(workshop.folder / "outside.png")
    (posts / "linked").symlink_to(workshop.folder)
    (posts / "loop.png").symlink_to("loop.png")
    os.mkfifo(posts / "pipe.png")
    for name, content in {"empty": b"", "text": b"words", "half": PICTURE[:-99]}.items():
        (posts / f"{name}.png").write_bytes(content)
    entry = _entry(workshop, destination)

    assert entry.failure is not None
    assert (entry.failure.code, entry.failure.permanent) == (code, permanent)
    assert (entry.original, entry.capture) == (None, None)
    document = (workshop.bundle("posts/a.md") / archive_layout.MANIFEST).read_text()
    assert str(workshop.folder) not in document
    kept = {path.name for path in workshop.bundle("posts/a.md").iterdir()}
    assert kept == {"article.md", archive_layout.MANIFEST, archive_layout.PAGE}


def test_too_large(workshop: Workshop) -> None:
    """The limit for one image is that of local ones too, and may be lifted later."""
    workshop.write("posts/x.png", PICTURE)
    refused = _entry(workshop, "x.png", DOWNLOAD_MAXSIZE=len(PICTURE) - 1).failure
    entry = _entry(workshop, "x.png", DOWNLOAD_MAXSIZE=len(PICTURE))

    assert refused is not None
    assert refused.code == "too-large"
    assert entry.state == "archived"


def test_link_inside(workshop: Workshop) -> None:
    """A link that stays inside the source is followed; the archive has the file."""
    workshop.write("images/x.png", PICTURE)
    (workshop.blog / "y.png").symlink_to("images/x.png")
    entry = _entry(workshop, "../y.png")

    assert entry.original is not None
    path = workshop.bundle("posts/a.md") / entry.original.path
    assert not path.is_symlink()
    assert path.read_bytes() == PICTURE


def test_first_place_wins(workshop: Workshop) -> None:
    """The picture beside the article comes before the one in the asset folder."""
    workshop.write("posts/x.png", PICTURE)
    workshop.write("posts/a/x.png", picture("other.png"))
    entry = _entry(workshop, "x.png")

    assert entry.original is not None
    assert entry.original.size == len(PICTURE)
    assert (workshop.bundle("posts/a.md") / entry.original.path).read_bytes() == PICTURE


def test_file_that_comes_later(workshop: Workshop) -> None:
    """A file that was missing and was put there is found by the next run."""
    before = _entry(workshop, "x.png")
    workshop.write("posts/x.png", PICTURE)
    workshop.run()

    assert before.state == "failed"
    assert workshop.entry("posts/a.md").state == "archived"


def test_in_place(workshop: Workshop) -> None:
    """In place, an author's picture that has the right place already is the original, untouched."""
    own = workshop.write("posts/a/images/x.png", PICTURE)
    workshop.write("posts/a.md", image("images/x.png"))
    before = own.stat()
    for _ in range(2):
        workshop.run(ARCHIVE_IN_PLACE=True)
    after = own.stat()

    assert (workshop.blog / "posts" / "a" / archive_layout.MANIFEST).exists()
    assert list(own.parent.iterdir()) == [own]
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_archive_that_follows_nothing_outside(workshop: Workshop) -> None:
    """No name that a post gives leads a file out of the bundle."""
    payloads = {name: picture(name) for name in ("1.png", "2.png", "3.png")}
    names = ["%2e%2e%2f%2e%2e%2fx.png", "..%5c..%5cx.png", "con.png"]
    for name, payload in zip(("x.png", "..\\..\\x.png", "con.png"), payloads.values(), strict=True):
        (workshop.blog / name).write_bytes(payload)
    workshop.write("posts/deep/a.md", "".join(image(f"/{name}") for name in names))
    before = {path for path in workshop.folder.rglob("*") if path.is_file()}
    workshop.run()
    made = {path for path in workshop.folder.rglob("*") if path.is_file()} - before

    assert all(path.is_relative_to(workshop.archive) for path in made)
    images = workshop.bundle("posts/deep/a.md") / archive_layout.IMAGES
    assert {path.parent for path in made if path.suffix == ".png"} <= {images}


# Images inside the article


@pytest.mark.parametrize(
    "url",
    [
        f"data:image/png;base64,{b64encode(PICTURE).decode()}",
        f"data:image/png,{quote_from_bytes(PICTURE)}",
        f"data:text/plain;base64,{b64encode(PICTURE).decode()}",
    ],
    ids=["base64", "percent-encoded", "of another type"],
)
def test_data_url(url: str, workshop: Workshop) -> None:
    """An image inside the article is archived; the JSON holds its digest, not its bytes."""
    entry = _entry(workshop, url)
    (reference,) = entry.references

    assert entry.state == "archived"
    assert entry.original is not None
    assert entry.original.path == f"images/data-{entry.original.digest[7:23]}.png"
    assert (workshop.bundle("posts/a.md") / entry.original.path).read_bytes() == PICTURE
    assert entry.url.endswith(f";sha256={entry.original.digest[7:]}")
    assert reference.destination == entry.url
    assert entry.capture is not None
    assert (entry.capture.via, entry.capture.url) == ("data", entry.url)


@pytest.mark.parametrize(
    "url", ["data:,", "data:image/png;base64,AAAA", "data:image/png;base64,!", "data:text/html,x"]
)
def test_data_url_without_image(url: str, workshop: Workshop) -> None:
    """A data: URL that holds no image fails as such."""
    entry = _entry(workshop, url)

    assert entry.failure is not None
    assert (entry.state, entry.failure.code) == ("failed", "not-an-image")


def test_data_url_in_front_matter(workshop: Workshop) -> None:
    """Nor does an image in the front matter come into the JSON."""
    url = f"data:image/png;base64,{b64encode(PICTURE).decode()}"
    workshop.write("a.md", f"---\nimage: {url}\n---\n{image(url)}")
    workshop.run()
    entry = workshop.entry("a.md")

    assert [reference.origin for reference in entry.references] == [
        "front-matter",
        "markdown-image",
    ]
    assert (workshop.bundle("a.md") / archive_layout.MANIFEST).stat().st_size < 4000


# Where pictures lie below the blog, what the article names, and which of them it is.
VAULT = {
    "anywhere": (("attachments/2021/x.png",), "x.png", 0),
    "whatever the case": (("attachments/X.PNG",), "x.png", 0),
    "with a size": (("attachments/x.png",), "x.png|300", 0),
    "beside the article first": (("attachments/x.png", "posts/x.png"), "x.png", 1),
    "the shortest path": (("a/b/c/x.png", "z/x.png"), "x.png", 1),
    "from the top": (("files/x.png",), "files/x.png", 0),
}


@pytest.mark.parametrize("case", VAULT)
def test_vault(case: str, workshop: Workshop) -> None:
    """What an embed of Obsidian names is found wherever it lies in the source folder."""
    paths, name, expected = VAULT[case]
    for number, path in enumerate(paths):
        workshop.write(path, picture(str(number)))
    workshop.write("posts/a.md", f"![[{name}]]\n")
    workshop.run()
    entry = workshop.entry("posts/a.md")

    assert entry.state == "archived", entry.failure
    assert entry.original is not None
    kept = workshop.bundle("posts/a.md") / entry.original.path
    assert kept.read_bytes() == picture(str(expected))


@pytest.mark.parametrize(
    "hidden", [".trash/x.png", "node_modules/x.png", "old/posts/b.md/images/x.png"]
)
def test_not_in_the_vault(hidden: str, workshop: Workshop) -> None:
    """What discovery passes over is no part of the vault, and Markdown's images are by path."""
    workshop.write(hidden, PICTURE)
    workshop.write("old/catalog.sqlite", b"")
    workshop.write("seen/y.png", PICTURE)
    workshop.write("posts/a.md", f"![[x.png]]\n{image('y.png')}")
    workshop.run()

    assert [e.state for e in workshop.manifest("posts/a.md").entries] == ["failed", "failed"]


def test_vault_leads_nowhere_else(workshop: Workshop) -> None:
    """A link in the vault that leads out of it is refused."""
    outside = workshop.folder / "secret.png"
    outside.write_bytes(PICTURE)
    workshop.write("posts/a.md", "![[x.png]]\n")
    (workshop.blog / "files").mkdir()
    (workshop.blog / "files" / "x.png").symlink_to(outside)
    workshop.run()
    entry = workshop.entry("posts/a.md")

    assert entry.failure is not None
    assert entry.failure.code == "invalid-reference"

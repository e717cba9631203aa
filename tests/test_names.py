"""Names of any bytes: what is no UTF-8, and what does not show."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess

import pytest

from crawler.common.json_codec import checksum
from crawler.common.safe_paths import safe_path
from crawler.store.archive import Archive
from crawler.store.catalog.migrations import PUT, SELECT
from tests.conftest import Workshop, image, snapshot
from tests.site import Site, picture

E = os.fsdecode(b"\xe9")
"""A byte that is no UTF-8: é, as Latin-1 has it."""
ENCODED = "%E9"
UNSEEN = ("\u202e", "\u200b", "\u200d", "\x85", "\u2028", "\ufeff", "\u3164", "\U000e0041")
FORMATS = (
    ("bagit", "bag"), ("ro-crate", "crate"), ("warc", "out.warc"), ("wacz", "out.wacz"),
    ("zip", "out.zip"), ("tar", "out.tar"), ("csv", "out.csv"), ("jsonl", "out.jsonl"),
    ("sha256sums", "sums"),
)  # fmt: skip
_ASK = "--allow-private-addresses"


def _fill(workshop: Workshop, site: Site, source: str = "blog") -> None:
    """Write a post, a folder and local images, each called by bytes that are no UTF-8."""
    root = workshop.folder / source
    for name, text in (
        (f"caf{E}.md", image(site.url("/ok.png")) + image("im%E9.png")),
        (f"d{E}r/post.md", image("x.png")),
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "raw.md").write_bytes(b"![](im\xe9.png)\n")
    (root / f"im{E}.png").write_bytes(picture("/im.png"))
    (root / f"d{E}r/x.png").write_bytes(picture("/x.png"))


def _done(
    workshop: Workshop, *arguments: object, code: int = 0
) -> subprocess.CompletedProcess[str]:
    done = workshop.command(*arguments)
    assert done.returncode == code, (arguments, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done


def test_archive_and_rerun(site: Site, workshop: Workshop) -> None:
    """Everything is archived under readable ids; the next run asks for nothing, writes nothing."""
    _fill(workshop, site)
    first = json.loads(_done(workshop, "archive", "blog", _ASK, "--json", code=1).stdout)
    before = snapshot(workshop.archive / "posts")
    second = json.loads(_done(workshop, "archive", "blog", _ASK, "--json", code=1).stdout)

    assert (first["posts"], first["archived"]) == (3, 4)
    assert (second["unchanged_posts"], second["requests"]) == (3, 0)
    assert snapshot(workshop.archive / "posts") == before
    assert site.hits("/ok.png") == 1
    assert workshop.manifest("caf%E9.md").post.source == "caf%E9.md"
    assert workshop.manifest("d%E9r/post.md").entries[0].state == "archived"
    assert workshop.manifest("raw.md").entries[0].state == "archived"


def test_every_verb(site: Site, workshop: Workshop) -> None:
    """Verify, status, view, every export, import, repair and a rebuilt catalog know such posts."""
    _fill(workshop, site)
    _done(workshop, "archive", "blog", _ASK, code=1)
    plan = json.loads(_done(workshop, "plan", "blog", "--json").stdout)
    _done(workshop, "verify", "--decode")
    shown = _done(workshop, "status", "caf%E9.md").stdout
    _done(workshop, "status", "--changes")
    found = json.loads(_done(workshop, "explain", site.url("/ok.png"), "--json").stdout)
    _done(workshop, "view")
    for name, out in FORMATS:
        _done(workshop, "export", name, out)
    _done(workshop, "import", "bag", "--archive", "back")
    _done(workshop, "import", "out.zip", "--archive", "back")
    _done(workshop, "verify", "--archive", "back")
    _done(workshop, "retry", _ASK)
    _done(workshop, "verify", "--rebuild-catalog")
    (workshop.bundle("caf%E9.md") / "images" / "ok.png").unlink()
    next(workshop.bundle("caf%E9.md").glob("images/im*")).unlink()
    _done(workshop, "archive", "blog", _ASK, code=1)
    _done(workshop, "verify", "--repair", _ASK)
    sums = subprocess.run(["sha256sum", "-c", "../sums"], cwd=workshop.archive, check=False)  # noqa: S607 - found where the person has it

    assert {post["id"] for post in plan["posts"]} == {"caf%E9.md", "d%E9r/post.md", "raw.md"}
    assert shown.startswith("caf%E9.md: 2 images")
    assert [post["post"] for post in found["posts"]] == ["caf%E9.md"]
    assert (workshop.bundle("caf%E9.md") / "index.html").is_file()
    assert sums.returncode == 0


def test_localize_and_restore(site: Site, workshop: Workshop) -> None:
    """The author's file is written in place and given back, whatever it is called."""
    _fill(workshop, site)
    article = workshop.blog / f"caf{E}.md"
    before = article.read_bytes()
    _done(workshop, "archive", "blog", _ASK, code=1)
    _done(workshop, "localize", "--to", "copy", "caf%E9.md", "d%E9r/post.md")
    changed = _done(workshop, "localize", "--to", "in-place", f"blog/caf{E}.md")
    after = article.read_text()
    _done(workshop, "restore")

    assert r"caf\xe9.md: 1 link" in changed.stdout
    assert "(../archive/posts/caf%25E9.md/images/ok.png)" in after
    assert article.read_bytes() == before


def test_in_place(site: Site, workshop: Workshop) -> None:
    """A bundle beside such an article is found again, exported by its sums, and rebuilt."""
    _fill(workshop, site)
    _done(workshop, "archive", "blog", "--in-place", _ASK, code=1)
    asked = len(site.requests)
    again = json.loads(
        _done(workshop, "archive", "blog", "--in-place", _ASK, "--json", code=1).stdout
    )
    _done(workshop, "verify")
    sums = _done(workshop, "export", "sha256sums", "sums")
    checked = subprocess.run(["sha256sum", "-c", "../sums"], cwd=workshop.archive, check=False)  # noqa: S607 - as above
    _done(workshop, "export", "csv", "out.csv")
    _done(workshop, "export", "jsonl", "out.jsonl")
    _done(workshop, "localize", "--to", "in-place")
    after = (workshop.blog / f"caf{E}.md").read_text()
    _done(workshop, "restore")
    _done(workshop, "verify", "--rebuild-catalog")
    rebuilt = json.loads(
        _done(workshop, "archive", "blog", "--in-place", _ASK, "--json", code=1).stdout
    )

    assert (again["unchanged_posts"], rebuilt["archived"]) == (3, 4)
    assert (checked.returncode, "3 posts" in sums.stdout) == (0, True)
    assert "(caf%E9/images/ok.png)" in after
    assert len(site.requests) == asked


@pytest.mark.parametrize("name", [f"bl{E}g", "bl\u202eog"])
def test_named_on_the_command_line(site: Site, workshop: Workshop, name: str) -> None:
    """Source, archive, feed and export may be called so, too."""
    _fill(workshop, site, name)
    feed = workshop.folder / name / f"f{E}.xml"
    feed.write_text(
        "<rss version='2.0'><channel><title>F</title><item><title>T</title><guid>1</guid>"
        f"<description>&lt;img src='{site.url('/ok/feed.png')}'&gt;</description></item>"
        "</channel></rss>"
    )
    root = f"arch{E}"
    for _ in range(2):
        done = _done(
            workshop, "archive", name, f"{name}/f{E}.xml", "--archive", root, _ASK, "--json", code=1
        )
    _done(workshop, "archive", f"{name}/caf{E}.md", "--archive", root, _ASK)
    shown = _done(workshop, "plan", name)
    for verb in ("verify", "status", "view"):
        _done(workshop, verb, "--archive", root)
    _done(workshop, "export", "zip", f"{E}.zip", "--archive", root)
    _done(workshop, "import", f"{E}.zip", "--archive", "back")
    report = min((workshop.folder / root / "runs").glob("*Z.json")).read_text("utf-8")

    assert (json.loads(done.stdout)["archived"], json.loads(done.stdout)["requests"]) == (5, 0)
    assert json.loads(report)["sources"] == [
        name.replace(E, ENCODED),
        f"{name}/f%E9.xml".replace(E, ENCODED),
    ]
    assert "caf%E9.md" in shown.stdout


@pytest.mark.parametrize("character", UNSEEN)
def test_what_does_not_show(site: Site, workshop: Workshop, character: str) -> None:
    """Ids and folders spell it out, and so does whatever is shown of the name."""
    workshop.write(f"a{character}gnp.md", image(site.url("/ok.png")))
    workshop.write(f"d{character}/{character}.html", b"\xff" * 40_000_000)
    done = _done(workshop, "archive", "blog", _ASK, code=1)
    (post,) = (workshop.archive / "posts").iterdir()
    shown = [
        _done(workshop, "plan", "blog", code=1).stdout,
        _done(workshop, "status", post.name).stdout,
        _done(workshop, "view").stdout,
        done.stdout + done.stderr,
        (post / "index.html").read_text("utf-8"),
        (workshop.archive / "index.html").read_text("utf-8"),
    ]

    assert re.fullmatch(r"a(%[0-9A-F]{2})+gnp\.md", post.name)
    assert not [text for text in shown if character in text]


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("lost", [False, True])
def test_ids_of_former_versions(
    site: Site, workshop: Workshop, *, in_place: bool, lost: bool
) -> None:
    """What an earlier version archived under such an id goes on there, also without a catalog."""
    name = "a\u202egnp.md"
    workshop.write(name, image(site.url("/ok.png")))
    workshop.write("b\u200b.md", "no image\n")
    _as_formerly(workshop, in_place=in_place)
    if lost:
        (workshop.archive / "catalog.sqlite").unlink()
    before = _manifests(workshop)
    arguments = ["archive", "blog", _ASK, "--json", *(["--in-place"] if in_place else [])]
    done = json.loads(_done(workshop, *arguments).stdout)
    workshop.write(name, "New.\n" + image(site.url("/ok.png")))
    _done(workshop, *arguments)
    after = _manifests(workshop)

    assert (done["archived"], done["requests"], site.hits("/ok.png")) == (1, 0, 1)
    _done(workshop, "view")
    pages = [*workshop.archive.rglob("*.html"), *workshop.archive.rglob("*.js")]
    assert not [page for page in pages if "\u202e" in page.read_text("utf-8")]
    assert list(after) == list(before)
    assert {json.loads(text)["post"]["id"] for text in after.values()} == {name}
    assert name in json.loads(next(iter(after.values())))["post"]["source"]
    _done(workshop, "verify")
    if not lost:
        assert _ids(workshop) == [name, "b\u200b.md"]


def _manifests(workshop: Workshop) -> dict[str, str]:
    found = sorted(workshop.folder.rglob("manifest.json"))
    return {str(path): path.read_text("utf-8") for path in found}


def _ids(workshop: Workshop) -> list[str]:
    archive = Archive(workshop.archive)
    try:
        return [row.id for row in archive.catalog.posts()]
    finally:
        archive.close()


def _as_formerly(workshop: Workshop, *, in_place: bool) -> None:
    """Archive the blog, and call its posts as version 0.1.0 did."""
    workshop.run(ARCHIVE_IN_PLACE=in_place)
    with sqlite3.connect(workshop.archive / "catalog.sqlite") as catalog:
        for path in workshop.blog.glob("*.md"):
            new, old = safe_path(path.name), safe_path(path.name, former=True)
            assert new != old
            catalog.execute("UPDATE posts SET id = ? WHERE id = ?", (old, new))
            for table in ("posts", "captures", "holders"):
                catalog.execute(
                    f"UPDATE {table} SET bundle = replace(bundle, ?, ?)",  # noqa: S608 - ours
                    (f"posts/{new}", f"posts/{old}"),
                )
            catalog.execute("UPDATE posts SET folded = replace(folded, ?, ?)", (new.lower(), old))
            bundle = workshop.archive / "posts" / new
            if bundle.is_dir():
                bundle.rename(workshop.archive / "posts" / old)
            for manifest in workshop.folder.rglob("manifest.json"):
                document = manifest.read_text("utf-8")
                manifest.write_text(document.replace(f'"id": "{new}"', f'"id": "{old}"'), "utf-8")
        for table in ("posts", "captures", "holders"):
            rows = catalog.execute(SELECT[table]).fetchall()
            catalog.executemany(PUT[table], [(*row, checksum(row)) for row in rows])
        # The former version kept no digests of manifests.
        catalog.execute("DELETE FROM digests")
    catalog.close()
    for page in ("index.html", "gallery"):
        path = workshop.archive / page
        if path.is_dir():
            shutil.rmtree(path)

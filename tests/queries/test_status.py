"""What an archive holds, in words and as documents: all of it, a host, a post, an image."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from crawler.errors import UsageError
from crawler.queries.subjects import subject_of
from crawler.store.archive import Archive
from crawler.store.failures import missing
from tests.conftest import LOOPBACK, Workshop, image
from tests.site import Site


@pytest.fixture
def archive(site: Site, workshop: Workshop) -> Workshop:
    """An archive of two posts: an image that is gone, one that is not found, one without a base."""
    workshop.write("2021/a.md", image(site.url("/ok.png")) + image(site.url("/gone.png")))
    workshop.write("b.md", image(site.url("/not-found.png")) + image("x.png"))
    workshop.run(workshop.blog)
    return workshop


def test_failed_as_csv(archive: Workshop, site: Site) -> None:
    """Each image that is not archived is a row, local ones too, with what to type for it."""
    result = archive.command("status", "--failed", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))

    assert result.returncode == 0, result.stderr
    assert [(row["post"], row["url"], row["code"], row["permanent"]) for row in rows] == [
        ("2021/a.md", site.url("/gone.png"), "gone", "true"),
        ("b.md", site.url("/not-found.png"), "not-found", "true"),
        ("b.md", "x.png", "not-found", "false"),
    ]
    assert rows[0]["command"] == (
        f"image-archiver retry --only gone --host {LOOPBACK} --fallback memento"
    )


def test_failed_as_json(archive: Workshop) -> None:
    """As JSON it is one document; an archive that lacks nothing has an empty list."""
    listed = json.loads(archive.command("status", "--failed", "--json", "--only", "gone").stdout)
    none = archive.command("status", "--failed", "--format", "json", "--only", "empty")

    assert [row["code"] for row in listed["failed"]] == ["gone"]
    assert json.loads(none.stdout) == {"failed": []}


def test_failed_in_words(archive: Workshop, site: Site) -> None:
    """For people each is named with its post, what happened, and what to type next."""
    shown = archive.command("status", "--failed").stdout

    assert f"{'gone':<20} {site.url('/gone.png')}\n" in shown
    assert "2021/a.md: HTTP 410; not asked for again by itself" in shown
    assert "3 images not archived." in shown
    assert "image-archiver retry --only gone --fallback memento" in shown


def test_whole_archive(archive: Workshop, site: Site) -> None:
    """All of it: counts, sizes, failures with advice, and how to see each of them."""
    archive.write("c.md", image(site.url("/ok.png")))
    archive.run()
    shown = archive.command("status").stdout
    plain = json.loads(archive.command("status", "--json").stdout)

    assert shown.startswith("3 posts with 5 images in 5 places: 2 archived, 3 failed.\n")
    assert "of it the same files again" in shown
    assert "Each of them: image-archiver status --failed\n" in shown
    assert plain["size"] == 2 * plain["unique_size"]


@pytest.mark.parametrize("name", ["2021/a.md", "posts/2021/a.md"])
def test_post(name: str, archive: Workshop) -> None:
    """A post is named by its id or its bundle, and shows what became of each image."""
    shown = archive.command("status", name).stdout

    assert shown.startswith("2021/a.md: 2 images in 2 places.\nIn archive/posts/2021/a.md\n")
    assert "images/ok.png, 480 x 320" in shown
    assert "gone: HTTP 410" in shown


def test_host(archive: Workshop) -> None:
    """A host shows its images by state and code, and how to try them again there."""
    shown = archive.command("status", LOOPBACK).stdout
    plain = json.loads(archive.command("status", f"//{LOOPBACK}", "--json").stdout)

    assert shown.startswith(f"{LOOPBACK}: 3 images, 1 archived, 2 failed.\n")
    assert f"retry --only gone --host {LOOPBACK} --fallback memento" in shown
    assert (plain["archived"], plain["failures"]) == (1, {"gone": 1, "not-found": 1})


def test_image(archive: Workshop, site: Site) -> None:
    """A URL shows its state, the posts that name it, and where to read more."""
    shown = archive.command("status", site.url("/gone.png")).stdout

    assert "failed: gone, HTTP 410" in shown
    assert "2021/a.md, in archive/posts/2021/a.md" in shown
    assert f"image-archiver explain {site.url('/gone.png')}" in shown


def test_what_is_meant(archive: Workshop) -> None:
    """A word is a host, a post or a URL; for what is none of them those most like it are named."""
    root = archive.archive

    assert subject_of(root, LOOPBACK).kind == "host"
    assert subject_of(root, "b.md").kind == "post"
    assert subject_of(root, "https://nowhere.example/x.png").kind == "image"
    with pytest.raises(UsageError, match=r"no host and no post a\.md.*\n  2021/a\.md"):
        subject_of(root, "a.md")


def test_two_meanings(site: Site, workshop: Workshop) -> None:
    """A word that is a host and a post is refused, and the error says how to say which."""
    workshop.write("index.md", image(site.url("/ok.png")))
    workshop.run()
    opened = Archive(workshop.archive)
    row = opened.catalog.post("index.md")
    assert row is not None
    opened.record(replace(row, id=LOOPBACK, bundle=f"posts/{LOOPBACK}"))
    opened.close()

    with pytest.raises(UsageError, match=f"say //{LOOPBACK} for the host, posts/{LOOPBACK}"):
        subject_of(workshop.archive, LOOPBACK)
    assert subject_of(workshop.archive, f"//{LOOPBACK}").kind == "host"
    assert subject_of(workshop.archive, f"posts/{LOOPBACK}").kind == "post"


def test_unknown_code(archive: Workshop) -> None:
    """A code that does not exist is refused, and the nearest is named."""
    with pytest.raises(UsageError, match="did you mean not-found"):
        list(missing(archive.archive, only=["not-fund"]))


@pytest.mark.parametrize(
    "arguments",
    [
        ("status", "--failed", "b.md"),
        ("status", "--failed", "--changes"),
        ("status", "--only", "gone"),
        ("status", "--format", "csv"),
        ("status", "nobody.example"),
        ("status", "--archive", "no-such-folder"),
    ],
)
def test_wrong_questions(arguments: tuple[str, ...], archive: Workshop) -> None:
    """A question that cannot be answered is refused with exit 2 and a reason."""
    result = archive.command(*arguments)

    assert result.returncode == 2
    assert result.stderr.startswith("image-archiver: ")
    assert "Traceback" not in result.stderr


def _complete(workshop: Workshop, words: str) -> list[str]:
    """Return what the shell is offered behind *words*."""
    environment = {
        "_IMAGE_ARCHIVER_COMPLETE": "bash_complete",
        "COMP_WORDS": f"image-archiver {words}",
        "COMP_CWORD": str(len(words.split(" "))),
    }
    shown = workshop.command(environment=environment).stdout.split()
    return [line.partition(",")[2] for line in shown]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("stat", ["status"]),
        ("retry --only go", ["gone"]),
        ("retry --host 127", [LOOPBACK]),
        ("status 20", ["2021/a.md"]),
        ("status --archive nowhere 20", []),
        ("archive --conv", ["--convert"]),
        ("archive blo", ["blo"]),
        ("verify 20", ["2021/a.md", "20"]),
    ],
)
def test_completion(words: str, offered: list[str], archive: Workshop) -> None:
    """The shell completes verbs, options and codes, and hosts and posts from the catalog.

    What was typed comes back where it may be a path: the shell looks for that itself.
    """
    assert _complete(archive, words) == offered

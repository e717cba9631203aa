"""``verify`` as a person and a script meet it: words, documents, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.common import archive_layout
from crawler.store.archive import Archive
from tests.conftest import Workshop, snapshot
from tests.site import Site
from tests.verify.damage import FIRST, SECOND, delete, fill, flip, put


def test_sound(site: Site, workshop: Workshop) -> None:
    """A sound archive is one line, how much was read, and exit 0; quiet it is nothing."""
    fill(workshop, site)
    words = workshop.command("verify")
    silent = workshop.command("verify", "--quiet")

    assert (words.returncode, words.stderr) == (0, "")
    assert words.stdout.startswith("2 bundles with ")
    assert "nothing is amiss." in words.stdout
    assert (silent.returncode, silent.stdout, silent.stderr) == (0, "", "")


def test_damage(site: Site, workshop: Workshop) -> None:
    """Damage is exit 5: each file under its kind, and the next step."""
    fill(workshop, site)
    flip(f"{FIRST}/images/one.png")(workshop.archive)
    put(f"{SECOND}/mine.txt")(workshop.archive)
    words = workshop.command("verify")
    quiet = workshop.command("verify", "-q")

    assert (words.returncode, quiet.returncode) == (5, 5)
    assert "2 findings" in words.stdout
    assert f"altered (1): The bytes are no longer those that were archived.\n  {FIRST}/" in (
        words.stdout
    )
    assert "--repair" in words.stdout
    assert (quiet.stdout, quiet.stderr) == ("", words.stdout)


def test_json(site: Site, workshop: Workshop) -> None:
    """With --json there is one document, whose keys stay."""
    fill(workshop, site)
    flip(f"{FIRST}/images/one.png")(workshop.archive)
    result = workshop.command("verify", "--json", "--sample", "100%", "--since", "2026-01-01")
    document = json.loads(result.stdout)
    (finding,) = document["findings"]

    assert result.returncode == 5
    assert list(document) == [
        "bundles", "files", "size", "hashed", "hashed_size", "decoded", "alone",
        "fast", "sample", "since",
        "counts", "findings", "unfinished", "set_aside", "rebuilt",
    ]  # fmt: skip
    assert list(finding) == ["kind", "path", "detail", "bundle", "expected", "found", "repair"]
    assert document["counts"] == {
        "missing": 0, "altered": 1, "unexpected": 0, "undecodable": 0, "manifest-invalid": 0,
        "catalog-differs": 0,
    }  # fmt: skip
    assert (document["sample"]["part"], document["since"]) == (1.0, "2026-01-01")


def test_repair(site: Site, workshop: Workshop) -> None:
    """A repair that mends all is exit 0, says how, and lists what is set aside."""
    fill(workshop, site)
    before = snapshot(workshop.archive / FIRST / "images")
    flip(f"{FIRST}/images/one.png")(workshop.archive)
    result = workshop.command("verify", "--repair", "--json", "--allow-private-addresses")
    document = json.loads(result.stdout)
    after = snapshot(workshop.archive / FIRST / "images")

    assert result.returncode == 0, result.stderr
    assert document["findings"][0]["repair"] == {"done": True, "how": "from its URL"}
    assert [Path(path).name for path in document["set_aside"]] == ["one.png"]
    assert {name: content for name, (_, content) in after.items()} == {
        name: content for name, (_, content) in before.items()
    }


def test_what_a_repair_leaves(site: Site, workshop: Workshop) -> None:
    """A repair that cannot mend all is exit 5 and says what to do."""
    fill(workshop, site)
    flip(f"{FIRST}/images/one.png")(workshop.archive)
    result = workshop.command("verify", "--repair")  # the loopback address is not public

    assert result.returncode == 5
    assert "left: " in result.stdout
    assert "is not a public address" in result.stdout


def test_rebuild_catalog(site: Site, workshop: Workshop) -> None:
    """A deleted catalog is made anew by one command; the run after it asks for nothing."""
    fill(workshop, site)
    delete("catalog.sqlite")(workshop.archive)
    lost = workshop.command("verify", "--fast")
    rebuilt = workshop.command("verify", "--rebuild-catalog")
    asked = len(site.requests)
    run = workshop.command("archive", "blog", "--json", "--allow-private-addresses")

    assert (lost.returncode, rebuilt.returncode, run.returncode) == (5, 0, 0)
    assert "there is no catalog" in lost.stdout
    assert "The catalog is made anew: 2 posts, 3 images." in rebuilt.stdout
    assert json.loads(run.stdout)["archived"] == 6
    assert len(site.requests) == asked


def test_held(site: Site, workshop: Workshop) -> None:
    """While a run holds the archive: exit 6, and nothing is said but that."""
    fill(workshop, site)
    held = Archive(workshop.archive)
    try:
        results = [
            workshop.command("verify", *options)
            for options in ((), ("--repair",), ("--rebuild-catalog",))
        ]
    finally:
        held.close()

    assert [result.returncode for result in results] == [6, 6, 6]
    assert {len(result.stderr.splitlines()) for result in results} == {1}


def test_given(site: Site, workshop: Workshop) -> None:
    """A post, or a folder, is checked alone."""
    fill(workshop, site)
    flip(f"{FIRST}/images/one.png")(workshop.archive)
    post = workshop.command("verify", "deep/b.md")
    folder = workshop.command("verify", f"archive/{archive_layout.POSTS}/a.md", "--archive", "none")

    assert post.returncode == 0
    assert "1 bundle with " in post.stdout
    assert folder.returncode == 5


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--archive", "blog"),
        ("no-such-post.md",),
        ("--fast", "--decode"),
        ("--fast", "--sample", "5%"),
        ("--sample", "many"),
        ("--sample-date", "2026-11-25"),
        ("--since", "yesterday"),
        ("--repair", "--timegate", "https://archive.example/"),
        ("--rebuild-catalog",),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], workshop: Workshop) -> None:
    """Wrong usage is one line on standard error and exit 2; nothing is made."""
    result = workshop.command("verify", *arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert not workshop.archive.exists()

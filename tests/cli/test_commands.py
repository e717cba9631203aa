"""The command line as a person and a script meet it: words, documents, exit codes."""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.common import archive_layout
from crawler.store.archive import Archive
from tests.conftest import LOOPBACK, Workshop, image, snapshot
from tests.site import Proxy, Site, certificates, picture

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def port() -> int:
    """A port that is free."""
    with socket.create_server((LOOPBACK, 0)) as server:
        return int(server.getsockname()[1])


def test_demo(workshop: Workshop, port: int) -> None:
    """The demo archives all it names and exits 0; a second run asks for nothing."""
    first = workshop.command("demo", "--port", port)
    before = snapshot(workshop.archive / "posts")
    second = workshop.command("demo", "--port", port, "--json")
    summary = json.loads(second.stdout)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "archived" in first.stdout
    assert (summary["requests"], summary["failed"]) == (0, 0)
    assert summary["archived"] == summary["entries"] >= 12
    assert snapshot(workshop.archive / "posts") == before


def test_demo_behind_a_proxy(workshop: Workshop, port: int) -> None:
    """The proxy of the person's network is not asked for the sample site."""
    proxy = {"http_proxy": "http://127.0.0.1:9/", "https_proxy": "http://127.0.0.1:9/"}
    result = workshop.command("demo", "--port", port, environment=proxy)

    assert result.returncode == 0, result.stdout


def test_broken_demo(workshop: Workshop, port: int) -> None:
    """The broken demo exits 1 with exactly three failures, each with its reason."""
    result = workshop.command("demo", "--broken", "--port", port)
    again = workshop.command("demo", "--broken", "--port", port, "--json")
    summary = json.loads(again.stdout)

    assert (result.returncode, again.returncode) == (1, 1)
    assert summary["failures"] == {"disallowed-by-robots": 1, "not-an-image": 1, "not-found": 1}
    for words in ("HTTP 404", "looks like an HTML page", "robots.txt disallows it"):
        assert words in result.stdout


def test_json_stands_alone(site: Site, workshop: Workshop) -> None:
    """With --json, standard output is one document and nothing else."""
    workshop.write("a.md", image(site.url("/ok.png")) + image(site.url("/gone.png")))
    result = workshop.command("archive", "blog", "--json", "--allow-private-addresses")
    summary = json.loads(result.stdout)

    assert result.returncode == 1
    assert list(summary) == [
        "posts", "references", "entries", "archived", "suspect", "failed", "skipped", "failures",
        "requests", "downloaded_bytes", "unchanged_posts", "seconds",
        "incomplete_posts", "post_problems", "incomplete",
    ]  # fmt: skip
    assert (summary["archived"], summary["failures"]) == (1, {"gone": 1})


@pytest.mark.parametrize(
    "arguments",
    [
        ("archive",),
        ("archive", "no-such-folder"),
        ("archive", "blog", "--thumbnail", "wide"),
        ("archive", "blog", "--convert", "bmp"),
        ("archive", "blog", "--base-url", "not a url"),
        ("archive", "blog", "--no-such-option"),
        ("archive", "blog", "--config", "no-such-file.toml"),
        ("archive", "blog", "--config", "unknown-key.toml"),
        ("archive", "blog", "--config", "broken.toml"),
        ("archive", "blog", "-s", "NO_VALUE"),
        ("archive", "blog", "-s", "CONCURRENT_REQUESTS=many"),
        ("archive", "blog", "-s", "ROBOTSTXT_OBEY=maybe"),
        ("archive", "blog", "-s", "DOWNLOAD_DELAY=abc"),
        ("archive", "blog", "--archive", "blog"),
        ("archive", "blog", "--select", "p[["),
        ("archive", "https://"),
        ("plan", "no-such-folder"),
        ("status", "--archive", "blog"),
        ("no-such-verb",),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], workshop: Workshop) -> None:
    """Wrong usage is one line on standard error and exit 2; nothing is begun."""
    (workshop.folder / "unknown-key.toml").write_text("thumbnials = 3\n")
    (workshop.folder / "broken.toml").write_text("thumbnail = \n")
    result = workshop.command(*arguments)

    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert result.stderr.startswith("image-archiver: ")
    assert result.stdout == ""
    assert not (workshop.archive / "posts").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("archiv", "blog"), "Did you mean 'archive'?"),
        (("archive", "blog", "--thumbnial", "3"), "--thumbnail"),
        (("archive", "blog", "--config", "typo.toml"), "did you mean 'thumbnail'?"),
        (("retry", "--only", "not-fund"), "not-found"),
        (("status", "--archive", "nowhere"), "image-archiver archive SOURCE makes one"),
        (("archive",), "SOURCE"),
        (("archive", "no-such-folder"), "no-such-folder"),
    ],
)
def test_what_was_meant(arguments: tuple[str, ...], words: str, workshop: Workshop) -> None:
    """An error names what was probably meant, or what to type instead."""
    (workshop.folder / "typo.toml").write_text("thumbnial = 3\n")
    Archive(workshop.archive).close()
    result = workshop.command(*arguments)

    assert result.returncode == 2
    assert words in result.stderr


def test_config_of_several_verbs(workshop: Workshop) -> None:
    """One file serves several verbs: each takes what it knows of it."""
    (workshop.folder / "archiver.toml").write_text("archive = 'kept'\nthumbnail = 100\n")
    Archive(workshop.folder / "kept").close()
    result = workshop.command("status", "--config", "archiver.toml")

    assert (result.returncode, result.stderr) == (0, "")


def test_no_arguments(workshop: Workshop) -> None:
    """Without a verb the help is shown; the exit code is that of wrong usage."""
    result = workshop.command()

    assert result.returncode == 2
    assert "Usage: image-archiver" in result.stdout
    assert "image-archiver demo " in result.stdout


def test_config_file(site: Site, workshop: Workshop) -> None:
    """A TOML file holds the options by their names; the command line overrules it."""
    workshop.write("a.md", image("/ok.png"))
    (workshop.folder / "archiver.toml").write_text(
        f'base-url = "{site.url("/")}"\nthumbnail = 100\nconvert = "none"\n'
        "allow-private-addresses = true\narchive = 'kept'\nper-host = 2\n"
    )
    result = workshop.command("archive", "blog", "--config", "archiver.toml", "--thumbnail", "60")
    made = sorted(p.name for p in (workshop.folder / "kept").rglob("thumbnails/*"))

    assert result.returncode == 0, result.stderr
    assert made == ["ok.60.jpg"]
    assert not list((workshop.folder / "kept").rglob("converted"))


def test_plan(workshop: Workshop) -> None:
    """A plan says what would be fetched, asks nobody and writes nothing."""
    workshop.write(
        "2021/a.md", "---\ntitle: T\ndate: 2021-12-01\n---\n![x](https://e.example/x.png)"
    )
    workshop.write("b.md", "---\ntitle: [\n---\nno images")
    before = snapshot(workshop.folder)
    document = json.loads(workshop.command("plan", "blog", "--json").stdout)
    first, second = document["posts"]

    assert first == {
        "id": "2021/a.md",
        "source": "2021/a.md",
        "title": "T",
        "date": "2021-12-01T00:00:00Z",
        "problems": [],
        "references": [
            {
                "url": "https://e.example/x.png",
                "origin": "markdown-image",
                "location": "line 5",
                "destination": "https://e.example/x.png",
            }
        ],
    }
    assert "broken YAML front matter" in second["problems"][0]
    assert snapshot(workshop.folder) == before


def test_plan_of_nothing(workshop: Workshop) -> None:
    """An empty folder has an empty plan."""
    assert json.loads(workshop.command("plan", "blog", "--json").stdout) == {"posts": []}


def test_status(site: Site, workshop: Workshop) -> None:
    """Status tells states, failures by code, and hosts."""
    workshop.write("a.md", image(site.url("/ok.png")) + image(site.url("/gone.png")))
    workshop.run()
    result = workshop.command("status", "--json")
    status = json.loads(result.stdout)

    assert result.returncode == 0
    assert (status["posts"], status["entries"], status["archived"], status["failed"]) == (
        1,
        2,
        1,
        1,
    )
    assert status["failures"] == {"gone": 1}
    assert status["hosts"] == {LOOPBACK: {"archived": 1, "not_archived": 1}}
    assert "gone" in workshop.command("status").stdout


def test_locked_archive(site: Site, workshop: Workshop) -> None:
    """While another run holds the archive, exit 6."""
    workshop.write("a.md", image(site.url("/ok.png")))
    held = Archive(workshop.archive)
    try:
        result = workshop.command("archive", "blog", "--allow-private-addresses")
    finally:
        held.close()

    assert result.returncode == 6
    assert len(result.stderr.splitlines()) == 1
    assert f"archive: process {os.getpid()}, since 20" in result.stderr
    assert f"wait for its end or stop it with: kill {os.getpid()}" in result.stderr


def test_locked_archive_as_json(workshop: Workshop) -> None:
    """With --json, who holds the archive is a document on standard output; the line stays."""
    held = Archive(workshop.archive)
    try:
        result = workshop.command("archive", "blog", "--json")
    finally:
        held.close()
    error = json.loads(result.stdout)["error"]

    assert result.returncode == 6
    assert (error["code"], error["holder"]["pid"]) == ("archive-locked", os.getpid())
    assert result.stderr == f"image-archiver: {error['message']}\n"


def test_full_disk(site: Site, workshop: Workshop) -> None:
    """A file system that refuses a file stops the run: exit 3, nothing half-written."""
    big = site.serve("/big.png", picture("/big.png", size=(1500, 1500)) + bytes(3_000_000))
    workshop.write("a.md", image(big))
    command = workshop.command_line("archive", "blog", "--allow-private-addresses")
    result = subprocess.run(
        command,
        cwd=workshop.folder,
        # The kernel refuses files beyond this size, as it refuses what does not fit on a disk.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000)),
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    kept = [path.name for path in workshop.archive.rglob("*") if path.is_file()]

    assert result.returncode == 3, result.stderr
    assert "cannot write" in result.stdout
    assert kept.count(archive_layout.UNFINISHED) == 1
    kept.remove(archive_layout.UNFINISHED)
    assert not [name for name in kept if "big" in name or "part" in name or name == "manifest.json"]

    workshop.run()
    assert workshop.entry("a.md").state == "archived"


def test_archive_that_cannot_be_made(workshop: Workshop) -> None:
    """An archive folder that cannot be made is one line and exit 3."""
    (workshop.folder / "file").write_text("")
    result = workshop.command("archive", "blog", "--archive", "file/archive")

    assert result.returncode == 3
    assert len(result.stderr.splitlines()) == 1


def test_without_and_with_a_network(workshop: Workshop) -> None:
    """Without a network all images wait; through a proxy, over TLS, a later run completes them."""
    paths = [f"/2021/12/{number}.webp" for number in range(4)]
    workshop.write("a.md", "".join(image(f"https://static.nowhere.invalid{p}") for p in paths))
    alone = workshop.command("archive", "blog", "--json", "-s", "ARCHIVE_BACKOFF=0.001")
    trusted = certificates(workshop.folder, "static.nowhere.invalid")
    with Site(tls=trusted.context) as site, Proxy(https=site) as proxy:
        for path in paths:
            site.serve(path)
        environment = {"https_proxy": proxy.url, "SSL_CERT_FILE": str(trusted.authority)}
        connected = workshop.command("archive", "blog", "--json", environment=environment)

        assert (alone.returncode, connected.returncode) == (1, 0), connected.stderr
        assert json.loads(alone.stdout)["failures"] == {"host-not-found": 4}
        assert json.loads(connected.stdout)["archived"] == 4
        assert set(proxy.hosts) == {"static.nowhere.invalid:443"}
        assert [site.hits(path) for path in paths] == [1, 1, 1, 1]


def test_scrapy_crawl(site: Site, workshop: Workshop) -> None:
    """``scrapy crawl`` does the same as the command line; Scrapy's statistics have the counts."""
    workshop.write("a.md", image(site.url("/ok.png")))
    result = subprocess.run(
        [
            *(sys.executable, "-m", "scrapy", "crawl", "posts"),
            *("-a", f"source={workshop.blog}"),
            *("-s", f"ARCHIVE={workshop.archive}"),
            *("-s", "ARCHIVE_ALLOW_PRIVATE_ADDRESSES=True"),
            *("-s", "STATS_DUMP=True"),
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )

    assert result.returncode == 0, result.stderr
    assert workshop.entry("a.md").state == "archived"
    assert "Traceback" not in result.stderr
    assert "'image_archiver/archived': 1," in result.stderr


def test_folder_without_articles(workshop: Workshop) -> None:
    """Who names the wrong folder is told that there was no article in it."""
    (workshop.folder / "wrong").mkdir()
    result = workshop.command("archive", "wrong")

    assert "No article was found: is it the right folder?" in result.stdout


def test_error_on_one_line(workshop: Workshop) -> None:
    """What is wrong with a command line is one line, the choices too."""
    result = workshop.command("localize")

    assert result.stderr.startswith(
        "image-archiver: Missing option '--to'. Choose from: copy, in-place"
    )
    assert result.stderr.count("\n") == 1

"""What a person names of an archive: found in every spelling, and refused where it is not there."""

from __future__ import annotations

import json

import pytest

from tests.conftest import LOOPBACK, Workshop, image
from tests.site import Site

OWN_LETTERS = "图片.例子.invalid"
IN_URLS = "xn--wcsw84d.xn--fsqu00a.invalid"


@pytest.fixture
def archive(site: Site, workshop: Workshop) -> Workshop:
    """An archive of two posts; the host of one image has letters of its own, and no address."""
    workshop.write("2021/moon.md", image(site.url("/ok/moon.png")))
    workshop.write("2021/mars.md", image(f"http://{OWN_LETTERS}/mars.png"))
    workshop.write("words.md", "words\n")
    workshop.run()
    return workshop


@pytest.mark.parametrize(
    ("arguments", "near"),
    [
        (("status", "--failed", "--host", "127.0.0.2"), LOOPBACK),
        (("status", "--failed", "--json", "--host", "图片.例子.invalidd"), OWN_LETTERS),
        (("status", "127.0.0.2"), LOOPBACK),
        (("status", "2021/mooon.md"), "2021/moon.md"),
        (("retry", "--host", "127.0.0.2"), LOOPBACK),
        (("retry", "--host", "27.0.0.1"), LOOPBACK),
        (("retry", "--host", "图片.invalid"), OWN_LETTERS),
        (("explain", "http://127.0.0.2/moon.png"), LOOPBACK),
        (("verify", "2021/mooon.md"), "2021/moon.md"),
        (("export", "csv", "-", "--post", "moon.md"), "2021/moon.md"),
        (("localize", "--to", "copy", "2021/mooon.md"), "2021/moon.md"),
        (("restore", "mars.md"), "2021/mars.md"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_unknown(arguments: tuple[str, ...], near: str, archive: Workshop) -> None:
    """What the archive does not know is wrong usage, and what is most like it is named."""
    result = archive.command(*arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert "did you mean one of these?\n  " in result.stderr
    assert f"\n  {near}" in result.stderr


@pytest.mark.parametrize("arguments", [("status", "--failed"), ("retry",)], ids=" ".join)
@pytest.mark.parametrize("host", ["a/b", "", "me@a.example"])
def test_no_host(host: str, arguments: tuple[str, ...], archive: Workshop) -> None:
    """What is no host is wrong usage, too; an empty one never asks for all."""
    result = archive.command(*arguments, "--host", host)

    assert (result.returncode, result.stdout) == (2, "")
    assert f"{host!r} is not the name of a host" in result.stderr or "empty host" in result.stderr


def test_unknown_picture(archive: Workshop) -> None:
    """A digest that no original has is wrong usage, and one that is like it is named."""
    original = archive.entry("2021/moon.md").original
    assert original is not None
    mistyped = original.digest[:-1] + ("0" if original.digest[-1] != "0" else "1")
    result = archive.command("retry", "--not-placeholder", mistyped)

    assert (result.returncode, result.stdout) == (2, "")
    assert f"\n  {original.digest}" in result.stderr


def test_unknown_run(archive: Workshop) -> None:
    """So is a run that is not there."""
    (report,) = (archive.archive / "runs").glob("*.json")
    result = archive.command("status", "--changes", "--since", f"{report.stem[:-1]}X")

    assert (result.returncode, result.stdout) == (2, "")
    assert f"\n  {report.stem}" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("export", "csv", "-", "--post", "words.md"),
        ("localize", "--to", "copy", "words.md"),
        ("verify", "words.md"),
    ],
    ids=lambda value: value[0],
)
def test_post_without_images(arguments: tuple[str, ...], archive: Workshop) -> None:
    """A post of which the archive has nothing is not called unknown."""
    result = archive.command(*arguments)

    assert result.returncode == 2
    assert "no image was found in the post words.md" in result.stderr


@pytest.mark.parametrize(
    "spelling",
    [
        OWN_LETTERS,
        IN_URLS.upper(),
        f"{IN_URLS}.",
        f"//{OWN_LETTERS}:8443/",
        "图片。例子。invalid",
        "例子.invalid",
    ],
)
def test_spellings(spelling: str, archive: Workshop) -> None:
    """A host is one in its own letters, in those of URLs, in capitals, with a dot or a port."""
    listed = json.loads(archive.command("status", "--failed", "--json", "--host", spelling).stdout)
    again = archive.command("retry", "--host", spelling, "--json")

    assert [row["host"] for row in listed["failed"]] == [IN_URLS]
    assert again.returncode == 1, again.stderr
    assert json.loads(again.stdout)["failures"] == {"host-not-found": 1}


@pytest.mark.parametrize("name", [OWN_LETTERS, f"//{IN_URLS.upper()}.", f"{OWN_LETTERS}:80"])
def test_status_of_host(name: str, archive: Workshop) -> None:
    """The status of a host is told whatever its spelling."""
    shown = archive.command("status", name)

    assert shown.stdout.startswith(f"{IN_URLS}: 1 image, 1 failed.\n")


def test_nothing_failed_there(archive: Workshop) -> None:
    """Of a host that is known and lacks nothing, it is said that no failed image is there alone."""
    listed = archive.command("status", "--failed", "--host", LOOPBACK)
    again = archive.command("retry", "--only", "gone", "--host", LOOPBACK)

    assert (listed.returncode, listed.stdout) == (
        0,
        f"No failed image matches --host {LOOPBACK}.\n",
    )
    assert (again.returncode, again.stdout) == (
        0,
        f"No failed image matches --only gone --host {LOOPBACK}.\n",
    )


def test_host_that_nobody_asks(workshop: Workshop) -> None:
    """A host of a scheme that is not fetched is known all the same: an image failed there."""
    workshop.write("a.md", image("ftp://ftp.example/a.png"))
    workshop.run()
    listed = workshop.command("status", "--failed", "--host", "FTP.example", "--format", "csv")

    assert listed.returncode == 0, listed.stderr
    assert "ftp://ftp.example/a.png" in listed.stdout


@pytest.mark.parametrize("name", ["2021/moon.md", "posts/2021/moon.md", "posts/2021/moon.md/"])
def test_post(name: str, archive: Workshop) -> None:
    """A post is named by its id or by where its bundle stands, to every verb."""
    for arguments in (
        ("status", name),
        ("verify", name),
        ("export", "csv", "-", "--post", name),
        ("localize", "--to", "copy", name),
        ("restore", name),
    ):
        result = archive.command(*arguments)

        assert result.returncode == 0, (arguments, result.stderr)


def test_post_in_place(site: Site, workshop: Workshop) -> None:
    """A post whose bundle stands beside its article is checked by its id, too."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run(ARCHIVE_IN_PLACE=True)
    result = workshop.command("verify", "a.md")

    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("1 bundle with 3 files")

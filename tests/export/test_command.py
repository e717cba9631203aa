"""Export and import as a person and a script meet them."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.conftest import Workshop, image
from tests.site import Site, picture


@pytest.fixture(name="shop")
def _shop(workshop: Workshop) -> Workshop:
    """A workshop with an archive of two posts whose images came from the source folder."""
    for name in ("a", "b"):
        (workshop.blog / f"{name}.png").write_bytes(picture(f"/{name}.png"))
        workshop.write(f"{name}.md", image(f"{name}.png"))
    workshop.run()
    return workshop


def test_there_and_back(shop: Workshop) -> None:
    """A zip goes out and comes back, each in a sentence, and as a document where one is asked for.

    A second time, it stands in the way.
    """
    first = shop.command("export", "zip", "out.zip")
    document = shop.command("export", "zip", "out.zip", "--overwrite", "--json")
    again = shop.command("export", "zip", "out.zip")
    back = shop.command("import", "out.zip", "--archive", "back")
    unchanged = shop.command("import", "out.zip", "--archive", "back", "--json")

    assert (first.returncode, document.returncode, again.returncode) == (0, 0, 2)
    assert first.stdout.startswith("2 posts, 10 files, ")
    assert json.loads(document.stdout)["gaps"] == []
    assert again.stderr == "image-archiver: out.zip exists; --overwrite replaces it\n"
    assert (back.returncode, unchanged.returncode) == (0, 0)
    assert back.stdout == "2 posts imported. The archive: back\n"
    assert json.loads(unchanged.stdout)["present"] == ["posts/a.md", "posts/b.md"]


@pytest.mark.parametrize("name", ["zip", "wacz", "tar", "csv"])
def test_standard_output(shop: Workshop, name: str) -> None:
    """On standard output stands the export and nothing else."""
    command = shop.command_line("export", name, "-")
    result = subprocess.run(command, cwd=shop.folder, capture_output=True, check=False)
    shop.command("export", name, "out")
    whole = (shop.folder / "out").read_bytes()

    assert result.returncode == 0
    assert b"2 posts" in result.stderr
    if name in {"zip", "wacz"}:
        piped = zipfile.ZipFile(io.BytesIO(result.stdout))
        kept = zipfile.ZipFile(io.BytesIO(whole))
        assert piped.testzip() is None
        assert piped.namelist() == kept.namelist()
        assert [piped.read(n) for n in piped.namelist()] == [kept.read(n) for n in kept.namelist()]
    else:
        assert result.stdout == whole


def test_reader_that_leaves(shop: Workshop) -> None:
    """Where the reader of standard output leaves, nothing is said."""
    command = f"{' '.join(shop.command_line('export', 'tar', '-'))} | head -c 1"
    result = subprocess.run(  # noqa: S602 - a pipe of the shell is what is tried
        command, shell=True, cwd=shop.folder, capture_output=True, check=False
    )

    assert b"Traceback" not in result.stderr
    assert b"defect" not in result.stderr


WRONG = {
    ("bagit", "-"): "cannot be written to standard output",
    ("zip", "-", "--json"): "both want standard output",
    ("zip", "out", "--fetch"): "--fetch is for bagit",
    ("zip", "out", "--post", "c.md"): "the archive knows no post c.md",
    ("zip", "out", "--since", "yesterday"): "--since",
    ("zip", "blog"): "is a folder",
}


def test_wrong_usage(shop: Workshop) -> None:
    """What cannot be begun is said, and nothing is written."""
    for arguments, words in WRONG.items():
        result = shop.command("export", *arguments)

        assert result.returncode == 2
        assert words in result.stderr
        assert not (shop.folder / "out").exists()


def test_damage(shop: Workshop) -> None:
    """What was left out is said with its reason, and the exit code is 5, both ways."""
    bundle = shop.bundle("a.md")
    (bundle / "images" / "a.png").write_bytes(b"damaged")
    out = shop.command("export", "zip", "out.zip")
    back = shop.command("import", "out.zip", "--archive", "back")

    assert (out.returncode, back.returncode) == (5, 5)
    assert "not exported: altered (1)" in out.stdout
    assert "posts/a.md/images/a.png" in out.stdout
    assert "missing posts/a.md/images/a.png" in back.stdout
    assert "Nothing was imported: out.zip is damaged." in back.stdout


def test_in_place(shop: Workshop) -> None:
    """Bundles beside their articles are named, and the exit code is 1."""
    shutil.rmtree(shop.archive)
    shop.run(ARCHIVE_IN_PLACE=True)
    result = shop.command("export", "bagit", "bag")

    assert result.returncode == 1
    assert "not exported: in-place (2)" in result.stdout
    assert "keep a copy of the source folder" in result.stdout


def test_ended(shop: Workshop) -> None:
    """An export that is ended leaves nothing, and exits 4."""
    original = shop.bundle("b.md") / "images" / "b.png"
    original.unlink()
    os.mkfifo(original)
    process = subprocess.Popen(shop.command_line("export", "tar", "out.tar"), cwd=shop.folder)
    # It opens when the export waits for what it reads.
    with original.open("wb"):
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=60)

    assert code == 4
    assert sorted(path.name for path in shop.folder.iterdir()) == ["archive", "blog"]


def test_beside_a_run(site: Site, workshop: Workshop) -> None:
    """While a run is at work, an export waits for nobody, and has what is whole."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    workshop.write("b.md", image(site.url("/held.png")))
    command = workshop.command_line("archive", "blog", "--allow-private-addresses")
    with subprocess.Popen(command, cwd=workshop.folder, stdout=subprocess.DEVNULL) as run:
        try:
            site.wait_for(lambda: site.hits("/held.png") == 1)
            result = workshop.command("export", "tar", "out.tar")
        finally:
            site.release()
        assert run.wait(timeout=60) == 0
    with tarfile.open(workshop.folder / "out.tar") as packed:
        names = packed.getnames()

    assert result.returncode == 0, result.stderr
    assert {Path(name).parts[1] for name in names} == {"a.md"}
    assert "posts/a.md/images/ok.png" in names

"""What the README and the pages say is so: every command in them is run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.grounds import records
from crawler.manifests.schema import manifest_schema
from tests.conftest import Workshop, image
from tests.site import Site

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")

_COMMAND = re.compile(
    r"(?:^|\s|/bin/)((?:image-archiver|scrapy crawl) [^#\n`]*[^#\n` ])", re.MULTILINE
)
_SHELL = re.compile(r"(?<=```sh\n)[^`]*|^ {4}\d+ \d+ \* \* \* .*$", re.MULTILINE)
_INSTALLING = re.compile(r"<!-- (?:first|test) line -->\n```sh\n.*?```", re.DOTALL)
_TRANSCRIPT = re.compile(r"<!-- transcript -->\n```console\n\$ ([^\n]*)\n(.*?)```", re.DOTALL)
_VARYING = re.compile(r"\d+\.\d+ (?:s|kB)")


def _commands() -> list[str]:
    """Return the commands of the README but for the two that install, which `.ci/run` runs."""
    text = "\n".join(_SHELL.findall(_INSTALLING.sub("", README)))
    return _COMMAND.findall(text)


def _run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(  # noqa: S602 - the README's own words, as a shell would read them
        command,
        shell=True,
        cwd=folder,
        env={**os.environ, "PATH": path, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )


def test_commands_are_found() -> None:
    """The README shows the commands that a newcomer needs."""
    verbs = {command.split()[1] for command in _commands()}

    assert {"plan", "archive", "status", "crawl"} <= verbs


@pytest.mark.parametrize("command", _commands())
def test_command(command: str, site: Site, workshop: Workshop) -> None:
    """Each command of the README does its work on a blog that is laid out as it says."""
    text = f"---\nurl: {site.url('/')}\n---\n" + image(site.url("/ok.svg"))
    workshop.write("a.md", text)
    shutil.copytree(workshop.blog, workshop.folder / "source" / "_posts")
    shutil.copy(REPOSITORY / "scrapy.cfg", workshop.folder)
    workshop.run()
    if command.startswith("image-archiver import"):
        assert _run("image-archiver export zip backup.zip", workshop.folder).returncode == 0
    command = command.replace("https://cdn.example/photo.jpg", site.url("/ok.svg"))
    result = _run(command.replace("/srv/", f"{workshop.folder}/"), workshop.folder)

    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr


def test_transcript(workshop: Workshop) -> None:
    """The README's transcript is what the command prints, but for times and sizes."""
    found = _TRANSCRIPT.search(README)
    assert found
    result = _run(found[1], workshop.folder)

    assert result.returncode == 1
    assert _VARYING.sub("…", result.stdout) == _VARYING.sub("…", found[2])


def test_manifest_entry() -> None:
    """The entry that the README explains has the keys of a real one."""
    found = re.search(r"```json\n(.*?)```", README, re.DOTALL)
    assert found
    entry = records.from_json(found[1], dict[str, object])
    properties = manifest_schema()["$defs"]["Entry"]["properties"]

    assert list(entry) == list(properties)


def test_pages_are_up_to_date() -> None:
    """The pages made from the code are those that stand in the repository."""
    result = subprocess.run(
        [sys.executable, str(REPOSITORY / "docs" / "generate.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert result.returncode == 0, result.stdout + result.stderr

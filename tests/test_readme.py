"""What the README and the pages say is so: every command in them is run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from crawler.cli.main import COMMANDS, image_archiver
from crawler.common import json_codec
from crawler.store.manifest.schema import manifest_schema
from tests.conftest import LOOPBACK, Workshop, image
from tests.site import Site

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")

_COMMAND = re.compile(
    r"(?:^|\s|/bin/)((?:image-archiver|scrapy crawl) [^#\n`]*[^#\n` ])", re.MULTILINE
)
_SHELL = re.compile(r"(?<=```sh\n)[^`]*|^ {4}\d+ \d+ \* \* \* .*$", re.MULTILINE)
_BLOCK = re.compile(r"(?:<!-- exit (\d) -->\n)?```sh\n(.*?)```", re.DOTALL)
_FILE = re.compile(r"<!-- file (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)
_LINK = re.compile(r"(?<!`)\[[^\]`]*(?:`[^`]*`[^\]`]*)*\]\(([^)\s]+)\)")
_MENTIONED = re.compile(
    r"(?:^(?: {4}|\0)|`|/|\| )image-archiver ([a-z]+)\b([^`\n|]*)", re.MULTILINE
)
"""A command in a line of code, which has a NUL before it, or within a sentence."""
_FENCED = re.compile(r"```.*?```", re.DOTALL)
_OPTION = re.compile(r"(?<=\s)--[a-z][a-z-]*")
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


TUTORIALS = sorted((REPOSITORY / "docs" / "tutorials").glob("*.md"))
GONE = frozenset({"by-hand.md", "terminal.md"})
"""Pages in whose blog an image is gone."""


@pytest.mark.parametrize(
    "page",
    [*TUTORIALS, REPOSITORY / "docs" / "terminal.md", REPOSITORY / "docs" / "localize.md"],
    ids=lambda page: page.name,
)
def test_page(page: Path, site: Site, workshop: Workshop) -> None:
    """Each command of a page does its work, one after the other, on a blog as the page has it."""
    images = image(site.url("/ok.png")) + image(site.url("/gone.png")) * (page.name in GONE)
    workshop.write("2021/one.md", f"---\nurl: {site.url('/one')}\n---\n{images}")
    shutil.copy(REPOSITORY / "scrapy.cfg", workshop.folder)
    text = page.read_text(encoding="utf-8")
    for name, content in _FILE.findall(text):
        (workshop.folder / name).write_text(content)
    commands = [(code, line) for code, lines in _BLOCK.findall(text) for line in lines.splitlines()]

    if not any("image-archiver archive" in command for _, command in commands):
        workshop.run()

    assert commands
    for code, command in commands:
        if "image-archiver retry" in command:
            # Of loopback addresses no archive of the web is asked: the server has it again.
            site.serve("/gone.png")
        result = _run(_at_the_site(command, site), workshop.folder)
        assert result.returncode == int(code or 0), f"{command}\n{result.stdout}{result.stderr}"
        assert "Traceback" not in result.stderr


def _at_the_site(command: str, site: Site) -> str:
    """Return *command* as it is for the loopback address."""
    if command.startswith("scrapy"):
        return f"{command} -s ARCHIVE_ALLOW_PRIVATE_ADDRESSES=True"
    for what, there in (
        ("https://cdn.example/", site.url("/")),
        ("cdn.example", LOOPBACK),
        ("archive blog/", "archive blog/ --allow-private-addresses"),
        ("image-archiver retry", "image-archiver retry --allow-private-addresses"),
    ):
        command = command.replace(what, there)
    return command


PAGES = [
    *REPOSITORY.glob("*.md"),
    *(REPOSITORY / "docs").rglob("*.md"),
    REPOSITORY / "benchmarks" / "README.md",
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links(page: Path) -> None:
    """Every link and picture of a page leads to a file that is there, and to a heading in it."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    broken = []
    for target in _LINK.findall(text):
        path, _, heading = target.partition("#")
        if "://" in target:
            continue
        there = (page.parent / path) if path else page
        if not there.exists() or (heading and heading not in _headings(there)):
            broken.append(target)

    assert broken == []


def _headings(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of *page*."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_options_exist(page: Path) -> None:
    """Every verb and every option that a page puts into a command is one that there is."""
    context = click.Context(image_archiver, info_name="image-archiver")
    unknown = []
    text = page.read_text(encoding="utf-8")
    text = _FENCED.sub(lambda block: block[0].replace("\n", "\n\0"), text)
    for verb, arguments in _MENTIONED.findall(text):
        command = image_archiver.get_command(context, verb)
        parameters = [each for one in _with_kinds(command) for each in one.params]
        known = {name for each in parameters for name in (*each.opts, *each.secondary_opts)}
        unknown += [verb] if command is None else []
        unknown += [f"{verb} {name}" for name in _OPTION.findall(arguments) if name not in known]

    assert set(unknown) <= {"archive --help"}


def _with_kinds(command: click.Command | None) -> list[click.Command]:
    """Return a verb and the verbs that it has itself."""
    if isinstance(command, click.Group):
        return [command, *command.commands.values()]
    return [command] if command else []


def test_help_has_examples() -> None:
    """Every verb shows in its help how it is used."""
    context = click.Context(image_archiver, info_name="image-archiver")
    verbs = {name: image_archiver.get_command(context, name) for name in COMMANDS}
    helps = {
        name: verb.get_help(click.Context(verb, info_name=name, parent=context))
        for name, verb in verbs.items()
        if verb
    }

    assert [name for name in COMMANDS if f"  image-archiver {name}" not in helps[name]] == []


def test_manifest_entry() -> None:
    """The entry that the page of the manifest shows has the keys of a real one."""
    document = (REPOSITORY / "docs" / "entry.json").read_text(encoding="utf-8")
    entry = json_codec.PLAIN.from_json(document)
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

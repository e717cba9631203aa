"""The person's own command that hears of the end of a run."""

from __future__ import annotations

import json
import os
import select

import pytest

from crawler.store.archive import Archive
from tests.conftest import Workshop, image
from tests.site import Site

_ARGUMENTS = ("archive", "blog", "--allow-private-addresses", "--quiet")


def test_notify_command(site: Site, workshop: Workshop) -> None:
    """The command gets the report on its standard input, and what to look at in its environment.

    The archive is free again by then.
    """
    workshop.write("a.md", image(site.url("/gone.png")))
    again = "exec 3<&0; flock -n archive/.lock true && cat <&3 > heard.json; env > heard.env"
    result = workshop.command(*_ARGUMENTS, "--notify-command", again)
    (kept,) = (workshop.archive / "runs").glob("*Z.json")
    environment = (workshop.folder / "heard.env").read_text().splitlines()

    assert result.returncode == 1
    assert (workshop.folder / "heard.json").read_bytes() == kept.read_bytes()
    assert {line for line in environment if line.startswith("IMAGE_ARCHIVER_")} == {
        f"IMAGE_ARCHIVER_ARCHIVE={workshop.archive}",
        "IMAGE_ARCHIVER_ENDING=finished",
        "IMAGE_ARCHIVER_EXIT_CODE=1",
        f"IMAGE_ARCHIVER_REPORT={kept}",
    }


def test_command_that_outlasts_the_limit(site: Site, workshop: Workshop) -> None:
    """A run that came to its end in time exits so, however long the command takes after it."""
    workshop.write("a.md", image(site.url("/ok.png")))
    limit = ("--max-time", "5", "--notify-command", "sleep 5")
    result = workshop.command(*_ARGUMENTS, *limit)
    (kept,) = (workshop.archive / "runs").glob("*Z.json")

    assert json.loads(kept.read_bytes())["exit_code"] == result.returncode == 0


def test_nothing_of_ours_reaches_the_shell(site: Site, workshop: Workshop) -> None:
    """No name of a folder, a post or a picture is ever run."""
    trap = "$(touch pwned);`touch pwned`"
    workshop.write(f"{trap}.md", image(site.url("/gone/$(touch%20pwned).png")))
    arguments = (*_ARGUMENTS, "--archive", trap, "--notify-command", "cat > heard.json")
    result = workshop.command(*arguments)

    assert result.returncode == 1
    assert json.loads((workshop.folder / "heard.json").read_bytes())["failures"][0]["post"] == (
        f"{trap}.md"
    )
    assert not list(workshop.folder.rglob("pwned"))


def test_command_that_fails(site: Site, workshop: Workshop) -> None:
    """A command that fails is told of; the exit code and standard output are those of the run."""
    workshop.write("a.md", image(site.url("/ok/1.png")))
    arguments = ("--json", "--notify-command", "echo said; exit 7")
    result = workshop.command(*_ARGUMENTS, *arguments)

    assert result.returncode == 0
    assert json.loads(result.stdout)["archived"] == 1
    assert "said\n" in result.stderr
    assert "the notification command failed: it ended with code 7" in result.stderr


def test_command_that_does_not_end(site: Site, workshop: Workshop) -> None:
    """A command that does not end is ended, with what it has begun."""
    workshop.write("a.md", image(site.url("/ok/1.png")))
    workshop.run(
        ARCHIVE_NOTIFY_COMMAND=f"cd '{workshop.folder}'; sleep 1000 & echo $! > pid; wait",
        ARCHIVE_NOTIFY_TIMEOUT=0.5,
    )
    number = int((workshop.folder / "pid").read_text())

    assert _has_ended(number)


def _has_ended(number: int) -> bool:
    try:
        process = os.pidfd_open(number)
    except ProcessLookupError:
        return True
    return bool(select.select([process], [], [], 30)[0])


@pytest.mark.parametrize("trouble", ["held", "unwritable"])
def test_run_that_does_not_begin(trouble: str, workshop: Workshop) -> None:
    """The command hears of a run that could not begin, and why."""
    held = Archive(workshop.archive) if trouble == "held" else None
    (workshop.folder / "file").touch()
    folder = "archive" if held else "file/archive"
    arguments = ("--archive", folder, "--notify-command", "cat > heard.json")
    try:
        result = workshop.command(*_ARGUMENTS, *arguments)
    finally:
        if held is not None:
            held.close()
    report = json.loads((workshop.folder / "heard.json").read_bytes())

    assert result.returncode == report["exit_code"] == (6 if held else 3)
    assert report["ending"] == "not-begun"
    assert result.stderr == f"image-archiver: {report['reason']}\n"

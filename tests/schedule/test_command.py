"""What is printed for schedulers, judged by the schedulers themselves."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Self

import pytest
from crontab import CronTab
from hypothesis import given
from hypothesis import strategies as st

from crawler.schedule.cron import in_crontab
from crawler.schedule.systemd import in_exec
from tests.conftest import LOOPBACK, Workshop, image
from tests.site import Site

_ODD = 'my 100% "blog" $HOME %n \\% it\'s'
"""A folder that no quoting gets right by luck."""
_OPTIONS = ("--allow-private-addresses", "--exclude", "*$PATH%h*", "--max-time", "3600")
_SYSTEMD = shutil.which("systemd-analyze")
_needs_systemd = pytest.mark.skipif(_SYSTEMD is None, reason="systemd-analyze is not installed")


def _write_odd(workshop: Workshop, site: Site) -> None:
    (workshop.folder / _ODD).mkdir()
    (workshop.folder / _ODD / "a.md").write_text(image(site.url("/ok/1.png")))


# systemd


def _units(workshop: Workshop, *arguments: object) -> tuple[str, str]:
    result = workshop.command("schedule", "systemd", *arguments, "--write", "units")
    assert result.returncode == 0, result.stderr
    names = ("image-archiver.service", "image-archiver.timer")
    service, timer = ((workshop.folder / "units" / name).read_text() for name in names)
    return service, timer


def _verify(workshop: Workshop, *more: str) -> str:
    """Return what systemd says against the units; nothing is the best."""
    assert _SYSTEMD is not None
    files = [str(path) for path in (workshop.folder / "units").iterdir()]
    result = subprocess.run(
        [_SYSTEMD, "verify", "--man=no", *more, *files],
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    lines = (result.stdout + result.stderr).splitlines()
    # Other units of the machine are looked at on the way; they are not ours.
    return "\n".join(line for line in lines if "image-archiver" in line)


@_needs_systemd
@pytest.mark.parametrize("every", ["hourly", "daily", "weekly", "monthly", "Mon..Fri *-*-* 04:17"])
def test_units(every: str, site: Site, workshop: Workshop) -> None:
    """Systemd finds nothing wrong with the units, whatever the folders are called."""
    _write_odd(workshop, site)
    arguments = (_ODD, "--archive", f"{_ODD} archive", *_OPTIONS, "--every", every)
    service, timer = _units(workshop, *arguments, "--accept-exit", 1, "--accept-exit", 3)

    assert not _verify(workshop)
    assert f"OnCalendar={every}\n" in timer
    assert "Persistent=yes\n" in timer
    assert "RandomizedDelaySec=" in timer
    assert "SuccessExitStatus=1 3 4\n" in service


@_needs_systemd
def test_units_of_a_user(site: Site, workshop: Workshop) -> None:
    """Those for a user's own manager ask for nothing that only root may have."""
    _write_odd(workshop, site)
    service, _ = _units(workshop, _ODD, "--user")

    assert not _verify(workshop, "--user")
    assert "User=" not in service
    assert "ProtectSystem=" not in service
    assert "SuccessExitStatus=4\n" in service


@_needs_systemd
def test_verify_can_find_something(site: Site, workshop: Workshop) -> None:
    """The judge speaks up where a unit is wrong."""
    _write_odd(workshop, site)
    service, _ = _units(workshop, _ODD)
    path = workshop.folder / "units" / "image-archiver.service"
    path.write_text(service.replace("Type=oneshot", "Type=sometimes"))

    assert "sometimes" in _verify(workshop)


def test_command_of_the_service(site: Site, workshop: Workshop) -> None:
    """The command of the service, unquoted as systemd does it, archives the source."""
    _write_odd(workshop, site)
    service, _ = _units(workshop, _ODD, "--archive", f"{_ODD} archive", *_OPTIONS)
    (command,) = (line for line in service.splitlines() if line.startswith("ExecStart="))
    words = _as_systemd_reads(command.removeprefix("ExecStart="))
    result = subprocess.run(words, cwd="/", capture_output=True, text=True, check=False, timeout=90)

    assert result.returncode == 0, result.stderr
    assert (workshop.folder / f"{_ODD} archive/posts/a.md/manifest.json").is_file()


def _as_systemd_reads(line: str) -> list[str]:
    """Return the words of ExecStart= by the rules of systemd.service(5) and systemd.syntax(7)."""
    words, word, quoted, begun = [], "", False, False
    characters = iter(line)
    for character in characters:
        if character == '"':
            quoted, begun = not quoted, True
        elif character == "\\":
            word += next(characters)
        elif character in "%$":
            # Alone, they would begin a specifier or a variable.
            assert next(characters) == character
            word += character
        elif character == " " and not quoted:
            words.append(word)
            word, begun = "", False
        else:
            word, begun = word + character, True
    return [*words, word] if begun else words


_WORDS = st.lists(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))))


@given(_WORDS)
def test_words_of_a_command(words: list[str]) -> None:
    """Whatever the arguments are, systemd hands them over as they were."""
    assert _as_systemd_reads(in_exec(["/bin/a", *words])) == ["/bin/a", *words]


# cron


def _as_cron_reads(line: str) -> str:
    """Return what cron gives to the shell: an unescaped percent sign ends it (crontab(5))."""
    command, escaped = "", False
    for character in line:
        if character == "%" and not escaped:
            return command
        if character == "%":
            command = command[:-1]
        command += character
        escaped = character == "\\" and not escaped
    return command


@given(_WORDS)
def test_command_in_a_crontab(words: list[str]) -> None:
    """Whatever the arguments are, the shell that cron starts has them as they were."""
    assert shlex.split(_as_cron_reads(in_crontab(shlex.join(["a", *words])))) == ["a", *words]


@pytest.mark.parametrize("every", ["hourly", "daily", "weekly", "monthly", "*/20 4-6 * * mon-fri"])
def test_crontab(every: str, site: Site, workshop: Workshop) -> None:
    """A crontab's parser takes the line, as one job at that time."""
    _write_odd(workshop, site)
    arguments = (_ODD, *_OPTIONS, "--every", every)
    result = workshop.command("schedule", "cron", *arguments)
    table = CronTab(tab=result.stdout)
    (job,) = [line for line in table if line.is_enabled()]
    a_year = {"hourly": 8760, "daily": 365, "weekly": 52, "monthly": 12}

    assert result.returncode == 0, result.stderr
    assert job.is_valid()
    assert job.frequency(year=2026) in {a_year.get(every), 53 if every == "weekly" else None, 2349}


def test_line_of_a_crontab_works(site: Site, workshop: Workshop) -> None:
    """The shell runs the line, and says nothing while nothing is missing."""
    _write_odd(workshop, site)
    arguments = (_ODD, "--archive", f"{_ODD} archive", *_OPTIONS)
    printed = workshop.command("schedule", "cron", *arguments).stdout
    command = printed.splitlines()[-1].split(" ", 5)[5]
    # cron's environment: nearly none.
    result = subprocess.run(
        ["/bin/sh", "-c", _as_cron_reads(command)],
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "HOME": str(workshop.folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert (workshop.folder / f"{_ODD} archive/posts/a.md/manifest.json").is_file()


WRONG = {
    "standard-input": ("cron", "-"),
    "no-such-source": ("cron", "nowhere"),
    "time-for-cron": ("cron", "blog", "--every", "Mon 04:00"),
    "time-for-systemd": ("systemd", "blog", "--every", "daily\nExecStartPre=/bin/false"),
    "name-of-units": ("systemd", "blog", "--unit", "a b"),
    "option": ("systemd", "blog", "--base-url", "nowhere"),
    "two-lines": ("cron", "blog", "--exclude", "a\nb"),
    "too-long-for-cron": ("cron", "blog", "--exclude", "x" * 1000),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_usage(case: str, workshop: Workshop) -> None:
    """What a scheduler could not run is told at once, and nothing is printed for it."""
    result = workshop.command("schedule", *WRONG[case])

    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


def test_config(site: Site, workshop: Workshop) -> None:
    """A file of options stays one; the paths in it do not depend on where the job runs."""
    workshop.write("a.md", image(site.url("/ok/1.png")))
    (workshop.folder / "a.toml").write_text(
        'archive = "kept"\nmetrics = "a.prom"\nthumbnail = [320, 640]\n'
    )
    line = workshop.command("schedule", "cron", "blog", "--config", "a.toml").stdout

    assert f"--config {workshop.folder}/a.toml --archive {workshop.folder}/kept" in line
    assert f"--metrics {workshop.folder}/a.prom" in line
    assert "--thumbnail" not in line


# Scrapyd


class _Scrapyd:
    """A Scrapyd of our own in *folder*, on the loopback address."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server((LOOPBACK, 0)) as server:
            port = server.getsockname()[1]
        self.url = f"http://{LOOPBACK}:{port}"
        folder.mkdir()
        (folder / "scrapyd.conf").write_text(
            f"[scrapyd]\nbind_address = {LOOPBACK}\nhttp_port = {port}\n"
            "poll_interval = 0.1\nmax_proc = 1\n"
        )
        self._process = subprocess.Popen(
            [sys.executable, "-m", "scrapyd"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __enter__(self) -> Self:
        self.wait_for("Site starting")
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        self._process.communicate(timeout=30)

    def wait_for(self, *words: str) -> str:
        """Return the next line that has one of *words* in it."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if any(each in line for each in words):
                return line
        raise AssertionError(f"Scrapyd ended and never said {words}")


def _deployment(script: str) -> list[str]:
    """Return the commands that stand in the comments of the script."""
    mark = "#   "
    return [line.removeprefix(mark) for line in script.splitlines() if line.startswith(mark)]


def _shell(commands: str) -> str:
    """Return what the shell prints for *commands*; the program's environment is on its path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    result = subprocess.run(
        ["/bin/sh", "-e"],
        input=commands,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_deployment_in_the_docs(workshop: Workshop) -> None:
    """The page on scheduling has the same commands for a Scrapyd at its usual address."""
    printed = workshop.command("schedule", "scrapyd", "blog").stdout
    page = (Path(__file__).parents[2] / "docs" / "scheduling.md").read_text("utf-8")
    commands = _deployment(printed)

    assert commands[0].startswith("python -m pip install scrapyd ")
    assert "```sh\n" + "\n".join(commands) + "\n```\n" in page


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.timeout(240)
def test_scrapyd(site: Site, workshop: Workshop) -> None:
    """A real Scrapyd is deployed to and runs the job as printed, to a whole archive."""
    _write_odd(workshop, site)
    workshop.write("b.md", image(site.url("/ok/2.png")) + image(site.url("/left/out.png")))
    options = ("--exclude", "*/left/*", "--exclude", "*$PATH%h*", "--metrics", "a.prom")
    with _Scrapyd(workshop.folder / "scrapyd") as scrapyd:
        printed = workshop.command(
            *("schedule", "scrapyd", _ODD, "blog", "--url", scrapyd.url),
            *("--archive", f"{_ODD} archive", "--allow-private-addresses", *options),
        )
        deployed = json.loads(_shell("\n".join(_deployment(printed.stdout)[1:])))
        scheduled = json.loads(_shell(printed.stdout))
        ended = scrapyd.wait_for("Process finished", "Process died")
    archive = workshop.folder / f"{_ODD} archive"
    (report,) = (json.loads(path.read_text()) for path in (archive / "runs").glob("*Z.json"))

    assert (deployed["status"], deployed["spiders"]) == ("ok", 2)
    assert "Process finished" in ended
    assert scheduled["jobid"] in ended
    assert report["sources"] == [str(workshop.folder / _ODD), str(workshop.blog)]
    assert (report["summary"]["archived"], report["summary"]["skipped"]) == (2, 1)
    assert (workshop.folder / "a.prom").is_file()
    verified = workshop.command("verify", "--archive", archive)
    assert verified.returncode == 0, verified.stdout

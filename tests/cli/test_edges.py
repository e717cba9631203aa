"""Every verb at the edges of a process: the work is done, and the exit code says how it ended."""

from __future__ import annotations

import json
import os
import pty
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest

from crawler.common import archive_layout
from tests.conftest import LOOPBACK, Workshop, image
from tests.site import picture

_LOST = "cannot write standard output: "
_DEFECT = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """A command line: {0} stands for the folder of the workshop, {1} for a free port."""

    words: str
    code: int = 0
    """How it ends where nothing is in its way."""
    made: str | None = None
    """What it writes below the workshop; None where its answer is what it prints."""
    environment: Mapping[str, str] = field(default_factory=dict)


_ARCHIVE = "--archive {0}/archive"
VERBS = {
    "archive": Verb(words=f"archive {{0}}/blog {_ARCHIVE}", code=1, made="archive/posts/new.md"),
    "retry": Verb(
        words=f"retry --only not-found --json {_ARCHIVE}",
        made="archive/posts/caf\xe9.md/images/gone.png",
    ),
    "demo": Verb(words="demo --archive {0}/demo --port {1} -v", made="demo/index.html"),
    "verify": Verb(words="verify --archive {0}/damaged", code=5, made="."),
    "export": Verb(words=f"export zip {{0}}/out.zip {_ARCHIVE}", made="out.zip"),
    "import": Verb(words="import {0}/backup.tar --archive {0}/other", made="other/posts/a.md"),
    "view": Verb(words=f"view {_ARCHIVE} --json", made="archive/posts/a.md/index.html"),
    "localize": Verb(
        words=f"localize --to copy {_ARCHIVE}", made="archive/posts/a.md/article.local.md"
    ),
    "restore": Verb(words=f"restore {_ARCHIVE}", made="."),
    "export here": Verb(words=f"export csv - {_ARCHIVE}"),
    "plan": Verb(words="plan {0}/blog"),
    "plan json": Verb(words="plan {0}/blog --json"),
    "status": Verb(words=f"status {_ARCHIVE}"),
    "status failed": Verb(words=f"status --failed {_ARCHIVE}"),
    "status csv": Verb(words=f"status --failed --format csv {_ARCHIVE}"),
    "status changes": Verb(words=f"status --changes {_ARCHIVE}"),
    "explain": Verb(words=f"explain http://127.0.0.1:1/x.png {_ARCHIVE}"),
    "schedule": Verb(words=f"schedule cron {{0}}/blog {_ARCHIVE}"),
    "completion": Verb(words="", environment={"_IMAGE_ARCHIVER_COMPLETE": "zsh_source"}),
    "help": Verb(words="status --help"),
    "version": Verb(words="--version"),
}  # fmt: skip
WORK = [name for name, verb in VERBS.items() if verb.made is not None]
ANSWERS = [name for name, verb in VERBS.items() if verb.made is None]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A blog and its archive, a damaged copy, an export, and what is to be done yet."""
    workshop = Workshop(tmp_path_factory.mktemp("edges"))
    workshop.blog.mkdir()
    workshop.write("p.png", picture("/p.png"))
    workshop.write("a.md", image("p.png"))
    workshop.write("caf\xe9.md", image("gone.png"))
    workshop.write("blocked.md", image("http://127.0.0.1:1/x.png"))
    workshop.run()
    workshop.command("export", "tar", "backup.tar")
    shutil.copytree(workshop.archive, workshop.folder / "damaged")
    (workshop.folder / "damaged" / "posts" / "a.md" / "images" / "p.png").unlink()
    workshop.write("gone.png", picture("/gone.png"))
    workshop.write("new.md", image("p.png"))
    (workshop.bundle("a.md") / archive_layout.PAGE).unlink()
    return workshop.folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command line ended, what it printed, and whether it wrote what it was to write."""

    code: int
    output: bytes
    errors: str
    made: bool

    @property
    def lost(self) -> list[str]:
        """The lines that say what could not be printed."""
        return [line for line in self.errors.splitlines() if _LOST in line]


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs verbs in a copy of the model."""

    folder: Path

    def __call__(
        self,
        name: str,
        *before: str,
        output: BinaryIO | int = subprocess.PIPE,
        environment: Mapping[str, str | None] | None = None,
    ) -> Ended:
        """Run a verb; *before* is what starts its command line, None takes a variable away."""
        verb = VERBS[name]
        words = verb.words.format(self.folder, _port()).split()
        changed = {**os.environ, **verb.environment, **(environment or {})}
        process = subprocess.run(
            [*before, *Workshop.command_line(*words)],
            cwd=self.folder,
            env={key: value for key, value in changed.items() if value is not None},
            stdout=output,
            stderr=subprocess.PIPE,
            check=False,
            timeout=90,
        )
        errors = process.stderr.decode(errors="replace")
        for text in (errors, (process.stdout or b"").decode(errors="replace")):
            assert "Traceback" not in text, text
            assert "Exception ignored" not in text, text
        assert process.returncode != _DEFECT
        return Ended(
            code=process.returncode,
            output=process.stdout or b"",
            errors=errors,
            made=verb.made is not None and (self.folder / verb.made).exists(),
        )


def _port() -> int:
    with socket.create_server((LOOPBACK, 0)) as server:
        return int(server.getsockname()[1])


def _shell(script: str) -> tuple[str, ...]:
    """Return what has the shell do *script*, which is to end with the command line in "$@"."""
    return "/bin/sh", "-c", script, "sh"


@pytest.fixture
def run(model: Path, tmp_path: Path) -> Runner:
    """Run verbs in a copy of the model."""
    return Runner(shutil.copytree(model, tmp_path / "copy"))


@pytest.mark.parametrize("name", VERBS)
def test_nothing_in_its_way(name: str, run: Runner) -> None:
    """The verbs of this table do what it says, and say nothing of standard output."""
    ended = run(name)

    assert (ended.code, ended.lost) == (VERBS[name].code, [])
    assert ended.made == (name in WORK)
    assert ended.output


@pytest.mark.parametrize("name", VERBS)
def test_standard_error_closed(name: str, run: Runner) -> None:
    """Nobody can be told anything there; all else is as it would be."""
    ended = run(name, *_shell('exec "$@" 2>&-'))

    assert (ended.code, ended.made) == (VERBS[name].code, name in WORK)
    assert ended.output


@pytest.mark.parametrize("name", WORK)
def test_standard_output_full(name: str, run: Runner) -> None:
    """What cannot be told is said in one line; the exit code is that of the work, which is done."""
    ended = run(name, *_shell('exec "$@" >/dev/full'))

    assert (ended.code, ended.made) == (VERBS[name].code, True)
    assert ["No space left on device" in line for line in ended.lost] == [True]


@pytest.mark.parametrize("name", ANSWERS)
def test_answer_without_room(name: str, run: Runner) -> None:
    """An answer that could not be printed is no success: one line says so, and the exit code."""
    ended = run(name, *_shell('exec "$@" >/dev/full'))

    assert ended.code == 3
    assert ["No space left on device" in line for line in ended.lost] == [True]


@pytest.mark.parametrize("name", ["archive", "export", "export here", "status csv", "completion"])
def test_standard_output_closed(name: str, run: Runner) -> None:
    """That it is closed is the same, and no file takes its place."""
    ended = run(name, *_shell('exec "$@" >&-'))

    assert ended.code == (VERBS[name].code if name in WORK else 3)
    assert ended.made == (name in WORK)
    assert ["it is closed" in line for line in ended.lost] == [True]


@pytest.mark.parametrize("name", VERBS)
def test_reader_has_left(name: str, run: Runner) -> None:
    """Who reads the first lines and leaves wants no more: that is no error, and not told.

    Of an export, which is of use as a whole alone, it is both.
    """
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as output:
        ended = run(name, output=output)
    whole = name == "export here"

    assert ended.code == (3 if whole else VERBS[name].code)
    assert ended.made == (name in WORK)
    assert [line.split(": ")[2][:11] for line in ended.lost] == (["Broken pipe"] if whole else [])


@pytest.mark.parametrize("name", VERBS)
def test_poor_environment(name: str, run: Runner) -> None:
    """Neither ASCII, nor no columns, nor no home folder keep anything from being printed."""
    environment = {
        "PYTHONIOENCODING": "ascii:strict",
        "LC_ALL": "C",
        "COLUMNS": "0",
        **dict.fromkeys(("HOME", "USER", "LOGNAME", "TERM")),
    }
    ended = run(name, environment=environment)

    assert (ended.code, ended.made) == (VERBS[name].code, name in WORK)
    assert ended.output.strip()


@pytest.mark.parametrize("name", VERBS)
def test_no_working_folder(name: str, run: Runner) -> None:
    """A working folder that was removed is missed only by relative paths, which are refused."""
    ended = run(name, *_shell('mkdir gone && cd gone && rmdir ../gone && exec "$@"'))

    assert (ended.code, ended.made) == (VERBS[name].code, name in WORK)
    assert ended.output


@pytest.mark.parametrize("words", ["archive blog", "status", "schedule cron blog", "view"])
def test_relative_path_without_working_folder(words: str, tmp_path: Path) -> None:
    """A path that is relative to nothing is wrong usage."""
    line = Workshop.command_line(*words.split())
    process = subprocess.run(
        [*_shell('mkdir gone && cd gone && rmdir ../gone && exec "$@"'), *line],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )

    assert process.returncode == 2
    assert len(process.stderr.splitlines()) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
@pytest.mark.parametrize(("more", "code"), [((), 2), (("--run-as", "nobody"), 0)])
def test_user_without_a_name(more: tuple[str, ...], code: int, model: Path) -> None:
    """Whose job it is must be said where the system knows no name for who asks."""
    words = ("schedule", "systemd", model / "blog", "--archive", "/nowhere/archive", *more)
    line = Workshop.command_line(*words)
    process = subprocess.run(
        ["/usr/bin/setpriv", "--ruid", "54321", *line],
        cwd=model,
        env={
            key: os.environ[key]
            for key in os.environ.keys() - {"USER", "LOGNAME", "LNAME", "USERNAME"}
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )

    assert process.returncode == code
    assert ("--run-as USER" in process.stderr) == (code == 2)


def test_documents_in_ascii(run: Runner) -> None:
    """What programs read is UTF-8; what people read has escapes for what ASCII lacks."""
    environment = {"PYTHONIOENCODING": "ascii:strict"}
    document, csv, words = (
        run(name, environment=environment).output for name in ("plan json", "status csv", "plan")
    )
    ids = {post["id"] for post in json.loads(document.decode())["posts"]}

    assert ids == {"a.md", "blocked.md", "caf\xe9.md", "new.md"}
    assert "caf\xe9.md" in csv.decode()
    assert r"caf\xe9.md" in words.decode("ascii")


@pytest.mark.parametrize("columns", ["0", "-1", "none"])
def test_no_columns_on_a_terminal(columns: str, model: Path) -> None:
    """A terminal of which the environment says nothing of use shows all the same."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["COLUMNS"] = columns
        os.execv(  # noqa: S606 - our own command
            sys.executable,
            Workshop.command_line("status", "--failed", "--archive", model / "archive"),
        )
    with ExitStack() as stack:
        stack.callback(os.close, terminal)
        shown = b""
        while (piece := _read(terminal)) != b"":
            shown += piece
        _, status = os.waitpid(pid, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert "caf\xe9.md: no such file" in shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # so Linux says that it is over
        return b""

"""Who holds an archive, told by those who are turned away."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.common import archive_layout
from crawler.errors import ArchiveLockedError
from crawler.models import Holder
from crawler.store.archive import Archive
from crawler.store.lock_owner import command_in_words, holder_at, in_words

_HOLD = "import sys; from crawler.store.archive import Archive; from pathlib import Path;"


def _turned_away(root: Path) -> ArchiveLockedError:
    with pytest.raises(ArchiveLockedError) as caught:
        Archive(root)
    return caught.value


def test_holder(tmp_path: Path) -> None:
    """Who is turned away learns which process holds the archive, and the record goes with it."""
    archive = Archive(tmp_path)
    holder = _turned_away(tmp_path).holder
    archive.close()

    assert holder is not None
    assert (holder.pid, holder.host) == (os.getpid(), socket.gethostname())
    assert not (tmp_path / archive_layout.HOLDER).exists()


def test_words_of_a_killed_run(tmp_path: Path) -> None:
    """What a killed run left says nothing: not to the next run, nor to those that meet that one."""
    lines = f"{_HOLD} held = Archive(Path(sys.argv[1])); print('held', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", lines, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        holder = _turned_away(tmp_path).holder
        process.kill()
    left = (tmp_path / archive_layout.HOLDER).read_text()

    assert holder is not None
    assert holder.pid == process.pid
    assert f'"pid": {process.pid}' in left
    assert holder_at(tmp_path / archive_layout.HOLDER) is None

    archive = Archive(tmp_path)
    # As it is until the next run has written who it is.
    (tmp_path / archive_layout.HOLDER).unlink()
    (tmp_path / archive_layout.HOLDER).write_text(left)
    error = _turned_away(tmp_path)
    archive.close()
    assert error.holder is None
    assert "has not said who it is" in str(error)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": "x"}'])
def test_record_that_cannot_be_read(content: str, tmp_path: Path) -> None:
    """A record that is none costs no more than the words."""
    (tmp_path / archive_layout.HOLDER).write_text(content)
    archive = Archive(tmp_path)
    archive.close()

    assert holder_at(tmp_path / archive_layout.HOLDER) is None


def test_holder_elsewhere() -> None:
    """A process of another machine is named with it; no kill would reach it."""
    holder = Holder(pid=7, host="nas.example", since="2026-11-25T02:00:00Z", command="a")

    assert in_words(holder) == (
        "process 7 on nas.example, since 2026-11-25T02:00:00Z (a); wait for its end"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("-s", "HTTPPROXY_AUTH=secret"),
        ("--notify-command", "curl -H 'Authorization: secret'"),
        ("--notify-command=curl secret",),
        ("--referer", "cdn.example=https://me:secret@blog.example/"),
        ("https://me:secret@blog.example/feed.xml",),
    ],
)
def test_no_secrets(arguments: tuple[str, ...]) -> None:
    """What may be secret in a command line is not written down."""
    words = command_in_words(["/usr/bin/image-archiver", "archive", *arguments, "blog/"])

    assert words.startswith("image-archiver archive ")
    assert words.endswith(" blog/")
    assert "secret" not in words

"""Runs the program again and again without starting Python anew: one process, forked for each.

Reads a job of JSON a line, and answers with how it ended once all of its processes are gone.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.export.importing import Progress, import_bundles
from crawler.localize.localizing import Localizing, localize
from crawler.localize.restoring import restore
from crawler.runner.crawls import crawl
from crawler.verify import Depth
from crawler.verify.repair import repair
from tests.conftest import QUICK
from tests.crash import shim

_SUBREAPER = 36
"""Of prctl: orphans of a job become ours, so that their end can be awaited."""


def _archive(folder: Path, job: Mapping[str, Any]) -> None:
    settings = {"ARCHIVE": str(folder / "archive"), **QUICK, **job["settings"]}
    crawl([str(folder / "blog")], settings)


def _localize(folder: Path, job: Mapping[str, Any]) -> None:
    asked = Localizing(to="in-place", **job["settings"])
    for one in localize(folder / "archive", (), asked):
        assert one.problem is None, one.problem


def _restore(folder: Path, _: Mapping[str, Any]) -> None:
    for one in restore(folder / "archive", ()):
        assert one.outcome != "refused", one.reason


def _import(folder: Path, _: Mapping[str, Any]) -> None:
    imported = import_bundles(folder / "archive", folder.with_name("archive.zip"), Progress())
    assert imported.findings == ()


def _repair(folder: Path, _: Mapping[str, Any]) -> None:
    repair(
        folder / "archive",
        fetch=lambda _lost, _restore: {},
        began=datetime.now(UTC),
        depth=Depth(),
        watch=lambda _stage, _done, _total: None,
    )


_VERBS = {
    "archive": _archive,
    "import": _import,
    "localize": _localize,
    "repair": _repair,
    "restore": _restore,
}


def _do(job: Mapping[str, Any]) -> None:
    """Do a job in this process, which is its own group."""
    os.setsid()
    folder = Path(job["folder"])
    output = os.open(folder / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    if job.get("log"):
        here = Path(__file__)
        os.environ[shim.FOLDER] = str(folder)
        os.environ[shim.LOG] = job["log"]
        os.environ[shim.KILL_AT] = str(job["kill_at"])
        os.environ["PYTHONPATH"] = os.pathsep.join(
            map(str, (here.parent / "everywhere", here.parents[2]))
        )
        shim.install()
    _VERBS[job["verb"]](folder, job)


def main() -> None:
    """Do the jobs of standard input."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                _do(json.loads(line))
                code = 0
            finally:
                os._exit(code)
        ended = {}
        while True:
            try:
                one, status = os.wait()
            except ChildProcessError:
                break
            ended[one] = os.waitstatus_to_exitcode(status)
        sys.stdout.write(f"{ended[pid]}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

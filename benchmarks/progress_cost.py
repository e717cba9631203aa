"""The processor time of the bars, beside that of the run that they show.

    python benchmarks/progress_cost.py [--images 200] [--hosts 40]

Runs without and with bars, on a terminal of 120 columns, follow in turn. In those with bars the
clock of the thread that draws them is read at the end: that share needs no second run, and what
else the machine does is not in it. It is a share of the process that crawls; what the worker
processes take for the pictures is not counted, so that of the whole run it is less.
"""

from __future__ import annotations

import argparse
import os
import pty
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corpus import CORPORA, write_pictures, write_posts
from rich.console import Console

from crawler.archiving.run import Run
from crawler.cli.progress import progress
from crawler.runner.crawls import crawl

_HERE = Path(__file__).parent
_ALL_OURS = "0.0.0.0"  # noqa: S104 - one port at every loopback address
_DRAWS = "_RefreshThread"
"""What rich calls its thread."""


def main() -> None:
    """Make the corpus and print the shares."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--hosts", type=int, default=40)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--one", choices=("bars", "none"), help="as the runs are started")
    parser.add_argument("--folder", type=Path)
    chosen = parser.parse_args()
    if chosen.one:
        one_run(chosen.folder, bars=chosen.one == "bars")
        return
    with tempfile.TemporaryDirectory(prefix="image-archiver-progress-") as name:
        folder = Path(name)
        pictures = write_pictures(folder / "site", chosen.images, CORPORA["news"])
        command = [sys.executable, str(_HERE / "serve.py"), str(folder / "site"), _ALL_OURS]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            # Each address of the loopback network is a host of its own.
            hosts = [f"http://127.0.0.{number % 250 + 1}:{port}" for number in range(chosen.hosts)]
            urls = [f"{hosts[n % len(hosts)]}/{name}" for n, name in enumerate(pictures)]
            write_posts(folder / "posts", urls, 10)
            compare(folder, chosen.pairs)
            assert server.stdin is not None
            server.stdin.close()


def compare(folder: Path, pairs: int) -> None:
    """Run without and with bars in turn, and print the ratio of their processor times."""
    ratios = []
    for _ in range(pairs):
        without, with_bars = (_seconds(folder, which) for which in ("none", "bars"))
        ratios.append(with_bars / without)
        print(f"without {without:.2f} s, with {with_bars:.2f} s of processor time", flush=True)
    print(f"median ratio {statistics.median(ratios):.3f}")


def _seconds(folder: Path, which: str) -> float:
    command = [sys.executable, __file__, "--one", which, "--folder", str(folder)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def one_run(folder: Path, *, bars: bool) -> None:
    """Archive the posts; with *bars*, print what share of the processor time they took."""
    shutil.rmtree(folder / "archive", ignore_errors=True)
    drawing: list[float] = []

    @contextmanager
    def around(run: Run) -> Iterator[None]:
        with _terminal() as console, progress(run, console, [str(folder / "posts")]):
            yield
            drawing.extend(_clock(t) for t in threading.enumerate() if type(t).__name__ == _DRAWS)

    overrides = {
        "ARCHIVE": str(folder / "archive"),
        "ARCHIVE_ALLOW_PRIVATE_ADDRESSES": True,
        "LOG_LEVEL": "ERROR",
    }
    run = crawl([str(folder / "posts")], overrides, around=around if bars else None)
    assert run.stats.states["archived"] == run.stats.entries
    if bars:
        whole = time.process_time()
        print(
            f"{len(run.stats.hosts)} hosts, {run.seconds:.1f} s: the bars took"
            f" {drawing[0]:.3f} s of {whole:.2f} s of processor time, {drawing[0] / whole:.2%}",
            flush=True,
        )


def _clock(thread: threading.Thread) -> float:
    assert thread.ident is not None
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident))


@contextmanager
def _terminal() -> Iterator[Console]:
    """Give a console on a terminal that somebody reads."""
    ours, theirs = pty.openpty()
    reader = threading.Thread(target=_read_all, args=(ours,), daemon=True)
    reader.start()
    with open(theirs, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
        yield Console(file=file, force_terminal=True, width=120, height=40)


def _read_all(descriptor: int) -> None:
    try:
        while os.read(descriptor, 65536):
            pass
    except OSError:
        return  # its other end is closed


if __name__ == "__main__":
    main()

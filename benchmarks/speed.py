"""Images per second, this project beside Scrapy's stock ImagesPipeline, in pairs of runs in turn.

    python benchmarks/speed.py [--images 100] [--images-a-post 10] [--pairs 5]

Both archive the same posts from the same server on the loopback address; both make a thumbnail of
320 pixels and a JPEG copy (the stock pipeline keeps nothing else). Two clocks run: one from the
moment when the spider is open until it is closed, the other over the whole process with its imports
and its exit. The codec limit is the same work of ours without network, files and Scrapy, in as many
processes as there are cores.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from clock import VARIABLE
from corpus import write_pictures, write_posts

from crawler.imaging import Limits, profiles
from crawler.imaging.render import render
from crawler.model import Profile, Written

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class NoFiles:
    """A writer that keeps nothing."""

    def original(self, payload: bytes, media_type: str) -> Written:
        """Keep nothing."""
        return Written(path=media_type, digest="", size=len(payload))

    def derivative(
        self, payload: bytes, media_type: str, profile: Profile, original: Written
    ) -> Written:
        """Keep nothing."""
        return Written(
            path=f"{profile.name}{original.path}{media_type}", digest="", size=len(payload)
        )


def main() -> None:
    """Make the corpus, run both in turn, print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--images-a-post", type=int, default=10)
    parser.add_argument("--pairs", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="image-archiver-speed-") as name:
        folder = Path(name)
        pictures = write_pictures(folder / "site", chosen.images)
        size = sum(path.stat().st_size for path in (folder / "site").iterdir())
        print(f"{chosen.images} pictures, {size / chosen.images / 1000:.0f} kB on average")
        command = [sys.executable, str(_HERE / "serve.py"), str(folder / "site")]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout is not None
            base = f"http://127.0.0.1:{int(server.stdout.readline())}"
            urls = [f"{base}/{picture}" for picture in pictures]
            write_posts(folder / "posts", urls, chosen.images_a_post)
            compare(folder, chosen.images, chosen.pairs)
            assert server.stdin is not None
            server.stdin.close()


def compare(folder: Path, images: int, pairs: int) -> None:
    """Run both in turn and print what came of it."""
    stock, ours = [], []
    for number in range(pairs):
        stock.append(stock_run(folder, images))
        ours.append(our_run(folder, images))
        print(
            f"pair {number + 1}: crawl: stock {images / stock[-1].crawl:4.1f}, ours"
            f" {images / ours[-1].crawl:4.1f} img/s, ratio {stock[-1].crawl / ours[-1].crawl:.2f};"
            f" process: {images / stock[-1].process:4.1f}, {images / ours[-1].process:4.1f} img/s,"
            f" ratio {stock[-1].process / ours[-1].process:.2f}"
        )
    limit = images / codec_seconds(folder)
    crawls = [one.crawl / other.crawl for one, other in zip(stock, ours, strict=True)]
    processes = [one.process / other.process for one, other in zip(stock, ours, strict=True)]
    rate = images / statistics.median(run.crawl for run in ours)
    print(f"median ratio: crawl {statistics.median(crawls):.2f}, whole process", end=" ")
    print(f"{statistics.median(processes):.2f}")
    print(f"codec limit {limit:.1f} img/s; the crawl of ours is {rate / limit:.0%} of it")


@dataclass(frozen=True)
class Seconds:
    """What one run took."""

    crawl: float
    process: float


def our_run(folder: Path, images: int) -> Seconds:
    """Return the times of one run of ours over a new archive."""
    target = folder / "archive"
    shutil.rmtree(target, ignore_errors=True)
    seconds = _timed(
        folder,
        [
            *(sys.executable, "-m", "crawler", "archive", str(folder / "posts")),
            *("--archive", str(target), "--allow-private-addresses", "--quiet"),
            *("--per-host", "8", "-s", 'EXTENSIONS={"clock.Clock": 0}'),
        ],
    )
    kept = len(list(target.glob("posts/*/images/*")))
    assert kept == images, f"ours kept {kept} of {images}"
    return seconds


def stock_run(folder: Path, images: int) -> Seconds:
    """Return the times of one run of the stock pipeline over a new folder."""
    target = folder / "stock"
    shutil.rmtree(target, ignore_errors=True)
    command = [sys.executable, str(_HERE / "stock.py"), str(folder / "posts"), str(target)]
    seconds = _timed(folder, command)
    kept = len(list(target.glob("full/*")))
    assert kept == images, f"stock kept {kept} of {images}"
    return seconds


def codec_seconds(folder: Path) -> float:
    """Return the seconds that decoding and encoding alone take on all cores."""
    paths = sorted((folder / "site").iterdir())
    workers = os.cpu_count() or 1
    with ProcessPoolExecutor(workers, mp_context=get_context("forkserver")) as pool:
        list(pool.map(_render_all, [paths[:1]] * workers))  # starts the workers
        start = time.perf_counter()
        list(pool.map(_render_all, [[path] for path in paths]))
        return time.perf_counter() - start


def _render_all(paths: Sequence[Path]) -> None:
    for path in paths:
        render(
            path.read_bytes(),
            subject=path.name,
            profiles=profiles([320], "jpeg"),
            limits=Limits(),
            writer=NoFiles(),
        )


def _timed(folder: Path, command: list[str]) -> Seconds:
    clock = folder / "clock"
    paths = os.pathsep.join([str(_HERE), str(_HERE.parent), os.environ.get("PYTHONPATH", "")])
    start = time.perf_counter()
    subprocess.run(
        command, check=True, env={**os.environ, VARIABLE: str(clock), "PYTHONPATH": paths}
    )
    process = time.perf_counter() - start
    return Seconds(crawl=float(clock.read_text()), process=process)


if __name__ == "__main__":
    main()

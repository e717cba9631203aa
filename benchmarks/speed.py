"""Images per second, this project beside Scrapy's stock ImagesPipeline, in pairs of runs in turn.

    python benchmarks/speed.py [--corpus news|small] [--images 400] [--pairs 5]

Both archive the same posts from the same server on the loopback address; both make a thumbnail of
320 pixels and a JPEG copy. The stock pipeline keeps nothing else; ours leaves the offline pages,
which the other has nothing like. The clock of the crawl runs from the moment when the spider is
open until it is closed, that of the process over its imports and its exit too. Beside each pair two
limits are taken, of the same work of ours in as many processes as there are cores: that of the
codecs, without network, files and Scrapy, and that of codecs and files, which writes and flushes
what is kept as well.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from clock import VARIABLE
from corpus import CORPORA, write_pictures, write_posts
from processes import Usage, watch

from crawler.imaging import Limits, profiles
from crawler.imaging.render import render
from crawler.imaging.workers.worker import keep_memory
from crawler.models import Profile, Writer, Written
from crawler.store.bundle import BundleWriter
from crawler.store.image_names import assign_stems

_HERE = Path(__file__).parent
_IMAGES_A_POST = 10
_LIMITS = {"codecs": False, "codecs and files": True}
"""Each with whether files are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one run over the corpus took."""

    usage: Usage
    crawl: float
    """Seconds."""
    gap: float
    """Seconds, the longest that the event loop was busy with one thing."""
    connections: int


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
    """Make the corpus, run both in turn, print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", choices=tuple(CORPORA), default="news")
    parser.add_argument("--images", type=int)
    parser.add_argument("--pairs", type=int, default=5)
    chosen = parser.parse_args()
    corpus = CORPORA[chosen.corpus]
    images = chosen.images or corpus.images
    with tempfile.TemporaryDirectory(prefix="image-archiver-speed-") as name:
        folder = Path(name)
        pictures = write_pictures(folder / "site", images, corpus)
        size = sum(path.stat().st_size for path in (folder / "site").iterdir())
        print(f"{images} pictures, {size / images / 1000:.0f} kB on average")
        command = [sys.executable, str(_HERE / "serve.py"), str(folder / "site")]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdin is not None
            assert server.stdout is not None
            base = f"http://127.0.0.1:{int(server.stdout.readline())}"
            urls = [f"{base}/{picture}" for picture in pictures]
            write_posts(folder / "posts", urls, _IMAGES_A_POST)
            compare(Bench(folder, images, server), chosen.pairs)
            server.stdin.close()


@dataclass(frozen=True)
class Bench:
    """A corpus in a folder, and the process that serves it."""

    folder: Path
    images: int
    server: subprocess.Popen[str]

    def ours(self) -> Taken:
        """Return what one run of ours over a new archive took."""
        target = self._new("archive")
        return self._run(
            [
                *(sys.executable, "-m", "crawler", "archive", str(self.folder / "posts")),
                *("--archive", str(target), "--allow-private-addresses", "--quiet"),
                *("--no-pages", "--per-host", "8", "-s", 'EXTENSIONS={"clock.Clock": 0}'),
            ],
            lambda: len(list(target.glob("posts/*/images/*"))),
        )

    def stock(self) -> Taken:
        """Return what one run of the stock pipeline over a new folder took."""
        target = self._new("stock")
        return self._run(
            [sys.executable, str(_HERE / "stock.py"), str(self.folder / "posts"), str(target)],
            lambda: len(list(target.glob("full/*"))),
        )

    def limit(self, *, files: bool) -> float:
        """Return the images a second of decoding and encoding on all cores, *files* or not."""
        paths = sorted((self.folder / "site").iterdir())
        names = assign_stems([path.name for path in paths], ())
        target = self._new("files")
        writers: list[Writer] = [
            BundleWriter(
                folder=target / str(number // _IMAGES_A_POST),
                base=target,
                stem=names[path.name],
                is_marking=False,
            )
            if files
            else NoFiles()
            for number, path in enumerate(paths)
        ]
        workers = os.cpu_count() or 1
        with ProcessPoolExecutor(
            workers, mp_context=get_context("forkserver"), initializer=keep_memory
        ) as pool:
            # Starts the workers.
            list(pool.map(_render, paths[:1] * workers, [NoFiles()] * workers))
            start = time.perf_counter()
            list(pool.map(_render, paths, writers))
            return self.images / (time.perf_counter() - start)

    def _new(self, name: str) -> Path:
        # Each run for itself: the disk has written what the one before left to it, and its files
        # stay until all is over, because ext4 passes over the numbers of files that were deleted a
        # minute ago one by one whenever a new file needs one.
        os.sync()
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))

    def _run(self, command: Sequence[str], kept: Callable[[], int]) -> Taken:
        clock = self.folder / "clock"
        paths = os.pathsep.join([str(_HERE), str(_HERE.parent), os.environ.get("PYTHONPATH", "")])
        before = self._connections()
        usage = watch(command, {**os.environ, VARIABLE: str(clock), "PYTHONPATH": paths})
        assert kept() == self.images, f"{kept()} of {self.images} are kept"
        figures = json.loads(clock.read_text())
        return Taken(usage=usage, connections=self._connections() - before, **figures)

    def _connections(self) -> int:
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        self.server.stdin.write("\n")
        self.server.stdin.flush()
        return int(self.server.stdout.readline())


def compare(bench: Bench, pairs: int) -> None:
    """Run both in turn and print what came of it."""
    stock, ours = list[Taken](), list[Taken]()
    limits: dict[str, list[float]] = {name: [] for name in _LIMITS}
    for number in range(pairs):
        stock.append(bench.stock())
        ours.append(bench.ours())
        for name, files in _LIMITS.items():
            limits[name].append(bench.limit(files=files))
        found = ", ".join(f"{name} {each[-1]:.1f} img/s" for name, each in limits.items())
        print(f"pair {number + 1}: limit of {found}")
        for name, taken in (("stock", stock[-1]), ("ours", ours[-1])):
            print(f"  {name:5} {_in_words(taken, bench.images)}", flush=True)
    pairs_of = list(zip(stock, ours, strict=True))
    crawl = statistics.median(one.crawl / other.crawl for one, other in pairs_of)
    process = statistics.median(one.usage.seconds / other.usage.seconds for one, other in pairs_of)
    print(f"median ratio: crawl {crawl:.2f}, whole process {process:.2f}")
    for name, each in limits.items():
        share = statistics.median(
            bench.images / taken.crawl / limit for taken, limit in zip(ours, each, strict=True)
        )
        print(f"median share of the limit of {name}: {share:.0%}")


def _in_words(taken: Taken, images: int) -> str:
    usage = taken.usage
    return (
        f"{images / taken.crawl:6.1f} img/s in the crawl, {images / usage.seconds:6.1f} in all,"
        f" {1000 * usage.processor / images:5.1f} ms of processor an image,"
        f" {usage.memory / 1e6:4.0f} MB, gap {1000 * taken.gap:4.0f} ms,"
        f" {taken.connections} connections"
    )


def _render(path: Path, writer: Writer) -> None:
    render(
        path.read_bytes(),
        subject=path.name,
        profiles=profiles([320], "jpeg"),
        limits=Limits(),
        writer=writer,
    )


if __name__ == "__main__":
    main()

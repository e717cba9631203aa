"""How fast `verify` reads an archive, beside `sha256sum` over the same files in the same run.

The files begin as images do and hold random bytes, in the sizes of photos of news: verify does not
look at pixels unless it is asked to. All of it is in the page cache, so that the hash is what is
measured.
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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from crawler import AGENT
from crawler.common import archive_layout
from crawler.common.digests import digest
from crawler.models import (
    ArticleRecord,
    Capture,
    Derivative,
    Entry,
    Manifest,
    Original,
    PostRecord,
    Reference,
)
from crawler.store.manifest import summarize, to_document
from crawler.verify import Depth, verify
from crawler.verify.rebuild_catalog import rebuild_catalog

_IMAGES = 4
"""Of a post."""
_SIZES = {"images": 250_000, "converted": 100_000, "thumbnails": 15_000}
_NAMES = {"images": "{}.webp", "converted": "{}.jpg", "thumbnails": "{}.320.jpg"}
_BEGINNINGS = {
    "images": b"RIFF\0\0\0\0WEBPVP8 ",
    "converted": b"\xff\xd8\xff",
    "thumbnails": b"\xff\xd8\xff",
}
_DATE = "2026-11-25T00:00:00Z"


@dataclass(frozen=True, slots=True)
class _Time:
    """What a pass over the files took."""

    wall: float
    cpu: float


def main() -> None:
    """Build an archive, and print what each pass over it takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=400)
    parser.add_argument("--pairs", type=int, default=5)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="verify-speed-"))
    try:
        root = folder / "archive"
        size = sum(_fill(root, number) for number in range(arguments.posts))
        rebuild_catalog(root)
        files = folder / "files"
        files.write_bytes(b"\0".join(os.fsencode(path) for path in _files(root)))
        _print(size, *_measure(root, files, arguments.pairs))
    finally:
        shutil.rmtree(folder)


def _measure(root: Path, files: Path, pairs: int) -> tuple[dict[str, list[_Time]], float]:
    def whole() -> None:
        assert verify(root).is_sound

    def fast() -> None:
        assert verify(root, depth=Depth(hashing=False)).is_sound

    def sums() -> None:
        command = ["xargs", "-0", "-a", str(files), "sha256sum"]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)

    sums()  # everything is in the cache from here on
    times: dict[str, list[_Time]] = {"sha256sum": [], "verify": [], "verify --fast": []}
    for _ in range(pairs):
        times["sha256sum"].append(_timed(sums))
        times["verify"].append(_timed(whole))
        times["verify --fast"].append(_timed(fast))
    rows = zip(times["sha256sum"], times["verify"], strict=True)
    return times, statistics.median(one.wall / other.wall for one, other in rows)


def _timed(work: Callable[[], None]) -> _Time:
    before, began = os.times(), time.perf_counter()
    work()
    after, ended = os.times(), time.perf_counter()
    return _Time(ended - began, sum(after[:4]) - sum(before[:4]))


def _print(size: int, times: dict[str, list[_Time]], ratio: float) -> None:
    print(f"{size / 1e6:.0f} MB in {sys.platform}, {os.cpu_count()} cores")
    for name, taken in times.items():
        wall = statistics.median(each.wall for each in taken)
        cpu = statistics.median(each.cpu for each in taken)
        print(f"{name:14} {wall:6.2f} s  {size / wall / 1e6:6.0f} MB/s  {cpu:6.2f} s of processors")
    print(f"verify is {ratio:.2f} times as fast as sha256sum (median of the pairs)")


def _fill(root: Path, number: int) -> int:
    """Write a bundle; return how many bytes its files have."""
    folder = root / archive_layout.POSTS / f"2026/{number // 100:02}/post-{number}.md"
    article = f"# Post {number}\n".encode()
    entries = tuple(_entry(folder, number, each) for each in range(_IMAGES))
    (folder / "article.md").write_bytes(article)
    record = PostRecord(
        id=folder.relative_to(root / archive_layout.POSTS).as_posix(),
        source=folder.name,
        url=None,
        title=f"Post {number}",
        author=None,
        date=None,
        article=ArticleRecord(path="article.md", digest=digest(article), size=len(article)),
        problems=(),
    )
    manifest = Manifest(
        schema=archive_layout.SCHEMA,
        agent=AGENT,
        post=record,
        summary=summarize(entries),
        entries=entries,
    )
    (folder / archive_layout.MANIFEST).write_bytes(to_document(manifest))
    return len(article) + sum(_SIZES.values()) * _IMAGES


def _entry(folder: Path, post: int, number: int) -> Entry:
    url = f"https://static.example/{post}/{number}.webp"
    paths = {name: f"{name}/{form.format(number)}" for name, form in _NAMES.items()}
    written = {
        name: _write(folder, path, _BEGINNINGS[name], _SIZES[name]) for name, path in paths.items()
    }
    derivatives = tuple(
        Derivative(
            profile=profile,
            path=paths[name],
            digest=written[name],
            size=_SIZES[name],
            media_type="image/jpeg",
            width=1600,
            height=900,
            frames=1,
        )
        for profile, name in (("converted", "converted"), ("thumbnail-320", "thumbnails"))
    )
    return Entry(
        url=url,
        state="archived",
        references=(Reference(url=url, origin="img-src", location="line 1", destination=url),),
        capture=Capture(via="live", date=_DATE, url=url, status=200),
        original=Original(
            path=paths["images"],
            digest=written["images"],
            size=_SIZES["images"],
            media_type="image/webp",
            width=1600,
            height=900,
            frames=1,
            perceptual_hash="0" * 16,
        ),
        derivatives=derivatives,
    )


def _write(folder: Path, path: str, beginning: bytes, size: int) -> str:
    content = beginning + os.urandom(size - len(beginning))
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(content)
    return digest(content)


def _files(root: Path) -> Iterator[Path]:
    kept = (path for path in (root / archive_layout.POSTS).rglob("*") if path.is_file())
    return (path for path in kept if path.name != archive_layout.MANIFEST)


if __name__ == "__main__":
    main()

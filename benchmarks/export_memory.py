"""Peak memory of each export of 1,000 and of 10,000 images: it must not grow with the archive.

    python benchmarks/export_memory.py [--images 1000 10000] [--formats zip tar ...]

Prints for each format and number of images the peak memory of the process, its processor time and
the megabytes a second of that; and the same for an import of the zip.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from crawler import AGENT
from crawler.common import archive_layout
from crawler.common.digests import digest
from crawler.export import FORMATS
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

_IN_A_POST = 10
_ORIGINAL = 40_000
_THUMBNAIL = 4_000
_DATE = "2026-11-25T00:00:00Z"
_MB = 1_000_000


def main() -> None:
    """Write the archives, export them, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--formats", nargs="+", default=list(FORMATS), choices=list(FORMATS))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="image-archiver-export-") as name:
        folder = Path(name)
        for images in given.images:
            archive = folder / f"archive-{images}"
            for number in range(images // _IN_A_POST):
                _write_post(archive, number)
            for form in given.formats:
                _report(form, images, _measure(folder, "export", form, "out", archive=archive))
                _clear(folder / "out")
            _measure(folder, "export", "zip", "out.zip", archive=archive)
            _report("import", images, _measure(folder, "import", "out.zip", archive=folder / "in"))
            for path in ("out.zip", "in", archive.name):
                _clear(folder / path)


def _write_post(archive: Path, number: int) -> None:
    post = f"{number // 100:03}/{number:05}.md"
    bundle = archive / archive_layout.POSTS / post
    entries = tuple(_write_image(bundle, number * _IN_A_POST + n) for n in range(_IN_A_POST))
    text = f"# Post {number}\n".encode()
    (bundle / "article.md").write_bytes(text)
    article = ArticleRecord(path="article.md", digest=digest(text), size=len(text))
    record = PostRecord(
        id=post, source=post, url=None, title=post, author=None, date=_DATE, article=article,
        problems=(),
    )  # fmt: skip
    manifest = Manifest(
        schema=archive_layout.SCHEMA,
        agent=AGENT,
        post=record,
        summary=summarize(entries),
        entries=entries,
    )
    (bundle / archive_layout.MANIFEST).write_bytes(to_document(manifest))


def _write_image(bundle: Path, number: int) -> Entry:
    url = f"https://static.example/{number}.png"
    made = {
        path: _write(bundle / path, size)
        for path, size in (
            (f"images/{number}.png", _ORIGINAL),
            (f"thumbnails/{number}.320.jpg", _THUMBNAIL),
        )
    }
    (path, (value, size)), (small, (small_value, small_size)) = made.items()
    return Entry(
        url=url,
        state="archived",
        references=(Reference(url=url, origin="img-src", location="line 1", destination=url),),
        capture=Capture(via="live", date=_DATE, url=url, status=200),
        original=Original(
            path=path, digest=value, size=size, media_type="image/png", width=640, height=480,
            frames=1, perceptual_hash=None,
        ),
        derivatives=(
            Derivative(
                profile="thumbnail-320", path=small, digest=small_value, size=small_size,
                media_type="image/jpeg", width=320, height=240, frames=1,
            ),
        ),
    )  # fmt: skip


def _write(path: Path, size: int) -> tuple[str, int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = os.urandom(size)
    path.write_bytes(content)
    return digest(content), size


def _measure(folder: Path, *arguments: str, archive: Path) -> tuple[int, float]:
    """Return peak resident kB and processor seconds of a command."""
    command = [sys.executable, "-m", "crawler", *arguments, "--archive", str(archive), "--quiet"]
    with subprocess.Popen(command, cwd=folder) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss, usage.ru_utime + usage.ru_stime


def _report(what: str, images: int, figures: tuple[int, float]) -> None:
    memory, seconds = figures
    size = images * (_ORIGINAL + _THUMBNAIL) / _MB
    print(
        f"{what:<11}{images:>7,} images: peak {memory / 1024:.0f} MB,"
        f" {seconds:.1f} s of processor time, {size / seconds:.0f} MB/s",
        flush=True,
    )


def _clear(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    main()

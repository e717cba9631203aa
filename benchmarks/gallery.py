"""Measure the offline pages of a large archive: writing them, writing them again, opening them.

Posts are synthetic, of five years and of ordinary length, each with three pictures out of a few
hundred; every tenth misses one. The browser is the system's Chromium, from the disk, without a
warm cache.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from crawler.common import archive_layout
from crawler.common.digests import digest
from crawler.common.files import write_atomically
from crawler.imaging.perceptual_hash import perceptual_hash
from crawler.models import ArticleRecord, Capture, Derivative, Entry, Failure, Original, Reference
from crawler.sources.article_file import read_content
from crawler.store.archive import Archive
from crawler.store.catalog import PostRow
from crawler.store.manifest import (
    build_manifest,
    count_failures,
    read_manifest,
    summarize,
    to_document,
)

_PICTURES = 300
_DATE = "2026-11-22T07:00:14Z"
_WORDS = (
    *("the", "a", "of", "station", "night", "camera", "light", "window", "orbit", "clouds"),
    *("river", "bridge", "morning", "people", "story", "before", "after", "under", "quiet"),
    *("long", "slow", "blue", "photo", "train", "harbour", "winter", "map", "letter", "garden"),
)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--browser", default="/usr/bin/chromium")
    parser.add_argument("--folder", type=Path, help="keep the archive there, or take that one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gallery-") as temporary:
        root = options.folder or Path(temporary) / "archive"
        if not archive_layout.is_archive(root):
            write_archive(root, options.posts)
        _say("first build", *_view(root))
        _say("nothing changed", *_view(root))
        before = _stamps(root)
        _change_one(root)
        _say("one post changed", *_view(root))
        touched = sorted(p for p, stamp in _stamps(root).items() if before.get(p) != stamp)
        print("  touched:", *touched)
        _open(root, options.browser)


def _say(name: str, seconds: float, processor: float, memory: int) -> None:
    print(f"{name}: {seconds:.1f} s ({processor:.1f} s of processor), {memory // 1024} MB at most")


def _view(root: Path) -> tuple[float, float, int]:
    """Run the verb in a process of its own."""
    begin = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "crawler", "view", "--archive", str(root), "--quiet"],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def _stamps(root: Path) -> dict[str, int]:
    return {
        str(path.relative_to(root)): path.stat().st_mtime_ns
        for path in root.rglob("*")
        if path.suffix in {".html", ".js", ".css"}
    }


def _change_one(root: Path) -> None:
    path = next((root / archive_layout.POSTS / "2023").rglob(archive_layout.MANIFEST))
    manifest = read_manifest(path)
    assert manifest is not None
    post = replace(manifest.post, title=f"{manifest.post.title}, changed")
    write_atomically(path, to_document(replace(manifest, post=post)), beneath=root)


def _open(root: Path, executable: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
        )
        for name in (archive_layout.PAGE, "gallery/images.html", "gallery/missing.html"):
            times = [_times(browser, root / name) for _ in range(5)]
            middle = sorted(times)[2]
            print(f"{name}: first entries {middle[0]:.2f} s, all readable {middle[1]:.2f} s")
        _search(browser, root)
        browser.close()


def _times(browser: Browser, path: Path) -> tuple[float, float]:
    """Return the seconds until entries are drawn, and until all can be searched."""
    page = browser.new_page()
    begin = time.monotonic()
    page.goto(path.as_uri(), wait_until="commit")
    page.wait_for_selector("#list li")
    drawn = time.monotonic() - begin
    page.wait_for_selector("body[data-ready=all]")
    ready = time.monotonic() - begin
    page.close()
    return drawn, ready


def _search(browser: Browser, root: Path) -> None:
    page = browser.new_page()
    page.goto((root / archive_layout.PAGE).as_uri())
    page.wait_for_selector("body[data-ready=all]")
    begin = time.monotonic()
    page.fill("#search", "number 777")
    page.wait_for_selector("#status:has-text(' of ')")
    print(f"search: {time.monotonic() - begin:.2f} s, {page.text_content('#status')}")
    heap = page.evaluate("performance.memory.usedJSHeapSize")
    print(f"memory of the page's script: {heap // 1_000_000} MB")
    page.close()


def write_archive(root: Path, posts: int) -> None:
    """Write an archive of so many *posts* to *root*."""
    chance = random.Random(7)  # noqa: S311 - the same archive each time
    pictures = [_picture(chance, number) for number in range(_PICTURES)]
    store = root.parent / "pictures"
    store.mkdir(parents=True, exist_ok=True)
    for number, (payload, thumbnail, _) in enumerate(pictures):
        (store / f"{number}.jpg").write_bytes(payload)
        (store / f"{number}.320.jpg").write_bytes(thumbnail)
    archive = Archive(root)
    try:
        for number in range(posts):
            _write_post(archive, number, chance, pictures, store)
    finally:
        archive.close()


def _picture(chance: random.Random, number: int) -> tuple[bytes, bytes, str]:
    colors = [tuple(chance.randrange(256) for _ in range(3)) for _ in range(16)]
    small = Image.new("RGB", (4, 4))
    small.putdata(colors)
    image = small.resize((640, 420 + number % 60), Image.Resampling.BICUBIC)
    payloads = []
    for size in (image.size, (320, image.height // 2)):
        file = BytesIO()
        image.resize(size).save(file, "JPEG", quality=60)
        payloads.append(file.getvalue())
    return payloads[0], payloads[1], perceptual_hash(image)


def _write_post(
    archive: Archive,
    number: int,
    chance: random.Random,
    pictures: list[tuple[bytes, bytes, str]],
    store: Path,
) -> None:
    year, month, day = 2021 + number % 5, 1 + number // 5 % 12, 1 + number // 60 % 28
    post_id = f"{year}/{month:02}/post-{number}.md"
    relative = f"{archive_layout.POSTS}/{post_id}"
    folder = archive.root / relative
    chosen = [chance.randrange(_PICTURES) for _ in range(3)]
    entries = [
        _entry(f"https://static.example.org/{number}/{at}.jpg", pictures[at], at) for at in chosen
    ]
    if number % 10 == 0:
        failure = Failure(code="not-found", detail="HTTP 404", permanent=True, runs=1, attempts=1)
        lost = entries[-1]
        entries[-1] = replace(
            lost, state="failed", capture=None, original=None, derivatives=(), failure=failure
        )
    text = _article(chance, number, f"{year}-{month:02}-{day:02}T12:00:00Z", entries).encode()
    post = read_content(text, id_=post_id, source=post_id, suffix=".md")
    record = ArticleRecord(path="article.md", digest=digest(text), size=len(text))
    manifest = build_manifest(post, article=record, entries=entries)
    for name in (archive_layout.IMAGES, archive_layout.THUMBNAILS):
        (folder / name).mkdir(parents=True)
    for at in {at for at, entry in zip(chosen, entries, strict=True) if entry.original}:
        os.link(store / f"{at}.jpg", folder / archive_layout.IMAGES / f"{at}.jpg")
        os.link(store / f"{at}.320.jpg", folder / archive_layout.THUMBNAILS / f"{at}.320.jpg")
    (folder / "article.md").write_bytes(text)
    (folder / archive_layout.MANIFEST).write_bytes(to_document(manifest))
    archive.record(
        PostRow(
            id=post_id, path=post_id, document=None, size=len(text), mtime_ns=0, fingerprint="",
            settled=True, due=None, bundle=relative, digest=record.digest,
            summary=summarize(entries), failures=count_failures(entries), problems={},
        )
    )  # fmt: skip


def _entry(url: str, picture: tuple[bytes, bytes, str], at: int) -> Entry:
    payload, thumbnail, likeness = picture
    place = Reference(
        url=url, origin="markdown-image", location="line 9", destination=url, alt="A picture"
    )
    return Entry(
        url=url,
        state="archived",
        references=(place,),
        capture=Capture(
            via="live", date=_DATE, url=url, status=200, declared_media_type="image/jpeg"
        ),
        original=Original(
            path=f"images/{at}.jpg",
            digest=digest(payload),
            size=len(payload),
            media_type="image/jpeg",
            width=640,
            height=420 + at % 60,
            frames=1,
            perceptual_hash=likeness,
            average_color="#8090a0",
        ),
        derivatives=(
            Derivative(
                profile="thumbnail-320",
                path=f"thumbnails/{at}.320.jpg",
                digest=digest(thumbnail),
                size=len(thumbnail),
                media_type="image/jpeg",
                width=320,
                height=210 + at % 60 // 2,
                frames=1,
            ),
        ),
    )


def _article(chance: random.Random, number: int, date: str, entries: list[Entry]) -> str:
    title = f"{' '.join(chance.choices(_WORDS, k=5)).capitalize()}, number {number}"
    paragraphs = [" ".join(chance.choices(_WORDS, k=70)) for _ in range(4)]
    shown = [f"![A picture]({entry.url})" for entry in entries]
    pairs = zip(paragraphs, [*shown, ""], strict=True)
    body = "\n\n".join(part for pair in pairs for part in pair)
    return f"---\ntitle: {title}\ndate: {date}\nauthor: Desk {number % 7}\n---\n\n{body}\n"


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()

"""20,000 posts of 2 kB without images, then again unchanged: posts per second and peak memory.

    python benchmarks/many_posts.py [--posts 20000]

Prints for both passes the posts a second of the whole process and its peak memory, and how many
articles an unchanged pass opens, by the kernel's word: strace counts, where it is installed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_TEXT = """---
title: Post {number}
date: 2021-12-01 00:11:49
tags: [one, two]
---

{words}
"""
_WORDS = "Nothing to see here, but a good deal to read, in sentences as people write them. "


def main() -> None:
    """Write the posts, run twice, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--posts", type=int, default=20_000)
    count = parser.parse_args().posts
    with tempfile.TemporaryDirectory(prefix="image-archiver-posts-") as name:
        folder = Path(name)
        for number in range(count):
            path = folder / "posts" / f"{number // 1000:03}" / f"{number:06}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_TEXT.format(number=number, words=_WORDS * 24))
        for label in ("first pass", "second pass, unchanged"):
            seconds, memory, summary = _run(folder)
            assert summary["posts"] == count
            print(
                f"{label}: {count / seconds:,.0f} posts/s, peak {memory / 1024:.0f} MB,"
                f" {summary['unchanged_posts']} unchanged"
            )
        if shutil.which("strace"):
            print(f"articles opened in a third pass: {_opened(folder)}")


def _command(folder: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "crawler", "archive", str(folder / "posts")),
        *("--archive", str(folder / "archive"), "--json", "--quiet"),
    ]


def _run(folder: Path) -> tuple[float, int, dict[str, int]]:
    """Return seconds, peak resident kB, and the summary of one run."""
    start = time.perf_counter()
    with subprocess.Popen(_command(folder), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return time.perf_counter() - start, usage.ru_maxrss, json.loads(output)


def _opened(folder: Path) -> int:
    log = folder / "strace"
    subprocess.run(
        ["strace", "-f", "-e", "trace=openat", "-o", str(log), *_command(folder)],
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return len(re.findall(r'/posts/\d+/\d+\.md"', log.read_text(errors="replace")))


if __name__ == "__main__":
    main()

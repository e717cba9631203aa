"""Posts that are as they were, with `--refresh` beside without: what looking for due images costs.

    python benchmarks/refresh_speed.py [--posts 20000]

Each post names two of twenty images. Prints for each run its processor time, and what came of the
images that were asked for again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

_IMAGES = 20
_RUNS = ((), (), ("--refresh", "30d"), (), ("--refresh", "30d"), ("--refresh", "0"))


def main() -> None:
    """Write posts and images, run again and again, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--posts", type=int, default=20_000)
    count = parser.parse_args().posts
    with tempfile.TemporaryDirectory(prefix="image-archiver-refresh-") as name:
        folder = Path(name)
        (folder / "images").mkdir()
        for number in range(_IMAGES):
            picture = Image.effect_noise((64, 48), 10 + number)
            picture.save(folder / "images" / f"{number}.png")
        command = [
            sys.executable,
            str(Path(__file__).with_name("serve.py")),
            str(folder / "images"),
        ]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout is not None
            _write(folder, count, f"http://127.0.0.1:{int(server.stdout.readline())}")
            for options in _RUNS:
                seconds, summary = _run(folder, options)
                print(
                    f"archive {' '.join(options):13} {seconds:6.1f} s of processor time,"
                    f" {summary['unchanged_posts']} unchanged, {summary.get('refreshed', '')}",
                    flush=True,
                )
            server.terminate()


def _write(folder: Path, count: int, site: str) -> None:
    for number in range(count):
        path = folder / "posts" / f"{number // 1000:03}" / f"{number:06}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        names = (number % _IMAGES, (number * 7 + 1) % _IMAGES)
        path.write_text("".join(f"![]({site}/{name}.png)\n\n" for name in names))


def _run(folder: Path, options: tuple[str, ...]) -> tuple[float, dict[str, object]]:
    command = [
        *(sys.executable, "-m", "crawler", "archive", str(folder / "posts")),
        *("--archive", str(folder / "archive"), "--json", "--quiet", "--allow-private-addresses"),
        *("--thumbnail", "none", "--convert", "none", *options),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_utime + usage.ru_stime, json.loads(output)


if __name__ == "__main__":
    main()

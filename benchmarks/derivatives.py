"""Size, time and likeness of copies and thumbnails, over photos that were never compressed.

    python benchmarks/derivatives.py [--pictures 12]

Prints a table for copies of 1280 x 860 pixels and one for thumbnails of 320, a row a format and its
settings: kB, milliseconds of one processor (the better of two), PSNR, and SSIM of the greys over
blocks of 8 x 8 (Wang and others, 2004).
"""

from __future__ import annotations

import argparse
import io
import math
import random
import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Any

import corpus
from PIL import Image, ImageChops, ImageStat

from crawler.imaging.resize import shrunk

_BLOCK = 8
_C1 = (0.01 * 255) ** 2
_C2 = (0.03 * 255) ** 2

SETTINGS: Sequence[tuple[str, Mapping[str, Any]]] = (
    *(("JPEG", {"quality": quality}) for quality in (75, 80, 85, 90)),
    ("JPEG", {"quality": 85, "progressive": True}),
    *(("WEBP", {"quality": quality, "method": 2}) for quality in (75, 82, 88)),
    ("WEBP", {"quality": 82, "method": 4}),
    *(("AVIF", {"quality": q, "speed": 9, "max_threads": 1}) for q in (55, 65, 75)),
    ("AVIF", {"quality": 65, "speed": 8, "max_threads": 1}),
    ("PNG", {}),
)


def main() -> None:
    """Draw the photos, encode them in every way, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pictures", type=int, default=12)
    count = parser.parse_args().pictures
    chances = [random.Random(f"measure {n}") for n in range(count)]  # noqa: S311 - the same each time
    photos = [corpus.photo(chance, (1280, 860)) for chance in chances]
    _table("copies", photos)
    _table("thumbnails", [shrunk(photo, 320) for photo in photos])


def _table(name: str, pictures: Sequence[Image.Image]) -> None:
    print(f"{name}, {len(pictures)} pictures of {pictures[0].width} x {pictures[0].height}\n")
    print("| settings | size | time | PSNR | SSIM |\n|---|---|---|---|---|")
    for kind, options in SETTINGS:
        rows = [_measured(picture, kind, options) for picture in pictures]
        size, seconds, psnr, ssim = (statistics.mean(column) for column in zip(*rows, strict=True))
        words = " ".join(f"{key}={value}" for key, value in options.items())
        print(
            f"| {kind} {words} | {size / 1000:.1f} kB | {seconds * 1000:.1f} ms"
            f" | {psnr:.1f} dB | {ssim:.4f} |",
            flush=True,
        )
    print()


def _measured(
    picture: Image.Image, kind: str, options: Mapping[str, Any]
) -> tuple[float, float, float, float]:
    """Return bytes, seconds, PSNR and SSIM of *picture* in one format."""
    seconds = math.inf
    file = io.BytesIO()
    for _ in range(2):
        file = io.BytesIO()
        start = time.process_time()
        picture.save(file, kind, **options)
        seconds = min(seconds, time.process_time() - start)
    size = len(file.getvalue())
    with Image.open(file) as opened:
        decoded = opened.convert("RGB")
    return size, seconds, _psnr(picture, decoded), _ssim(picture, decoded)


def _psnr(one: Image.Image, other: Image.Image) -> float:
    squares = ImageStat.Stat(ImageChops.difference(one, other)).sum2
    error = sum(squares) / (one.width * one.height * len(squares))
    return 10 * math.log10(255**2 / error) if error else 99.0


def _ssim(one: Image.Image, other: Image.Image) -> float:
    a, b = _blocks(one), _blocks(other)
    return statistics.mean(_similarity(x, y) for x, y in zip(a, b, strict=True))


def _blocks(picture: Image.Image) -> list[bytes]:
    grey = picture.convert("L")
    return [
        grey.crop((x, y, x + _BLOCK, y + _BLOCK)).tobytes()
        for y in range(0, grey.height - _BLOCK + 1, _BLOCK)
        for x in range(0, grey.width - _BLOCK + 1, _BLOCK)
    ]


def _similarity(x: bytes, y: bytes) -> float:
    n = len(x)
    mean_x, mean_y = sum(x) / n, sum(y) / n
    var_x = sum(v * v for v in x) / n - mean_x**2
    var_y = sum(v * v for v in y) / n - mean_y**2
    covariance = sum(v * w for v, w in zip(x, y, strict=True)) / n - mean_x * mean_y
    return ((2 * mean_x * mean_y + _C1) * (2 * covariance + _C2)) / (
        (mean_x**2 + mean_y**2 + _C1) * (var_x + var_y + _C2)
    )


if __name__ == "__main__":
    main()

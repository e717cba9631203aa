"""Draw a corpus of photo-like pictures and the posts that name them; the same for the same seed."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """What kinds of pictures there are, how many of each, and how large."""

    images: int
    mix: tuple[str, ...]
    size: tuple[int, int]


CORPORA = {
    # Of a news site: 1.1 megapixels, some 220 kB each.
    "news": Corpus(
        images=400,
        mix=(*["webp"] * 58, *["jpg"] * 26, *["png"] * 11, *["animated.webp"] * 5),
        size=(1280, 860),
    ),
    # What a request costs shows here: there is hardly anything to decode.
    "small": Corpus(images=5000, mix=("jpg",), size=(256, 172)),
}

_POST = """
---
title: 'Photos of a departure, part {number}'
categories:
 - news
headimg: '{first}'
author: Benchmark
comments: false
date: Wed, 01 Dec 2021 00:11:49 GMT
thumbnail: '{first}'
---

<div>
{images}
</div>
"""
_IMAGE = (
    '<p style="text-align:center"><a href="{url}" target="_blank">'
    '<img src="{url}" referrerpolicy="no-referrer"></a></p>'
)


def write_pictures(folder: Path, count: int, corpus: Corpus) -> list[str]:
    """Write *count* pictures into *folder* and return their names."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(1)  # noqa: S311 - the same corpus for everybody
    kinds = [corpus.mix[number % len(corpus.mix)] for number in range(count)]
    chance.shuffle(kinds)
    names = [f"{number:05}.{kind}" for number, kind in enumerate(kinds)]
    for name, kind in zip(names, kinds, strict=True):
        path = folder / name
        if not path.exists():
            path.write_bytes(_encoded(random.Random(name), kind, corpus.size))  # noqa: S311 - as above
    return names


def write_posts(folder: Path, urls: list[str], images_a_post: int) -> None:
    """Write posts into *folder*, each with the next *images_a_post* of *urls*."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, batch in enumerate(_batches(urls, images_a_post)):
        images = "\n".join(_IMAGE.format(url=url) for url in batch)
        text = _POST.format(number=number, first=batch[0], images=images)
        (folder / f"{number:05}.md").write_text(text, encoding="utf-8")


def _batches(urls: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(urls), size):
        yield urls[start : start + size]


def _encoded(chance: random.Random, kind: str, size: tuple[int, int]) -> bytes:
    file = io.BytesIO()
    if kind == "jpg":
        photo(chance, size).save(file, "JPEG", quality=85)
    elif kind == "png":
        # A screenshot rather than a photo: few colours compress well.
        photo(chance, size).quantize(64).convert("RGB").save(file, "PNG")
    elif kind == "webp":
        photo(chance, size).save(file, "WEBP", quality=85)
    else:
        frames = [photo(chance, (480, 320)) for _ in range(8)]
        frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:], duration=80)
    return file.getvalue()


def photo(chance: random.Random, size: tuple[int, int]) -> Image.Image:
    """Return soft shapes over a gradient, with the grain of a sensor."""
    small = (size[0] // 2, size[1] // 2)
    picture = Image.linear_gradient("L").resize(small)
    photo = Image.merge("RGB", [picture.point(_curve(chance)) for _ in range(3)])
    draw = ImageDraw.Draw(photo)
    for _ in range(120):
        x, y = chance.randrange(small[0]), chance.randrange(small[1])
        radius = chance.randrange(4, 70)
        colour = (chance.randrange(256), chance.randrange(256), chance.randrange(256))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    photo = photo.filter(ImageFilter.GaussianBlur(1.2)).resize(size, Image.Resampling.BICUBIC)
    grain = Image.frombytes("L", size, chance.randbytes(size[0] * size[1]))
    grain = grain.filter(ImageFilter.GaussianBlur(0.8)).point(lambda v: 96 + v // 4)
    return ImageChops.add(photo, Image.merge("RGB", [grain] * 3), offset=-128)


def _curve(chance: random.Random) -> list[int]:
    low, high = sorted((chance.randrange(256), chance.randrange(256)))
    return [low + (high - low) * value // 255 for value in range(256)]

"""What a look at the container says of a damaged picture, and its decoder does not.

    python benchmarks/wholeness.py [--damages N]

Cuts and damages pictures of every format, made by Pillow and by the other encoders that are there
(Debian: apt-get install apngasm gifsicle graphicsmagick libavif-bin libheif-examples
libjpeg-turbo-progs libjxl-tools libtiff-tools webp). Each is judged twice: by Pillow's `load()` of
every frame, and by the program, which looks at the container as well. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import random
import shutil
import subprocess
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pillow_heif
from PIL import Image, ImageFile
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.IcoImagePlugin import IcoImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from crawler.imaging import Limits, sniff
from crawler.imaging.decode import as_defects, decode
from crawler.imaging.defects import Defect
from tests.imaging.codestreams import boxed, jxl
from tests.imaging.fuzz.damage import DAMAGES, cut
from tests.imaging.kinds import SMALL
from tests.imaging.pictures import frames, photo, save, see_through

_LIMITS = Limits(max_pixels=1_000_000, max_frames=100)
_SIZE = (96, 72)
_ENDS, _STEPS = 60, 100
"""Cuts: at so many offsets near each end of a file, and at so many evenly between."""

_CLASSES: dict[str, type[ImageFile.ImageFile]] = {
    "image/png": PngImageFile,
    "image/apng": PngImageFile,
    "image/jpeg": JpegImageFile,
    "image/gif": GifImageFile,
    "image/webp": WebPImageFile,
    "image/avif": AvifImageFile,
    "image/heic": pillow_heif.HeifImageFile,
    "image/bmp": BmpImageFile,
    "image/x-icon": IcoImageFile,
    "image/tiff": TiffImageFile,
}

_ENDINGS = {
    "image/png": b"\0\0\0\0IEND\xae\x42\x60\x82",
    "image/apng": b"\0\0\0\0IEND\xae\x42\x60\x82",
    "image/jpeg": b"\xff\xd9",
    "image/gif": b";",
}
"""What the last bytes of a file are, in formats that have such."""

_ENCODERS = (
    ("gm.png", "gm convert 1.png gm.png"),
    ("gm-interlaced.png", "gm convert 1.png -interlace line gm-interlaced.png"),
    ("gm.jpg", "gm convert 1.png gm.jpg"),
    ("gm.gif", "gm convert 1.png gm.gif"),
    ("gm.bmp", "gm convert 1.png gm.bmp"),
    ("gm-rle.bmp", "gm convert 1.png -colors 200 -compress RLE gm-rle.bmp"),
    ("gm.tif", "gm convert 1.png gm.tif"),
    ("gm-zip.tif", "gm convert 1.png -compress Zip gm-zip.tif"),
    ("gm-pages.tif", "gm convert 1.png 2.png 3.png gm-pages.tif"),
    ("tiled.tif", "tiffcp -t -w 32 -l 32 gm.tif tiled.tif"),
    ("jpeg.tif", "tiffcp -c jpeg gm.tif jpeg.tif"),
    ("big.tif", "tiffcp -8 gm.tif big.tif"),
    ("apngasm.png", "apngasm apngasm.png 1.png 2.png 3.png"),
    ("1.ppm", "gm convert 1.png 1.ppm"),
    ("cjpeg.jpg", "cjpeg -outfile cjpeg.jpg 1.ppm"),
    ("progressive.jpg", "cjpeg -progressive -outfile progressive.jpg 1.ppm"),
    ("arithmetic.jpg", "cjpeg -arithmetic -outfile arithmetic.jpg 1.ppm"),
    ("1.gif", "gm convert 1.png 1.gif"),
    ("2.gif", "gm convert 2.png 2.gif"),
    ("animation.gif", "gifsicle -d 10 -l 1.gif 2.gif -o animation.gif"),
    ("cwebp.webp", "cwebp -quiet 1.png -o cwebp.webp"),
    ("lossless.webp", "cwebp -quiet -lossless 1.png -o lossless.webp"),
    ("animation.webp", "img2webp -d 100 1.png 2.png 3.png -o animation.webp"),
    ("avifenc.avif", "avifenc 1.png avifenc.avif"),
    ("sequence.avif", "avifenc --fps 5 1.png 2.png 3.png sequence.avif"),
    ("heif-enc.heic", "heif-enc 1.png -o heif-enc.heic"),
    ("cjxl.jxl", "cjxl 1.png cjxl.jxl"),
    ("jpeg.jxl", "cjxl gm.jpg jpeg.jxl"),
)
"""Files, and the commands that make them."""


def pictures() -> Iterator[bytes]:
    """Yield the pictures, all of them small."""
    yield from (kind.make() for kind in SMALL)
    yield (Path(__file__).parents[1] / "tests/imaging/data/ten-bit.avif").read_bytes()
    pillow_heif.register_heif_opener()
    yield save(photo(_SIZE), "HEIF")
    yield jxl(photo(_SIZE))
    yield jxl(see_through(_SIZE), lossless=True)
    yield boxed(jxl(photo(_SIZE)), 20, 60)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, frame in enumerate(frames(3, _SIZE), start=1):
            frame.save(folder / f"{number}.png")
        for target, command in _ENCODERS:
            if shutil.which(command.split()[0]):
                subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
                if sniff((folder / target).read_bytes()):
                    yield (folder / target).read_bytes()


def by_load(payload: bytes, media_type: str) -> tuple[str, str]:
    """Return the code that `load()` of every frame ends with, and a digest of the pixels."""
    seen = hashlib.sha256()

    def look() -> None:
        with _CLASSES[media_type](BytesIO(payload)) as image:
            for index in range(getattr(image, "n_frames", 1)):
                image.seek(index)
                _add(seen, image)
            if isinstance(image, IcoImageFile):
                for index in range(len(image.ico.entry)):
                    _add(seen, image.ico.frame(index))

    return _code(look), seen.hexdigest()


def by_program(payload: bytes, media_type: str) -> str:
    """Return the code that the program ends with."""
    return _code(lambda: decode(payload, media_type, _LIMITS))


def _add(seen: hashlib._Hash, image: Image.Image) -> None:
    image.load()
    seen.update(f"{image.mode} {image.size} ".encode() + image.tobytes())


def _code(judge: Callable[[], object]) -> str:
    try:
        with as_defects():
            judge()
    except Defect as defect:
        return defect.error.code
    return "whole"


def cuts(payload: bytes) -> Iterator[bytes]:
    """Yield the picture, cut in many places."""
    length = len(payload)
    ends = {*range(min(length, _ENDS)), *range(max(0, length - _ENDS), length)}
    for at in sorted(ends | {length * step // _STEPS for step in range(_STEPS)}):
        yield payload[:at]


def ended(payload: bytes) -> Iterator[bytes]:
    """Yield the picture, cut in many places, with its end put back."""
    end = _ENDINGS.get(sniff(payload) or "")
    if end is not None:
        yield from (each + end for each in cuts(payload))


def damaged(payload: bytes, count: int) -> Iterator[bytes]:
    """Yield the picture, damaged *count* times in each of the ways but cutting."""
    for damage in DAMAGES:
        chance = random.Random(damage.__name__)  # noqa: S311 - repeatable
        if damage is not cut:
            yield from (damage(chance, payload) for _ in range(count))


def judge(broken: Iterator[bytes], media_type: str, pixels: str) -> Counter[str]:
    """Return how often the two agree and differ over what still begins like its format."""
    score: Counter[str] = Counter()
    for payload in broken:
        if sniff(payload) != media_type:
            continue
        load, seen = by_load(payload, media_type)
        program = by_program(payload, media_type)
        if program == "whole":
            score["load alone" if load != "whole" else "taken"] += 1
            score["wrong"] += load == "whole" and seen != pixels
        elif load != "whole":
            score["both"] += 1
            score["renamed"] += (load, program) == ("undecodable", "truncated")
        else:
            score["there" if seen == pixels else "lost"] += 1
    return score


_COLUMNS = {
    "both": "both refuse",
    "renamed": "of these only the program says `truncated`",
    "lost": "program alone, pixels lost",
    "there": "program alone, pixels there",
    "load alone": "`load()` alone",
    "taken": "both take",
    "wrong": "of these pixels lost",
}


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep C libraries from writing what they think of a picture."""
    ours, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.dup2(ours, 2)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--damages", type=int, default=36, help="Of each kind, for each picture.")
    options = parser.parse_args()
    table: dict[tuple[str, str], Counter[str]] = {}
    files: Counter[str] = Counter()
    with _silence():
        for payload in pictures():
            media_type = sniff(payload)
            assert media_type
            assert by_program(payload, media_type) == "whole"
            if media_type not in _CLASSES:
                continue
            files[media_type] += 1
            pixels = by_load(payload, media_type)[1]
            ways = {
                "cut": cuts(payload),
                "cut, end put back": ended(payload),
                "damaged": damaged(payload, options.damages),
            }
            for way, broken in ways.items():
                score = table.setdefault((media_type, way), Counter())
                score += judge(broken, media_type, pixels)
    print("| format | files | " + " | ".join(_COLUMNS.values()) + " |")
    print("|---" * (2 + len(_COLUMNS)) + "|")
    for (kind, way), score in filter(lambda item: any(item[1].values()), table.items()):
        cells = [f"{score[column]:,}" for column in _COLUMNS]
        print(f"| {kind}, {way} | {files[kind]} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()

"""Small files that would grow: refused for what they announce, before they are decoded."""

from __future__ import annotations

import asyncio
import struct
import warnings
import zlib

import pytest
from PIL import Image

from crawler.errors import ArchiveError, TooManyPixels, Undecodable
from crawler.imaging import Limits, WorkerPool
from crawler.imaging.render import render
from crawler.models import Rendition
from tests.imaging.pictures import animate, chunk, frames, photo, png, save
from tests.imaging.writers import MemoryWriter

HUGE = (30_000, 30_000)


def attempt(payload: bytes, limits: Limits) -> None:
    render(payload, subject="x", profiles=(), limits=limits, writer=MemoryWriter())


def huge_bmp() -> bytes:
    # Run-length encoded, so that the file need not hold the pixels.
    header = struct.pack("<IiiHHIIiiII", 40, *HUGE, 1, 8, 1, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 54) + header + bytes(2000)


def huge_gif() -> bytes:
    payload = bytearray(save(photo((40, 30)).quantize(8), "GIF"))
    struct.pack_into("<HH", payload, 6, *HUGE)
    return bytes(payload)


def huge_frame_of_gif() -> bytes:
    payload = bytearray(save(photo((40, 30)).quantize(8), "GIF"))
    at = payload.index(b"," + struct.pack("<4H", 0, 0, 40, 30))
    struct.pack_into("<HH", payload, at + 5, *HUGE)
    return bytes(payload)


def huge_jpeg() -> bytes:
    payload = bytearray(save(photo((40, 30)), "JPEG"))
    struct.pack_into(">HH", payload, payload.index(b"\xff\xc0") + 5, *HUGE)
    return bytes(payload)


def huge_webp() -> bytes:
    payload = bytearray(animate("WEBP", frames(2, (40, 30))))
    payload[24:30] = 2 * (16_383).to_bytes(3, "little")
    return bytes(payload)


def huge_tiff() -> bytes:
    payload = save(photo((40, 30)), "TIFF")
    return payload.replace(
        struct.pack("<HHII", 256, 4, 1, 40), struct.pack("<HHII", 256, 4, 1, 300_000_000)
    )


def huge_in_icon() -> bytes:
    inner = png(HUGE, (1, 0), b"\0" * 100)
    return b"\0\0\1\0\1\0" + struct.pack("<4BHHII", 0, 0, 0, 0, 1, 32, len(inner), 22) + inner


@pytest.mark.parametrize(
    "make",
    [
        lambda: png(HUGE, (1, 0), b"\0" * 100),
        huge_bmp,
        huge_gif,
        huge_frame_of_gif,
        huge_jpeg,
        huge_webp,
        huge_tiff,
        huge_in_icon,
    ],
    ids=["png", "bmp", "gif", "gif-frame", "jpeg", "webp", "tiff", "icon"],
)
def test_huge(make) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    """An image that announces 900 million pixels is refused unread."""
    with pytest.raises(TooManyPixels):
        attempt(make(), Limits())


@pytest.mark.parametrize(
    "kind", ["PNG", "GIF", "WEBP", "AVIF"],
)  # fmt: skip
def test_animation(kind: str) -> None:
    """The frames of an animation count together, and each by itself."""
    payload = animate(kind, frames(12, (50, 40)))

    attempt(payload, Limits(max_pixels=2400))
    for limits in (Limits(max_pixels=2399), Limits(max_pixels=1999), Limits(max_frames=11)):
        with pytest.raises(TooManyPixels):
            attempt(payload, limits)


def test_exact_limit() -> None:
    """The limit itself is allowed, and one pixel more is not."""
    payload = save(photo((50, 40)), "PNG")

    attempt(payload, Limits(max_pixels=2000))
    with pytest.raises(TooManyPixels, match="50 x 40 pixels, limit 1999"):
        attempt(payload, Limits(max_pixels=1999))


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP"])
def test_compressed_metadata(kind: bytes) -> None:
    """Text or a profile that inflates to 100 MB makes a PNG undecodable."""
    packed = zlib.compress(bytes(100_000_000), 9)
    rows = b"".join(b"\0" + bytes(3 * 40) for _ in range(40))

    with pytest.raises(Undecodable):
        attempt(png((40, 40), (8, 2), rows, between=chunk(kind, b"x\0\0" + packed)), Limits())


def one_bit() -> bytes:
    """All the pixels that it announces: 110 MB in 110 kB, 900 MB once decoded."""
    return png(HUGE, (1, 0), bytes((1 + HUGE[0] // 8) * HUGE[1]))


def text() -> bytes:
    packed = zlib.compress(bytes(50_000_000), 9)
    return png((1, 1), (8, 2), bytes(4), between=8 * chunk(b"iTXt", b"x\0\1\0\0\0" + packed))


def profile() -> bytes:
    packed = zlib.compress(bytes(200_000_000), 9)
    return png((1, 1), (8, 2), bytes(4), between=chunk(b"iCCP", b"x\0\0" + packed))


def long_animation() -> bytes:
    """A GIF of 400 kB with 20,000 frames on a large screen."""
    payload = bytearray(save(Image.new("P", (2, 2)), "GIF"))
    struct.pack_into("<HH", payload, 6, 3000, 3000)
    at = payload.index(b"," + struct.pack("<4H", 0, 0, 2, 2))
    return bytes(payload[:at] + 20_000 * payload[at:-1] + b";")


def large_animation() -> bytes:
    """A WebP of a few frames that each fill a canvas of 225 million pixels."""
    payload = bytearray(animate("WEBP", frames(3, (40, 30))))
    payload[24:30] = 2 * (14_999).to_bytes(3, "little")
    return bytes(payload)


def test_in_the_pool() -> None:
    """Bombs end with a code, while other images go on in the same workers."""
    bombs = [one_bit(), text(), profile(), long_animation(), large_animation()]
    payload = save(photo(), "JPEG")

    async def main() -> list[object]:
        workers = WorkerPool(workers=2, limits=Limits())
        try:
            mixed = [each for bomb in bombs for each in (bomb, payload, payload)]
            renders = (
                workers.render(each, subject="x", profiles=(), writer=MemoryWriter())
                for each in mixed
            )
            return list(await asyncio.gather(*renders, return_exceptions=True))
        finally:
            await workers.close()

    outcomes = asyncio.run(main())
    expected = [TooManyPixels, Undecodable, Undecodable, TooManyPixels, TooManyPixels]
    assert [type(each) for each in outcomes[::3]] == expected
    assert {type(each) for each in (*outcomes[1::3], *outcomes[2::3])} == {Rendition}


def test_warnings_are_errors() -> None:
    """What Pillow only warns of, a size that shows itself late, is refused."""
    payload = bytearray(save(photo((64, 64)), "ICO", sizes=[(64, 64)], bitmap_format="bmp"))
    payload[6:8] = 16, 16  # what the directory says; the picture knows better

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(TooManyPixels, match="decompression bomb"):
            attempt(bytes(payload), Limits(max_pixels=64 * 64 - 1))


def test_endless_announcements() -> None:
    """Counts that no file can hold are refused without being believed."""
    for payload in (
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 100,
        b"II*\0\x08\0\0\0\xff\xff" + b"\xff" * 100,
        b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0" + b"\xff" * 100,
        b"\0\0\1\0\xff\xff" + b"\xff" * 100,
        b"RIFF\xff\xff\xff\xffWEBPVP8X" + b"\xff" * 100,
        b"\0\0\0\x10ftypavif\0\0\0\0\xff\xff\xff\xffmeta" + b"\xff" * 100,
        b"\xff\xd8\xff" + b"\xff" * 100_000,
    ):
        with pytest.raises(ArchiveError):
            attempt(payload, Limits())

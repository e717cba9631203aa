"""Thumbnails that move."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence

import pytest
from PIL import Image, ImageDraw

from crawler.imaging import Limits, animation, profiles
from crawler.imaging.render import render
from crawler.models import Derivative
from tests.imaging.pictures import SIZE, animate, difference, frames, photo, save, sideways
from tests.imaging.writers import MemoryWriter

EDGE = 96
DURATIONS = [100, 250, 40]


def thumbnails(payload: bytes, *edges: int) -> list[tuple[Derivative, Image.Image]]:
    """Return each thumbnail with what its file holds."""
    writer = MemoryWriter()
    rendition = render(
        payload,
        subject="x",
        profiles=profiles(edges or (EDGE,), None, animated=True),
        limits=Limits(),
        writer=writer,
    )
    made = rendition.derivatives
    return [(each, Image.open(io.BytesIO(writer.files[each.path]))) for each in made]


def thumbnail(payload: bytes) -> tuple[Derivative, Image.Image]:
    (only,) = thumbnails(payload)
    return only


def shown(image: Image.Image) -> list[tuple[int, Image.Image]]:
    """Return how long each frame lasts, and what it shows."""
    moments = []
    for index in range(getattr(image, "n_frames", 1)):
        image.seek(index)
        image.load()
        moments.append((image.info["duration"], image.convert("RGBA")))
    return moments


def moving(kind: str, pictures: Sequence[Image.Image], **options: object) -> bytes:
    first, *rest = pictures
    return save(first, kind, save_all=True, append_images=rest, duration=DURATIONS, **options)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_frames(kind: str) -> None:
    """Every frame is there, in small, for as long as in the original."""
    derivative, image = thumbnail(moving(kind, frames(), loop=0))

    assert (derivative.media_type, derivative.frames) == ("image/webp", 3)
    assert (derivative.width, derivative.height) == image.size == (96, 72)
    assert [duration for duration, _ in shown(image)] == DURATIONS
    for (_, moment), drawn in zip(shown(image), frames(), strict=True):
        assert difference(moment, drawn.resize(image.size)) < 6


def test_several() -> None:
    """Thumbnails of all sizes move."""
    made = thumbnails(moving("GIF", frames()), 120, 60)

    assert [(each.profile, each.frames) for each, _ in made] == [
        ("thumbnail-120", 3),
        ("thumbnail-60", 3),
    ]
    assert [image.size for _, image in made] == [(120, 90), (60, 45)]


@pytest.mark.parametrize(
    ("kind", "options", "plays"),
    [
        ("GIF", {"loop": 0}, 0),
        ("GIF", {"loop": 2}, 3),  # NETSCAPE2.0 counts the repetitions
        ("GIF", {}, 1),
        ("PNG", {"loop": 0}, 0),
        ("PNG", {"loop": 3}, 3),
        ("WEBP", {"loop": 0}, 0),
        ("WEBP", {"loop": 3}, 3),
    ],
)
def test_plays(kind: str, options: dict[str, object], plays: int) -> None:
    """It is played as often as the original."""
    _, image = thumbnail(moving(kind, frames(), **options))

    assert image.info["loop"] == plays


def test_too_short() -> None:
    """A frame that is said to last no time lasts as long as browsers show it."""
    payload = animate("GIF", frames(), disposal=1).replace(struct.pack("<H", 10) + b"\0", b"\0\0\0")
    _, image = thumbnail(payload)

    assert {duration for duration, _ in shown(image)} == {100}


def test_still() -> None:
    """What does not move has the thumbnail that it would have anyway."""
    derivative, _ = thumbnail(save(photo(), "PNG"))

    assert (derivative.media_type, derivative.frames) == ("image/jpeg", 1)


def test_never_enlarged() -> None:
    """An animation that is no larger than the thumbnail has none."""
    assert not thumbnails(moving("GIF", frames(3, (96, 72))))


def test_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """An animation whose small frames would fill the memory has a still thumbnail."""
    payload = moving("WEBP", frames())
    monkeypatch.setattr(animation, "_MOST_PIXELS", 3 * 96 * 72 - 1)

    assert thumbnail(payload)[0].frames == 1


def test_turned() -> None:
    """It is upright."""
    exif = sideways(photo(), 6)[1]
    turned = [sideways(frame, 6)[0] for frame in frames()]
    _, image = thumbnail(moving("WEBP", turned, exif=exif))

    assert image.size == (96, 72)
    for (_, moment), drawn in zip(shown(image), frames(), strict=True):
        assert difference(moment, drawn.resize(image.size)) < 6


def square(left: int, colour: str) -> Image.Image:
    image = Image.new("RGBA", SIZE)
    ImageDraw.Draw(image).rectangle((left, 30, left + 59, 149), fill=colour)
    return image


RED, BLUE = square(20, "red"), square(140, "blue")
BOTH = Image.alpha_composite(RED, BLUE)


@pytest.mark.parametrize(
    ("disposal", "second"),
    [(0, BOTH), (1, BOTH), (2, BLUE), (3, BLUE)],
    ids=["unsaid", "left", "cleared", "as before"],
)
def test_disposal(disposal: int, second: Image.Image) -> None:
    """What a GIF's first frame leaves behind is what browsers show."""
    _, image = thumbnail(gif(disposal))

    (_, before), (_, after) = shown(image)
    assert difference(before, RED.resize(image.size)) < 6
    assert difference(after, second.resize(image.size)) < 6


def gif(disposal: int) -> bytes:
    """A red and then a blue square on an empty screen, without a colour that is transparent."""
    screen = struct.pack("<HHBBB", *SIZE, 0x80, 0, 0) + bytes((0, 255, 0, 255, 255, 255))
    return b"GIF89a" + screen + _frame(20, "red", disposal) + _frame(140, "blue", 0) + b";"


def _frame(left: int, colour: str, disposal: int) -> bytes:
    payload = save(Image.new("RGB", (60, 120), colour).quantize(2), "GIF")
    table = (
        payload[13:19]
        if payload[10] & 7 == 0
        else payload[13 : 13 + 3 * 2 ** (payload[10] % 8 + 1)]
    )
    at = payload.index(b"," + struct.pack("<4H", 0, 0, 60, 120))
    control = b"!\xf9\4" + struct.pack("<BHB", disposal << 2, 10, 0) + b"\0"
    place = b"," + struct.pack("<4HB", left, 30, 60, 120, 0x80 | payload[10] % 8)
    return control + place + table + payload[at + 10 : -1]

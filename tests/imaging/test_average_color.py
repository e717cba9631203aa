"""One colour for a whole picture."""

from __future__ import annotations

import pytest
from PIL import Image

from crawler.imaging import Limits, profiles
from crawler.imaging.render import render
from tests.imaging.kinds import KINDS, Kind
from tests.imaging.pictures import save
from tests.imaging.writers import MemoryWriter

SIZE = (64, 48)


def average(payload: bytes, *edges: int) -> str | None:
    return render(
        payload,
        subject="x",
        profiles=profiles(edges, None),
        limits=Limits(),
        writer=MemoryWriter(),
    ).original.average_color


def halves(left: tuple[int, ...], right: tuple[int, ...], mode: str = "RGB") -> bytes:
    image = Image.new(mode, SIZE, left)
    image.paste(right, (SIZE[0] // 2, 0, *SIZE))
    return save(image, "PNG")


@pytest.mark.parametrize("edges", [(), (32,)], ids=["whole", "thumbnail"])
def test_mean(edges: tuple[int, ...]) -> None:
    """It is the mean of all pixels, whether thumbnails are made or not."""
    assert average(halves((200, 0, 100), (100, 0, 100)), *edges) == "#960064"


def test_alpha() -> None:
    """What is half transparent counts half, and what is hidden not at all."""
    assert average(halves((200, 0, 50, 255), (0, 200, 50, 0), "RGBA")) == "#c80032"
    assert average(halves((240, 0, 0, 255), (0, 0, 0, 85), "RGBA")) == "#b40000"


def test_faint() -> None:
    """A colour that shines through is itself, however faint it is."""
    assert average(save(Image.new("RGBA", SIZE, (255, 0, 255, 3)), "PNG")) == "#ff00ff"


def test_nothing_to_see() -> None:
    """A picture that is wholly transparent has none, and neither has a vector image."""
    assert average(save(Image.new("RGBA", SIZE, (9, 9, 9, 0)), "PNG")) is None
    assert average(b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>') is None


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_kinds(kind: Kind) -> None:
    """It is that of the drawn picture, in sRGB, whatever the file."""
    drawn, found = average(save(kind.looks(), "PNG")), average(kind.payload, 96)
    assert drawn is not None
    assert found is not None

    pairs = zip(bytes.fromhex(drawn[1:]), bytes.fromhex(found[1:]), strict=True)
    assert all(abs(one - other) <= 6 for one, other in pairs)

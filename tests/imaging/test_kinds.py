"""Every kind of source, with what is made of it."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from crawler.imaging import Limits, profiles
from crawler.imaging.profiles import Convert
from crawler.imaging.render import render
from crawler.models import Rendition
from tests.imaging.kinds import KINDS, Kind, first_see_through
from tests.imaging.pictures import difference, save, see_through, shrunk
from tests.imaging.writers import MemoryWriter


def rendered(
    payload: bytes, *edges: int, convert: Convert | None = "jpeg"
) -> tuple[Rendition, dict[str, Image.Image]]:
    writer = MemoryWriter()
    rendition = render(
        payload,
        subject="x",
        profiles=profiles(edges or (96,), convert),
        limits=Limits(),
        writer=writer,
    )
    images: dict[str, Image.Image] = {
        name: Image.open(io.BytesIO(content))
        for name, content in writer.files.items()
        if name != "original"
    }
    return rendition, images


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_facts(kind: Kind) -> None:
    """Media type, size as displayed and frames are those of the drawn picture."""
    original = rendered(kind.payload)[0].original

    assert original.media_type == kind.media_type
    assert (original.width, original.height) == kind.looks().size
    assert original.frames == kind.frames
    assert len(original.perceptual_hash or "") == 16


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_looks(kind: Kind) -> None:
    """Copy and thumbnail look like the drawn picture: upright, in sRGB, without hidden colour."""
    rendition, images = rendered(kind.payload)

    looks = kind.looks()
    assert difference(images["thumbnail-96"], shrunk(looks, 96)) < kind.tolerance
    if kind.copy:
        assert difference(images["converted"], looks) < kind.tolerance
    made = {each.profile: each.media_type for each in rendition.derivatives}
    assert made.get("converted") == kind.copy
    thumbnail = "image/webp" if looks.has_transparency_data else "image/jpeg"
    assert made["thumbnail-96"] == thumbnail


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_derivatives_are_bare(kind: Kind) -> None:
    """Derivatives carry no EXIF, XMP, profile or comment, and have one frame."""
    _, images = rendered(kind.payload)

    for image in images.values():
        assert not {"exif", "xmp", "icc_profile", "comment"} & set(image.info)
        assert getattr(image, "n_frames", 1) == 1


COPIES: dict[Convert | None, str | None] = {
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "avif": "image/avif",
    "png": "image/png",
    None: None,
}
STANDARD = {"image/png", "image/gif", "image/webp"}


def copy_of(kind: Kind, wanted: str | None) -> str | None:
    """The format of a kind's copy: what moves has none, and what needs none."""
    moves = kind.frames > 1 and kind.media_type != "image/tiff"
    if wanted is None or moves or kind.media_type == wanted:
        return None
    if wanted != "image/jpeg" or not kind.looks().has_transparency_data:
        return wanted
    return None if kind.media_type in STANDARD else "image/webp"


@pytest.mark.parametrize("convert", COPIES)
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_copies(kind: Kind, convert: Convert | None) -> None:
    """A copy is never made of what moves or has the format, and never loses transparency."""
    rendition, images = rendered(kind.payload, convert=convert)

    formats = {each.profile: each.media_type for each in rendition.derivatives}
    assert formats.get("converted") == copy_of(kind, COPIES[convert])
    if "converted" in images:
        transparent = kind.looks().has_transparency_data
        assert images["converted"].has_transparency_data == transparent
        assert images["converted"].size == kind.looks().size
        assert difference(images["converted"], kind.looks()) < kind.tolerance + 1


def test_sizes() -> None:
    """Only thumbnails smaller than the image are made, with the wanted longest edge."""
    rendition, _ = rendered(save(see_through((300, 400)), "PNG"), 100, 399, 400, 500)

    assert [(each.profile, each.width, each.height) for each in rendition.derivatives] == [
        ("thumbnail-399", 299, 399),
        ("thumbnail-100", 75, 100),
    ]


def test_thin_image() -> None:
    """An image of one row of pixels has a thumbnail of one row."""
    rendition, _ = rendered(save(Image.new("RGB", (5000, 1)), "PNG"))

    assert [(each.width, each.height) for each in rendition.derivatives[1:]] == [(96, 1)]


def test_too_long_for_a_format() -> None:
    """Of an image that is longer than a format can hold, no copy in that format is made."""
    rendition, _ = rendered(save(Image.new("RGB", (16_384, 2)), "PNG"), convert="webp")

    assert [each.profile for each in rendition.derivatives] == ["thumbnail-96"]


HIDING = [kind for kind in KINDS if kind.looks in {see_through, first_see_through}]


@pytest.mark.parametrize("kind", HIDING, ids=str)
def test_no_fringe(kind: Kind) -> None:
    """The glaring colour that transparency hides does not bleed into a thumbnail."""
    _, images = rendered(kind.payload)

    image = images["thumbnail-96"].convert("RGBA")
    page = Image.alpha_composite(Image.new("RGBA", image.size, "black"), image)
    glaring = [(r, g, b) for r, g, b, _ in _pixels(page) if r > 200 and b > 200 and g < 60]
    assert not glaring


def test_determinism() -> None:
    """The same bytes give the same derivatives."""
    first, second = MemoryWriter(), MemoryWriter()
    payload = KINDS[0].make()
    for writer in (first, second):
        render(
            payload,
            subject="x",
            profiles=profiles((160, 80), "webp"),
            limits=Limits(),
            writer=writer,
        )

    assert first.files == second.files
    assert first.files["original"] == payload


def test_likeness() -> None:
    """The perceptual hash survives another format and size; another picture has another."""
    hashes = [
        int(rendered(payload)[0].original.perceptual_hash or "", 16)
        for payload in (
            save(KINDS[0].looks(), "PNG"),
            save(KINDS[0].looks().resize((1000, 750)), "JPEG", quality=60),
            save(KINDS[0].looks().rotate(180), "PNG"),
        )
    ]

    assert (hashes[0] ^ hashes[1]).bit_count() <= 4
    assert (hashes[0] ^ hashes[2]).bit_count() > 10


def _pixels(image: Image.Image) -> list[tuple[int, int, int, int]]:
    raw = image.tobytes()
    return [(raw[at], raw[at + 1], raw[at + 2], raw[at + 3]) for at in range(0, len(raw), 4)]

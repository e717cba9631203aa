"""What is not whole is never kept; what is merely untidy is."""

from __future__ import annotations

import contextlib
import random
import struct

import pytest
from PIL import Image

from crawler.errors import ArchiveError, NotAnImage, Truncated, Undecodable
from crawler.imaging import Limits, profiles
from crawler.imaging.render import render
from crawler.models import Rendition
from tests.imaging.kinds import KINDS, SMALL, Kind
from tests.imaging.pictures import animate, chunk, frames, photo, png, save
from tests.imaging.writers import MemoryWriter


def attempt(payload: bytes) -> tuple[Rendition, MemoryWriter]:
    writer = MemoryWriter()
    limits = Limits(max_pixels=1_000_000, max_frames=100)
    try:
        rendition = render(
            payload, subject="x", profiles=profiles((32,), "png"), limits=limits, writer=writer
        )
    except ArchiveError:
        assert not writer.files
        raise
    return rendition, writer


def offsets(length: int) -> set[int]:
    """Every offset near both ends, and a sample of those between."""
    ends = {*range(min(length, 60)), *range(max(0, length - 60), length)}
    return ends | {length * step // 100 for step in range(100)}


@pytest.mark.parametrize("kind", SMALL, ids=str)
def test_cut(kind: Kind) -> None:
    """A file cut anywhere is refused, unless the pixels of all its frames are still there."""
    payload = kind.make()
    _, whole = attempt(payload)

    for offset in offsets(len(payload)):
        try:
            rendition, writer = attempt(payload[:offset])
        except ArchiveError:
            continue
        assert rendition.original.frames == kind.frames, offset
        copies = {name: content for name, content in writer.files.items() if name != "original"}
        expected = {name: content for name, content in whole.files.items() if name != "original"}
        assert copies == expected, offset


@pytest.mark.parametrize("kind", SMALL, ids=str)
def test_half_is_truncated(kind: Kind) -> None:
    """Half a file is called what it is."""
    payload = kind.make()

    with pytest.raises((Truncated, Undecodable)) as caught:
        attempt(payload[: len(payload) // 2])
    assert isinstance(caught.value, Truncated) or kind.name.startswith(("webp", "avif"))


@pytest.mark.parametrize("kind", SMALL, ids=str)
def test_trailing_bytes(kind: Kind) -> None:
    """Bytes behind the end are untidy, and no reason to refuse."""
    rendition, _ = attempt(kind.make() + b"\0 <!-- served in 0.1 s -->\n")

    assert rendition.original.frames == kind.frames


@pytest.mark.parametrize("kind", SMALL, ids=str)
def test_flipped_bytes(kind: Kind) -> None:
    """Whatever bytes are wrong, the outcome is a picture or an error about this entry."""
    chance = random.Random(kind.name)  # noqa: S311 - repeatable
    payload = kind.make()
    for _ in range(60):
        damaged = bytearray(payload)
        for _ in range(chance.choice((1, 1, 2, 8))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        with contextlib.suppress(ArchiveError):
            attempt(bytes(damaged))


@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_end_added_too_early(progressive: bool) -> None:
    """Half a JPEG to which somebody has added an end is still half a JPEG."""
    payload = save(photo((120, 90)), "JPEG", progressive=progressive)

    with pytest.raises(Truncated):
        attempt(payload[: len(payload) // 2] + b"\xff\xd9")


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_jpeg_without_end(mode: str, progressive: bool) -> None:
    """A JPEG whose data is complete needs no EOI."""
    payload = save(photo((120, 90)).convert(mode), "JPEG", progressive=progressive)
    _, whole = attempt(payload)

    _, without = attempt(payload[:-2])

    assert without.files["thumbnail-32"] == whole.files["thumbnail-32"]


def test_png_without_end() -> None:
    """All pixels are there, but IEND is announced by every PNG."""
    payload = save(photo((40, 30)), "PNG")

    with pytest.raises(Truncated, match="IEND"):
        attempt(payload[:-12])


def test_animation_without_its_last_frames() -> None:
    """An APNG that announces five frames and holds three is cut, however neatly it ends."""
    payload = animate("PNG", frames(5, (60, 45)))
    third = [at for at in range(len(payload)) if payload.startswith(b"fcTL", at)][3]

    with pytest.raises(Truncated, match="5 frames announced, 3 present"):
        attempt(payload[: third - 4] + chunk(b"IEND", b""))


@pytest.mark.parametrize(
    "broken",
    [
        chunk(b"tEXt", b"Comment\0hello", checksum=1),
        chunk(b"gAMA", b"\0"),
        chunk(b"zTXt", b"Comment\0\x07what"),
        chunk(b"iCCP", b"profile\0\x07what"),
        chunk(b"eXIf", b"nonsense"),
        chunk(b"tIME", b""),
    ],
    ids=["checksum", "gamma", "text", "profile", "exif", "time"],
)
def test_png_with_broken_metadata(broken: bytes) -> None:
    """Metadata that is broken in itself makes no image broken."""
    rows = b"".join(b"\0" + bytes(3 * 40) for _ in range(40))

    rendition, _ = attempt(png((40, 40), (8, 2), rows, between=broken))

    assert rendition.original.width == 40


def test_png_with_wrong_checksum() -> None:
    """A wrong checksum of pixels is damage."""
    payload = bytearray(save(photo((40, 30)), "PNG"))
    payload[payload.index(b"IDAT") + 20] ^= 1

    with pytest.raises(Undecodable, match="checksum"):
        attempt(bytes(payload))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_broken_exif(kind: str) -> None:
    """EXIF that nobody can read makes no image broken."""
    exif = Image.Exif()
    exif[0x010E] = "a place"
    payload = save(photo((64, 48)), kind, exif=exif)
    for damaged in (b"nonsense", b"II*\0\xff\xff\xff\xff", b"MM\0*\xff\xff\xff\xff"):
        broken = payload.replace(exif.tobytes()[6:14], damaged)
        assert broken != payload

        assert attempt(broken)[0].original.width == 64


def test_broken_profile() -> None:
    """A colour profile that nobody can read is passed over."""
    rendition, _ = attempt(save(photo((64, 48)), "JPEG", icc_profile=b"no profile" * 20))

    assert rendition.derivatives


def test_mpo_cut_in_its_second_picture() -> None:
    """The index of an MPO announces pictures, and they must be there."""
    payload = animate("MPO", frames(2, (64, 48)))

    with pytest.raises(Truncated, match="picture 2 of 2"):
        attempt(payload[:-40])


def test_mpo_reduced_to_its_first_picture() -> None:
    """A program that kept only the first picture, and forgot the index, has lost nothing of it."""
    payload = animate("MPO", frames(2, (64, 48)))
    end = payload.index(b"\xff\xd9") + 2

    assert attempt(payload[:end])[0].original.width == 64


def test_icon_without_its_second_image() -> None:
    """Every image of the directory must be there, not only the one that is decoded first."""
    payload = bytearray(save(photo((64, 64)), "ICO", sizes=[(64, 64), (16, 16)]))
    struct.pack_into("<I", payload, 6 + 12, len(payload))

    with pytest.raises(Truncated):
        attempt(bytes(payload))


def test_gif_without_trailer() -> None:
    """A still GIF needs no trailer; an animated one without it may have lost frames."""
    assert attempt(save(photo((60, 45)), "GIF")[:-1])[0].original.frames == 1
    with pytest.raises(Truncated, match="trailer"):
        attempt(animate("GIF", frames(3, (60, 45)))[:-1])


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"<!DOCTYPE html><html><svg></svg></html>", "an HTML page"),
        (b"\n\n<html><head><title>403</title>", "an HTML page"),
        (b'{"error": "gone"}', "JSON"),
        (b"Not found", "text"),
        (b"   \n", "nothing but white space"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1miaf", "a HEIF image"),
        (b"\0\0\0\x1cftypisom\0\0\0\0isommp42", "a video"),
        (b"BMW is no bitmap", "text"),
        (b"\0\1\2\3" * 40, "unknown binary data"),
        (b"<?xml version='1.0'?><rss></rss>", "an XML document"),
    ],
)
def test_not_an_image(payload: bytes, words: str) -> None:
    """What is no image is named for what it looks like."""
    with pytest.raises(NotAnImage, match=words):
        attempt(payload)


@pytest.mark.parametrize("kind", ["PPM", "EPS", "TGA", "ICNS", "JPEG2000"])
def test_decoders(kind: str) -> None:
    """A format that Pillow knows and this program does not name is no image."""
    with pytest.raises(NotAnImage):
        attempt(save(photo((40, 30)), kind))


def test_registry_is_not_asked() -> None:
    """Rendering opens no format through Pillow's registry."""
    before = dict(Image.OPEN)
    try:
        Image.OPEN.clear()
        attempt(KINDS[0].make())
    finally:
        Image.OPEN.update(before)

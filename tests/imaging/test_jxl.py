"""JPEG XL, which an extra decodes."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from crawler.common.media_types import ACCEPT, EXTENSIONS
from crawler.errors import TooManyPixels, Truncated, Undecodable
from crawler.imaging import sniff
from crawler.imaging.defects import Corrupt, Missing
from crawler.imaging.formats.jxl_header import Header, read_header
from tests.imaging.codestreams import (
    HEAD,
    LAST,
    bits_of,
    boxed,
    codestream,
    edge,
    jxl,
    number,
    part,
    size,
)
from tests.imaging.gamuts import DISPLAY_P3, in_space
from tests.imaging.pictures import SIZE, difference, photo, save, see_through, sideways
from tests.imaging.rendering import rendered

DATA = Path(__file__).parent / "data"
MOVING = (DATA / "moving.jxl").read_bytes()
"""Three frames."""
SMALL = (96, 72)
USUAL_DEPTH = "000"
INTRINSIC = "1" + size(320, 240)


@pytest.fixture
def decoder() -> ModuleType:
    """The decoder's package, which makes the pictures as well."""
    package: ModuleType = pytest.importorskip("pillow_jxl", reason="the extra jxl is not installed")
    return package


def packed(image: Image.Image, folder: Path, **options: object) -> bytes:
    """A JPEG of the image, packed so that it could be had back to the byte."""
    path = folder / "x.jpg"
    path.write_bytes(save(image, "JPEG", quality=95, **options))
    with Image.open(path) as opened:
        return jxl(opened, lossless_jpeg=True)


COLOURS = {"RGB": "1", "RGBA": "1", "LA": "00" + "10" + "10" + "0" + "011101" + "10"}
"""sRGB, in colours and in grey."""
ALPHA = {"RGB": "00", "RGBA": "10" + "1", "LA": "10" + "1"}


def headed(image: Image.Image, *, fields: str = "", channels: str = "") -> bytes:
    """Encode the image without loss, and describe it otherwise: with extra fields, or channels."""
    payload, colours = jxl(image, lossless=True), COLOURS[image.mode]
    bits = bits_of(payload)
    sized = bits[: 15 if "1" in bits[12:15] else 26]
    usual = sized + "00" + USUAL_DEPTH + "1" + ALPHA[image.mode] + "0" + colours + "00" + "1"
    assert bits.startswith(usual)
    extra, tone = ("1" + fields, "1") if fields else ("0", "")
    described = USUAL_DEPTH + "1" + (channels or ALPHA[image.mode]) + "0" + colours
    header = codestream(sized + "0" + extra + described + tone + "00" + "1")
    return header + payload[len(codestream(usual)) :]


def turned(orientation: int) -> bytes:
    """The picture as a camera held askew would store it, and the header that says so."""
    fields = number(orientation - 1, 3) + INTRINSIC + "00"
    return headed(sideways(photo(), orientation)[0], fields=fields)


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned(orientation: int) -> None:
    """It is upright, as its header says, in the copy and in the thumbnail."""
    rendition, images = rendered(turned(orientation))

    original = rendition.original
    assert (original.media_type, original.width, original.height) == ("image/jxl", *SIZE)
    assert (original.frames, EXTENSIONS[original.media_type]) == (1, "jxl")
    assert difference(images["converted"], photo()) < 5
    assert difference(images["thumbnail-96"], photo().resize(SMALL)) < 5
    assert images["converted"].format == "JPEG"


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize("orientation", range(1, 9))
def test_packed_jpeg(tmp_path: Path, orientation: int) -> None:
    """A JPEG that was packed without loss looks like the JPEG, turned once and not twice."""
    image, exif = sideways(photo(), orientation)
    payload = packed(image, tmp_path, exif=exif)
    _, images = rendered(payload)

    assert b"jbrd" in payload
    assert difference(images["converted"], photo()) < 5


@pytest.mark.usefixtures("decoder")
def test_orientation_in_exif() -> None:
    """The EXIF of a container is for others: the header is the authority."""
    _, exif = sideways(photo(), 6)
    payload = jxl(photo(), use_container=True, exif=exif.tobytes())
    _, images = rendered(payload)

    assert b"Exif" in payload
    assert difference(images["converted"], photo()) < 5


@pytest.mark.usefixtures("decoder")
def test_profile(tmp_path: Path) -> None:
    """Colours of a wider space are converted."""
    image = in_space(photo(), DISPLAY_P3)
    _, images = rendered(packed(image, tmp_path, icc_profile=DISPLAY_P3.profile()))

    assert difference(images["converted"], photo()) < 5
    assert difference(image, photo()) > 5


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("lossless", [False, True])
def test_alpha(mode: str, lossless: bool) -> None:
    """Transparency is kept: in a WebP, as few browsers show JPEG XL."""
    image = see_through().convert(mode)
    rendition, images = rendered(jxl(image, lossless=lossless))

    assert [each.media_type for each in rendition.derivatives] == ["image/webp", "image/webp"]
    assert difference(images["converted"], image) < 5


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_premultiplied(mode: str) -> None:
    """Colours that were multiplied with the alpha channel are divided by it."""
    image = photo().convert(mode)
    image.putalpha(Image.linear_gradient("L").resize(SIZE).point(lambda value: 64 + value // 2))
    multiplied = image.convert(mode.replace("A", "a"))
    stored = Image.frombytes(mode, SIZE, multiplied.tobytes())
    channels = "10" + "0" + "00" + USUAL_DEPTH + "00" + "00" + "1"
    _, images = rendered(headed(stored, channels=channels))

    assert difference(images["converted"], image) < 3
    assert difference(stored, image) > 10


def linear_grey() -> list[int]:
    """The picture's grey in 16 bits, as light adds up."""
    table = [round(65535 * (value / 255) ** 2.2) for value in range(256)]
    return [table[value] for value in photo().convert("L").tobytes()]


def sixteen_bits() -> Image.Image:
    values = linear_grey()
    return Image.frombytes("I;16", SIZE, struct.pack(f"<{len(values)}H", *values))


def floats() -> Image.Image:
    values = [value / 65535 for value in linear_grey()]
    return Image.frombytes("F", SIZE, struct.pack(f"<{len(values)}f", *values))


GREYS: dict[str, Callable[[], Image.Image]] = {
    "8 bits": lambda: photo().convert("L"),
    "16 bits": sixteen_bits,
    "floats": floats,
}


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("kind", GREYS)
def test_grey(kind: str, lossless: bool) -> None:
    """Grey looks the same in 8 bits, and in 16 or as floats, which the encoder takes for linear."""
    _, images = rendered(jxl(GREYS[kind](), lossless=lossless))

    assert difference(images["converted"], photo().convert("L")) < 5


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize("cuts", [(), (20,), (2, 3, 400)], ids=str)
def test_container(cuts: tuple[int, ...]) -> None:
    """In a container, whole or in parts, it is the same picture; bytes behind it are untidy."""
    payload = jxl(photo(SMALL))
    one, _ = rendered(payload + b"\0 <!-- served in 0.1 s -->\n")
    other, _ = rendered(boxed(payload, *cuts) + b"\0 <!-- served in 0.1 s -->\n")

    assert one.original.perceptual_hash == other.original.perceptual_hash
    assert sniff(boxed(payload, *cuts)) == "image/jxl"


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        (part(0, b"\xff\x0a"), Truncated),
        (part(LAST, b""), Undecodable),
        (part(1 | LAST, b"\xff\x0a"), Undecodable),
        (part(0, b"\xff\x0a") + part(2 | LAST, b"\0" * 9), Undecodable),
        (part(LAST, b"\xff\x0a\0\0") + part(1 | LAST, b"\0" * 9), Undecodable),
        (part(LAST, b"\xff\x0a" + b"\0" * 9)[:-1], Truncated),
        (b"\0\0\0\7jxlc", Undecodable),
        (b"\0\0\0\1jxlc", Truncated),
        (b"", Truncated),
    ],
)
def test_odd_containers(parts: bytes, error: type[Exception]) -> None:
    """A container whose parts are missing, out of order or impossible is told from a picture."""
    with pytest.raises(error):
        rendered(HEAD + parts)


@pytest.mark.usefixtures("decoder")
def test_cut() -> None:
    """A file that is cut anywhere is refused; what a container announces is missed."""
    payload = jxl(photo(SMALL))
    for offset in range(2, len(payload), 7):
        with pytest.raises((Truncated, Undecodable)):
            rendered(payload[:offset])
    payload = boxed(payload, 20)
    for offset in range(len(HEAD), len(payload), 13):
        with pytest.raises(Truncated):
            rendered(payload[:offset])


def test_too_large() -> None:
    """It is refused for what it announces: here there is nothing that could be decoded."""
    payload = codestream(size(1 << 30, 1 << 30) + "1")

    with pytest.raises(TooManyPixels, match=f"{1 << 30} x {1 << 30} pixels"):
        rendered(payload)
    with pytest.raises(TooManyPixels):
        rendered(boxed(payload))


def test_moving() -> None:
    """What moves is refused, whatever decoder there is, and the words say what can be done."""
    with pytest.raises(Undecodable, match=r"gives one frame.*save it by hand"):
        rendered(MOVING)


def test_inks() -> None:
    """The colours of print would come without their black."""
    black = "0" + "01" + number(2, 4) + USUAL_DEPTH + "0000"
    payload = codestream(size(*SMALL) + "00" + USUAL_DEPTH + "1" + number(1, 2) + black + "0")

    with pytest.raises(Undecodable, match="colours of print"):
        rendered(payload)


def test_asked_for(decoder: ModuleType) -> None:
    """Servers are told of it where it can be decoded; nothing opens it by Pillow's registry."""
    rendered(jxl(photo(SMALL)))

    assert decoder.__name__ in sys.modules
    assert "image/jxl" in ACCEPT
    assert "JXL" not in {*Image.ID, *Image.OPEN}


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a decoder it is undecodable, and the words say what to install."""
    monkeypatch.setitem(sys.modules, "pillow_jxl", None)

    with pytest.raises(Undecodable, match=r"pip install 'image-archiver\[jxl\]'"):
        rendered(codestream(size(*SMALL) + "1"))


RATIOS = ((1, 1), (6, 5), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
PREVIEWS = (
    "1" + "10" + "100",
    "1" + "01" + "00000" + "000" + "11" + "0" * 9,
    "0" + "00" + "000000" + "100",
)
DEPTHS = (USUAL_DEPTH, "0" + "11" + "100000", "1" + "00" + "1110")


@st.composite
def sizes(draw: st.DrawFn) -> tuple[str, tuple[int, int]]:
    """A SizeHeader in any of its ways, and what it says."""
    by_8, ratio = draw(st.booleans()), draw(st.integers(0, 7))
    written = (lambda value: number(value // 8 - 1, 5)) if by_8 else edge
    edges = st.integers(1, 32).map(lambda value: 8 * value) if by_8 else st.integers(1, 1 << 30)
    width, height = draw(edges), draw(edges)
    bits = number(by_8, 1) + written(height) + number(ratio, 3)
    if not ratio:
        return bits + written(width), (width, height)
    across, down = RATIOS[ratio - 1]
    return bits, (height * across // down, height)


@st.composite
def channels(draw: st.DrawFn) -> tuple[str, str]:
    """A channel beside the colours, and what matters of it."""
    name = draw(st.sampled_from(["00", "10" + number(2, 4) + "01" * 8]))
    laid_out = draw(st.sampled_from(DEPTHS)) + draw(st.sampled_from(["00", "11101"])) + name
    kinds = {
        "alpha": "1",
        "multiplied": "0" + "00" + laid_out + "1",
        "depth": "0" + "10" + laid_out,
        "spot": "0" + "01" + number(0, 4) + laid_out + "01" * 32,
        "black": "0" + "01" + number(2, 4) + laid_out,
        "filter": "0" + "01" + number(3, 4) + laid_out + "00",
    }
    kind = draw(st.sampled_from(list(kinds)))
    return kinds[kind], kind


@st.composite
def headers(draw: st.DrawFn) -> tuple[str, Header]:
    """A header up to its channels, and what it says."""
    bits, (width, height) = draw(sizes())
    orientation, moves, several = draw(st.integers(1, 8)), draw(st.booleans()), []
    intrinsic = draw(st.sampled_from(["0", INTRINSIC]))
    preview = draw(st.sampled_from(["0", *("1" + each for each in PREVIEWS)]))
    bits += "01" + number(orientation - 1, 3) + intrinsic + preview + number(moves, 1)
    if not moves:
        several = draw(st.lists(channels(), min_size=2, max_size=9))
        bits += draw(st.sampled_from(DEPTHS)) + "1" + "01" + number(len(several) - 2, 4)
    kinds = [kind for _, kind in several]
    alphas = [kind for kind in kinds if kind in {"alpha", "multiplied"}]
    return bits + "".join(each for each, _ in several), Header(
        size=(height, width) if orientation > 4 else (width, height),
        moves=moves,
        premultiplied=alphas[:1] == ["multiplied"],
        inks="black" in kinds,
    )


@given(written=headers(), share=st.floats(0, 1, exclude_max=True))
def test_header(written: tuple[str, Header], share: float) -> None:
    """A header is read as it was written, to its last bit; one that is cut lacks a part."""
    bits, header = written
    payload = codestream(bits)

    assert read_header(payload) == header
    with pytest.raises((Missing, Corrupt)):
        read_header(payload[: int(share * len(payload))])


@given(payload=st.binary(max_size=80))
def test_any_header(payload: bytes) -> None:
    """Whatever bytes follow the signature, they are a header, or missing, or corrupt."""
    try:
        header = read_header(b"\xff\x0a" + payload)
    except (Missing, Corrupt):
        return
    assert min(header.size) > 0

"""HEIC, which an extra decodes."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
from PIL import Image

from crawler.common.media_types import ACCEPT, EXTENSIONS
from crawler.errors import ArchiveError, TooManyPixels, Truncated, Undecodable
from crawler.imaging import sniff
from tests.imaging.gamuts import DISPLAY_P3, in_space
from tests.imaging.pictures import SIZE, difference, photo, save, see_through, sideways
from tests.imaging.rendering import rendered

NAMED_ONLY = b"\0\0\0\x1cftypheic\0\0\0\0mif1heic" + b"\0\0\0\x08mdat"
"""What looks like HEIC, and holds nothing."""


@pytest.fixture
def heif() -> ModuleType:
    """The decoder's package, which makes the pictures as well."""
    package: ModuleType = pytest.importorskip(
        "pillow_heif", reason="the extra heic is not installed"
    )
    return package


def heic(package: ModuleType, *images: Image.Image, **options: Any) -> bytes:  # noqa: ANN401
    package.register_heif_opener()  # for saving; what is rendered is not opened by it
    first, *rest = images
    return save(first, "HEIF", quality=90, save_all=True, append_images=rest, **options)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_looks(heif: ModuleType, orientation: int) -> None:
    """It is upright, as its transformations say, in the copy and in the thumbnail."""
    image, exif = sideways(photo(), orientation)
    payload = heic(heif, image, exif=exif.tobytes())
    rendition, images = rendered(payload)

    original = rendition.original
    assert (original.media_type, original.width, original.height) == ("image/heic", *SIZE)
    assert (original.frames, EXTENSIONS[original.media_type]) == (1, "heic")
    assert difference(images["converted"], photo()) < 5
    assert difference(images["thumbnail-96"], photo().resize((96, 72))) < 5
    assert images["converted"].format == "JPEG"


def test_profile(heif: ModuleType) -> None:
    """Colours of a wider space are converted."""
    image = in_space(photo(), DISPLAY_P3)
    image.info["icc_profile"] = DISPLAY_P3.profile()
    _, images = rendered(heic(heif, image))

    assert difference(images["converted"], photo()) < 5


def test_alpha(heif: ModuleType) -> None:
    """Transparency is kept: in a WebP, as browsers show no HEIC."""
    rendition, images = rendered(heic(heif, see_through()))

    assert [each.media_type for each in rendition.derivatives] == ["image/webp", "image/webp"]
    assert difference(images["converted"], see_through()) < 5


def test_primary(heif: ModuleType) -> None:
    """Of several pictures all are decoded, and the primary one is shown."""
    other = photo().transpose(Image.Transpose.ROTATE_180)
    rendition, images = rendered(heic(heif, other, photo(), primary_index=1))

    assert rendition.original.frames == 2
    assert difference(images["converted"], photo()) < 5


def test_cut(heif: ModuleType) -> None:
    """A file that is cut anywhere is refused."""
    payload = heic(heif, photo((96, 72)))

    for offset in range(40, len(payload), 41):
        with pytest.raises((Truncated, Undecodable)):
            rendered(payload[:offset])


def test_flipped(heif: ModuleType) -> None:
    """Whatever bytes are wrong, the outcome is a picture or an error about this entry."""
    payload = heic(heif, photo((96, 72)))
    for at in range(12, len(payload), 13):
        damaged = bytearray(payload)
        damaged[at] ^= 0x81
        try:
            assert rendered(bytes(damaged))[0].original.width
        except ArchiveError as error:
            assert error.fault.detail  # noqa: PT017 - either is fine


def test_too_large(heif: ModuleType) -> None:
    """It is refused for what it announces, before it is decoded."""
    with pytest.raises(TooManyPixels):
        rendered(heic(heif, photo()), max_pixels=SIZE[0] * SIZE[1] - 1)


def test_asked_for(heif: ModuleType) -> None:
    """Servers are told of it where it can be decoded."""
    assert heif.__name__ in sys.modules
    assert "image/heic" in ACCEPT


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a decoder it is undecodable, and the words say what to install."""
    monkeypatch.setitem(sys.modules, "pillow_heif", None)

    assert sniff(NAMED_ONLY) == "image/heic"
    with pytest.raises(Undecodable, match=r"pip install 'image-archiver\[heic\]'"):
        rendered(NAMED_ONLY)


def test_avif_is_not_heic() -> None:
    """A file that may be read as AVIF is taken as that."""
    payload = save(photo((40, 30)), "AVIF")

    assert sniff(payload) == "image/avif"
    assert sniff(payload.replace(b"mif1", b"heic", 1)) == "image/avif"

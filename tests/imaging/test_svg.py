"""SVG is proved well-formed and measured, and otherwise left alone."""

from __future__ import annotations

import pytest

from crawler.errors import NotAnImage, Truncated, Undecodable
from crawler.imaging import Limits, profiles, sniff
from crawler.imaging.render import render
from crawler.models import Original
from tests.imaging.writers import MemoryWriter

DRAWING = b"""<?xml version="1.0" encoding="UTF-8"?>
<!-- drawn by hand -->
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" [
  <!ENTITY ns "http://www.w3.org/2000/svg">
]>
<svg xmlns="http://www.w3.org/2000/svg" width="120" height="80px"><g><rect width="9"/></g></svg>
"""


def keep(payload: bytes) -> Original:
    writer = MemoryWriter()
    rendition = render(
        payload, subject="x", profiles=profiles((10,), "jpeg"), limits=Limits(), writer=writer
    )
    assert writer.files == {"original": payload}
    assert not rendition.derivatives
    return rendition.original


def test_kept_as_it_is() -> None:
    """An SVG has a size, one frame, no perceptual hash and no derivatives."""
    original = keep(DRAWING)

    assert (original.media_type, original.width, original.height) == ("image/svg+xml", 120, 80)
    assert (original.frames, original.perceptual_hash) == (1, None)


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="10" height="20"', (10, 20)),
        ('width=" 10.6px" height=".2"', (11, 1)),
        ('width="100%" height="100%" viewBox="0 0 30 40"', (30, 40)),
        ('width="60" viewBox="0,0,30,40"', (60, 80)),
        ('viewBox="0 0 30.4 40.6"', (30, 41)),
        ('width="10em" height="2cm"', (None, None)),
        ('width="10"', (10, None)),
        ('viewBox="0 0 none"', (None, None)),
        ("", (None, None)),
    ],
)
def test_size(attributes: str, size: tuple[int | None, int | None]) -> None:
    """The size comes from plain numbers, pixels, or the view box."""
    original = keep(f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}/>'.encode())

    assert (original.width, original.height) == size


@pytest.mark.parametrize(
    "payload",
    [
        b"\xef\xbb\xbf<svg/>",
        "\ufeff<svg/>".encode("utf-16-le"),
        b"\n <svg:svg xmlns:svg='http://www.w3.org/2000/svg'></svg:svg>",
        b"<?xml-stylesheet href='a.css'?><svg\n/>",
        b"<!DOCTYPE svg><svg>&lt;</svg>\n<!-- served in 0.1 s -->\n",
    ],
)
def test_spellings(payload: bytes) -> None:
    """Byte order marks, prefixes and what may stand around the root are no obstacle."""
    assert keep(payload).media_type == "image/svg+xml"


def test_cut() -> None:
    """A document cut anywhere before its last bracket is not whole."""
    end = DRAWING.rindex(b">") + 1
    for offset in range(DRAWING.index(b"<svg") + 5, end):
        with pytest.raises(Truncated):
            keep(DRAWING[:offset])
    for offset in range(1, DRAWING.index(b"<svg")):
        with pytest.raises((NotAnImage, Truncated)):
            keep(DRAWING[:offset])
    assert keep(DRAWING[:end]).width == 120


def test_not_well_formed() -> None:
    """What no XML parser takes is no whole image."""
    with pytest.raises(Undecodable):
        keep(b"<svg><g></svg>")


@pytest.mark.parametrize(
    "payload",
    [b"<html><svg/></html>", b"<?xml version='1.0'?><rss/>", b"<svgx/>", b"&lt;svg>"],
)
def test_other_documents(payload: bytes) -> None:
    """A document that merely holds an SVG is none."""
    assert sniff(payload) is None
    with pytest.raises(NotAnImage):
        keep(payload)


def test_svg_of_another_namespace() -> None:
    """The name alone makes no SVG."""
    with pytest.raises(NotAnImage, match="root is svg"):
        keep(b"<svg xmlns='http://example.org/'/>")


@pytest.mark.parametrize("reference", ["&b;" * 2000, "<g a='&b;'/>" * 2000])
def test_entities(reference: str) -> None:
    """Entities that expand to many times the file are not followed."""
    entity = "<!ENTITY b '" + "b" * 50_000 + "'>"

    with pytest.raises(Undecodable):
        keep(f"<!DOCTYPE svg [{entity}]><svg>{reference}</svg>".encode())


def test_laughs() -> None:
    """Nested entities are not followed either."""
    entities = "".join(
        f"<!ENTITY e{n} '{10 * f'&e{n - 1};' if n else 'ha' * 50}'>" for n in range(10)
    )

    with pytest.raises(Undecodable):
        keep(f"<!DOCTYPE svg [{entities}]><svg>&e9;</svg>".encode())

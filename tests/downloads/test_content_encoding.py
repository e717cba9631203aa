"""What a Content-Encoding promises is there to its last byte, or nothing is taken."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import pytest

from crawler.downloads.content_encoding import CutOff, Damaged, TooMuch, Unasked, decoded
from tests.conftest import Workshop, archived, image
from tests.site import Site, picture

CONTENT = picture("/x.png")


def raw(data: bytes) -> bytes:
    """Return raw deflate (RFC 1951)."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


CODINGS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("X-GZip", gzip.compress),
    "zlib": ("deflate", zlib.compress),
    "raw": ("deflate", raw),
}
"""Ways to encode, with the name that a server gives each."""


@pytest.mark.parametrize("way", CODINGS)
@pytest.mark.parametrize("content", [b"a", CONTENT, bytes(3_000_000)])
def test_whole(way: str, content: bytes) -> None:
    """What is whole comes out as it went in, and no byte more is allowed than asked for."""
    name, encode = CODINGS[way]
    body = encode(content)

    assert decoded(body, [name], most=len(content)) == content
    with pytest.raises(TooMuch):
        decoded(body, [name], most=len(content) - 1)


@pytest.mark.parametrize("way", CODINGS)
def test_cut(way: str) -> None:
    """Wherever a stream is cut, it is said to be cut, though all the content were there."""
    name, encode = CODINGS[way]
    body = encode(CONTENT)

    for length in (1, 2, 5, len(body) // 2, len(body) - 4, len(body) - 1):
        with pytest.raises(CutOff):
            decoded(body[:length], [name], most=10**6)


@pytest.mark.parametrize("way", ["gzip", "zlib"])
@pytest.mark.parametrize("place", [-1, -3])
def test_wrong_checksum(way: str, place: int) -> None:
    """A checksum or a length that does not hold is damage."""
    name, encode = CODINGS[way]
    body = bytearray(encode(CONTENT))
    body[place] ^= 1

    with pytest.raises(Damaged):
        decoded(bytes(body), [name], most=10**6)


@pytest.mark.parametrize("name", ["gzip", "deflate"])
def test_what_is_none(name: str) -> None:
    """What is not of the coding at all is damage."""
    with pytest.raises(Damaged):
        decoded(CONTENT, [name], most=10**6)


def test_several_members() -> None:
    """Streams of gzip may follow each other (RFC 1952, 2.2), and the last is whole too."""
    body = gzip.compress(b"one") + gzip.compress(b"two")

    assert decoded(body, ["gzip"], most=6) == b"onetwo"
    assert decoded(body + b"\0\0\n", ["gzip"], most=6) == b"onetwo"
    with pytest.raises(CutOff):
        decoded(body[:-1], ["gzip"], most=6)
    with pytest.raises(TooMuch):
        decoded(body, ["gzip"], most=5)


def test_millions_of_members() -> None:
    """Streams that hold nothing are not looked at for ever."""
    with pytest.raises(Damaged):
        decoded(gzip.compress(b"") * 100_000, ["gzip"], most=10)


def test_order_of_codings() -> None:
    """Codings are undone from the last; identity is none, nor is a word that names no coding."""
    body = zlib.compress(gzip.compress(b"a"))

    assert decoded(body, ["gzip", " identity", "deflate", ""], most=100) == b"a"
    assert decoded(b"a", ["utf-8"], most=100) == b"a"
    assert decoded(b"", ["gzip"], most=100) == b""
    with pytest.raises(Damaged):
        decoded(body, ["gzip"] * 4, most=100)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".gif", ".bmp"])
@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda body: body[:-8], "truncated"),
        (lambda body: body[:-1], "truncated"),
        (lambda body: body[:-8] + b"\0\0\0\0" + body[-4:], "undecodable"),
    ],
)
def test_image_in_a_broken_stream(
    suffix: str, spoil: Callable[[bytes], bytes], code: str, site: Site, workshop: Workshop
) -> None:
    """An image is archived only if the stream in which it came is whole, and its checksum holds."""
    body = spoil(gzip.compress(picture(f"/x{suffix}")))
    url = site.serve(f"/x{suffix}", body, headers={"Content-Encoding": "gzip"})
    workshop.write("a.md", image(url))
    workshop.run()
    entry = workshop.entry("a.md")

    assert (entry.state, entry.failure and entry.failure.code) == ("failed", code)


def test_page_in_a_broken_stream(site: Site, workshop: Workshop) -> None:
    """Pages and feeds go the same way."""
    page = gzip.compress(b"<article><h1>Home</h1><img src='/ok.png'></article>")
    headers = {"Content-Encoding": "gzip"}
    whole = site.serve("/home", page, media_type="text/html", headers=headers)
    cut = site.serve("/cut", page[:-8], media_type="text/html", headers=headers)
    run = workshop.run(whole, cut)

    assert run.stats.states["archived"] == 1
    assert [problem.source for problem in run.problems] == [cut]


UNASKED = ["br", "zstd", "compress", "X-Compress", "dcb"]


@pytest.mark.parametrize("name", UNASKED)
def test_coding_that_is_not_undone(name: str) -> None:
    """A coding of IANA's list that is not undone is told by its name, wherever it stands."""
    for codings in ([name], ["gzip", name], [name, "identity"]):
        with pytest.raises(Unasked, match=f"^{name.lower()}$"):
            decoded(CONTENT, codings, most=10**6)


@pytest.mark.parametrize("name", UNASKED)
def test_image_in_a_coding_that_was_not_asked_for(
    name: str, site: Site, workshop: Workshop
) -> None:
    """The image fails, and the failure names the coding."""
    url = site.serve("/x.png", CONTENT, headers={"Content-Encoding": name})
    workshop.write("a.md", image(url))
    workshop.run()
    failure = workshop.manifest("a.md").entries[0].failure

    assert failure is not None
    assert (failure.code, failure.permanent, failure.attempts) == ("undecodable", True, 1)
    assert f"Content-Encoding: {name.lower()}, which was not asked for" in failure.detail


def test_page_in_a_coding_that_was_not_asked_for(site: Site, workshop: Workshop) -> None:
    """A page fails in the same way."""
    url = site.serve(
        "/home", b"\x0b\x02", media_type="text/html", headers={"Content-Encoding": "br"}
    )
    run = workshop.run(url)

    (problem,) = run.problems
    assert problem.source == url
    assert "Content-Encoding: br, which was not asked for" in problem.message


def test_status_before_coding(site: Site, workshop: Workshop) -> None:
    """The status of an error counts before its coding."""
    url = site.serve("/gone.png", b"no gzip", status=410, headers={"Content-Encoding": "gzip"})
    workshop.write("a.md", image(url) + image(site.url("/gzipped.png")))
    workshop.run()
    failure = workshop.manifest("a.md").entries[0].failure

    assert archived(workshop.manifest("a.md")) == [site.url("/gzipped.png")]
    assert failure is not None
    assert failure.code == "gone"


def test_accept_encoding(site: Site, workshop: Workshop) -> None:
    """Images are asked for as they are, whatever a redirect leads to; documents with gzip."""
    page = site.serve("/home", b"<article><img src='/moved.png'></article>", media_type="text/html")
    site.serve("/moved.png", b"", status=302, headers={"Location": "/ok.svg"})
    run = workshop.run(page)
    sent = {request.path: request.headers["Accept-Encoding"] for request in site.requests}

    assert run.stats.states["archived"] == 1
    assert sent == {
        "/robots.txt": "gzip",
        "/home": "gzip",
        "/moved.png": "identity",
        "/ok.svg": "identity",
    }

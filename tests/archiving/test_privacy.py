"""What never stands in a manifest: paths of this machine, user names, passwords, cookies."""

from __future__ import annotations

import pytest

from crawler.common import archive_layout
from tests.conftest import Workshop, archived, image
from tests.site import Exchange, Site

SECRET = "correct-horse"  # noqa: S105 - it must not be found
USER = "ann-example"


def _documents(workshop: Workshop) -> str:
    """Return what a run writes about posts and images, the articles aside."""
    paths = [
        *workshop.folder.rglob(archive_layout.MANIFEST),
        *(workshop.archive / archive_layout.RUNS).iterdir(),
    ]
    return "".join(path.read_text() for path in paths)


def _with_credentials(url: str) -> str:
    return url.replace("://", f"://{USER}:{SECRET}@")


def test_credentials_of_images(site: Site, workshop: Workshop) -> None:
    """An image whose URL has a user name and a password is fetched and named without them."""
    urls = [_with_credentials(site.url(path)) for path in ("/ok/1.png", "/ok/2.png", "/gone.png")]
    body = f'{image(urls[0])}<img src="{urls[1]}" alt=x>\n<a href="{urls[2]}">a</a>\n'
    broken = f"![](<https://{USER}:{SECRET}@no host/x.png>)\n![](//{USER}:{SECRET}@127.0.0.1:1/y)\n"
    workshop.write("a.md", f"---\ncover: {urls[0]}\n---\n\n{body}\n{broken}")
    workshop.run()
    documents = _documents(workshop)

    assert archived(workshop.manifest("a.md")) == [site.url("/ok/1.png"), site.url("/ok/2.png")]
    assert all(request.headers.get("Authorization") is None for request in site.requests)
    assert SECRET not in documents
    assert USER not in documents


def test_one_entry_with_and_without(site: Site, workshop: Workshop) -> None:
    """With and without a user name, it is one image."""
    url = site.url("/ok.png")
    workshop.write("a.md", image(url) + image(_with_credentials(url)))
    workshop.run()
    entry = workshop.entry("a.md")

    assert [reference.destination for reference in entry.references] == [url, url]
    assert site.hits("/ok.png") == 1


@pytest.mark.parametrize("key", ["url", "canonical_url"])
def test_credentials_of_the_post(key: str, site: Site, workshop: Workshop) -> None:
    """The post's own URL, and what is resolved against it, are without them too."""
    workshop.write("a.md", f"---\n{key}: {_with_credentials(site.url('/a/'))}\n---\n![](/ok.png)\n")
    workshop.run()

    assert archived(workshop.manifest("a.md")) == [site.url("/ok.png")]
    assert SECRET not in _documents(workshop)


def test_credentials_of_the_base(site: Site, workshop: Workshop) -> None:
    """So is what is resolved against --base-url, or the page's own base."""
    workshop.write("a.md", image("ok.png"))
    workshop.write("b.html", f'<base href="{_with_credentials(site.url())}"><img src="ok/2.png">')
    workshop.run(ARCHIVE_BASE_URL=_with_credentials(site.url("/")))

    assert archived(workshop.manifest("a.md")) == [site.url("/ok.png")]
    assert archived(workshop.manifest("b.html")) == [site.url("/ok/2.png")]
    assert SECRET not in _documents(workshop)


def test_credentials_of_a_redirect(site: Site, workshop: Workshop) -> None:
    """A redirect that carries them is followed without them."""
    target = _with_credentials(site.url("/ok.png"))
    workshop.write("a.md", image(site.url(f"/redirect-to.png?{target}")))
    workshop.run()
    entry = workshop.entry("a.md")

    assert entry.capture is not None
    assert entry.capture.url == site.url("/ok.png")
    assert len(entry.capture.redirects) == 1


def test_cookies(site: Site, workshop: Workshop) -> None:
    """Cookies are neither sent nor recorded."""
    workshop.write("a.md", image(site.url("/cookies/1.png")) + image(site.url("/cookies/2.png")))
    workshop.run()

    assert len(archived(workshop.manifest("a.md"))) == 2
    assert all(request.headers.get("Cookie") is None for request in site.requests)
    documents = _documents(workshop).replace(str(workshop.folder), "")
    assert "cookie" not in documents.replace("/cookies/", "").lower()


def test_paths_of_this_machine(site: Site, workshop: Workshop) -> None:
    """Where blog and archive lie on this machine is nobody's business."""
    workshop.write("a/b.md", b"---\ntitle: [\n---\n\xff" + image("missing.png").encode())
    workshop.write("a/c.md", image(site.url("/gone.png")) + image("x" * 400) + image("/x.png"))
    workshop.run()
    workshop.run(ARCHIVE_IN_PLACE=True, ARCHIVE=str(workshop.folder / "other"))
    manifests = [path.read_text() for path in workshop.folder.rglob(archive_layout.MANIFEST)]

    assert len(manifests) == 4
    assert not [text for text in manifests if str(workshop.folder) in text]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nSet-Cookie : session=SECRET\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nSet-Cookie: session=SECRET\x00x\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: SECRET\r\n\r\nhi",
        b"HTTP/1.1 SECRET OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nSECRET\r\n",
        (
            b'HTTP/1.1 200 OK\r\nLink: <http://ann:SECRET@a.example/>; rel="x"\r\n'
            b"Alt: see //SECRET@b.example/ and https://c.example/@d\r\nContent-Length: 2\r\n\r\nhi"
        ),
    ],
)
def test_words_of_a_broken_answer(answer: bytes, site: Site, workshop: Workshop) -> None:
    """What a server says against the rules, or of other people's passwords, is written nowhere."""

    def broken(exchange: Exchange) -> None:
        exchange.wfile.write(answer)
        exchange.hang_up()

    workshop.write("a.md", image(site.on("/a.png", broken)))
    workshop.run()
    written = [path for path in workshop.archive.rglob("*") if path.is_file()]

    assert workshop.entry("a.md").state == "failed"
    assert [path.name for path in written if b"SECRET" in path.read_bytes()] == []

"""WARC and WACZ, by the tools of web archives."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped]
from warcio.checker import Checker  # type: ignore[import-untyped]

from crawler.common.digests import digest
from crawler.export import Account, Terms
from crawler.export.exporting import export
from crawler.store.manifest import from_document
from tests.conftest import Workshop, image
from tests.export.judges import judge, tool
from tests.export.test_formats import POST, exported
from tests.site import Proxy, Site, picture


def records(path: Path) -> list[tuple[Any, bytes]]:
    """Return the records of a WARC with their payloads; each digest is checked."""
    with path.open("rb") as file:
        found = ArchiveIterator(file, check_digests="raise")
        return [(record, record.content_stream().read()) for record in found]


def of(kind: str, found: list[tuple[Any, bytes]]) -> Iterator[tuple[Any, bytes]]:
    """Yield the records of a type."""
    return (pair for pair in found if pair[0].rec_type == kind)


def header(record: Any, name: str) -> str:  # noqa: ANN401 - the library has no types
    """Return a header of a record."""
    return str(record.rec_headers.get_header(name))


class _Checking:
    """What the library's own checker asks for."""

    def __init__(self, *inputs: Path) -> None:
        self.inputs = [str(path) for path in inputs]
        self.verbose = False


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_checked(archive: Path, tmp_path: Path, name: str) -> None:
    """``warcio check`` passes, plain and compressed."""
    compressed = name.endswith(".gz")
    export(archive, "warc", tmp_path / name, Terms(compressed=compressed), Account())

    assert Checker(_Checking(tmp_path / name)).process_all() == 0
    assert (tmp_path / name).read_bytes().startswith(b"\x1f\x8b" if compressed else b"WARC/1.1")


def test_records(archive: Path, tmp_path: Path) -> None:
    """Answers have the recorded heads and the originals' bytes, derivatives lead to them."""
    exported(archive, "warc", tmp_path / "out")
    found = records(tmp_path / "out")
    kinds = Counter(record.rec_type for record, _ in found)
    ids = [header(record, "WARC-Record-ID") for record, _ in found]
    answers = {
        header(record, "WARC-Target-URI").partition("/ok")[2]: (record, payload)
        for record, payload in of("response", found)
        if payload
    }

    assert len(set(ids)) == len(ids)
    assert kinds.pop("conversion") > 1
    assert kinds == {"warcinfo": 1, "response": 5, "revisit": 1, "resource": 5, "metadata": 3}
    record, payload = answers[".png"]
    assert payload == picture("/ok.png")
    assert record.http_headers.protocol == "HTTP/1.1"
    assert record.http_headers.get_statuscode() == "200"
    assert record.http_headers.get_header("Content-Type") == "image/png"
    assert record.http_headers.get_header("Content-Length") == str(len(payload))
    assert header(record, "WARC-Payload-Digest") == digest(payload)
    for made, _ in of("conversion", found):
        assert header(made, "WARC-Refers-To") in ids


def test_redirect(archive: Path, tmp_path: Path) -> None:
    """A URL that led elsewhere has an answer that says so."""
    exported(archive, "warc", tmp_path / "out")
    hop = next(
        record
        for record, _ in of("response", records(tmp_path / "out"))
        if header(record, "WARC-Target-URI").endswith("/moved.png")
    )

    assert hop.http_headers.get_statuscode() == "302"
    assert hop.http_headers.get_header("Location").endswith("/ok/moved.png")


def test_revisit(archive: Path, tmp_path: Path) -> None:
    """The same bytes from another URL are written once, and referred to."""
    exported(archive, "warc", tmp_path / "out")
    found = records(tmp_path / "out")
    ((again, payload),) = of("revisit", found)
    first = next(
        r for r, _ in found if header(r, "WARC-Record-ID") == header(again, "WARC-Refers-To")
    )

    assert payload == b""
    assert header(again, "WARC-Target-URI").endswith("/twin.png")
    assert header(again, "WARC-Profile").endswith("/1.1/revisit/identical-payload-digest")
    assert header(again, "WARC-Payload-Digest") == header(first, "WARC-Payload-Digest")
    assert header(again, "WARC-Refers-To-Target-URI") == header(first, "WARC-Target-URI")
    assert header(again, "WARC-Refers-To-Date") == header(first, "WARC-Date")


def test_revisit_that_two_posts_show(site: Site, workshop: Workshop, tmp_path: Path) -> None:
    """What a second post shows of a revisit is written no more, and no record refers to nothing."""
    site.serve("/twin.png", picture("/ok.png"))
    for name in ("a.md", "b.md"):
        workshop.write(name, image(site.url("/ok.png")) + image(site.url("/twin.png")))
    workshop.run()
    exported(workshop.archive, "warc", tmp_path / "out")
    found = records(tmp_path / "out")
    ids = {header(record, "WARC-Record-ID") for record, _ in found}
    kinds = Counter(record.rec_type for record, _ in found)

    assert (kinds["response"], kinds["revisit"]) == (1, 1)
    for record, _ in found:
        assert record.rec_headers.get_header("WARC-Refers-To") in {None, *ids}


def test_manifests_are_metadata(archive: Path, tmp_path: Path) -> None:
    """Each manifest is a metadata record, so that failures are told, too."""
    exported(archive, "warc", tmp_path / "out")
    documents = [payload for _, payload in of("metadata", records(tmp_path / "out"))]
    failed = [e for d in documents for e in from_document(d).entries if e.state == "failed"]

    assert sorted(documents) == sorted(p.read_bytes() for p in archive.rglob("manifest.json"))
    assert len(failed) == 1


def test_compressed_transfer(site: Site, workshop: Workshop, tmp_path: Path) -> None:
    """Of an answer that came compressed, the head fits the content that is kept."""
    workshop.write("a.md", image(site.url("/gzipped.png")))
    workshop.run()
    exported(workshop.archive, "warc", tmp_path / "out")
    ((record, payload),) = of("response", records(tmp_path / "out"))

    assert payload == picture("/gzipped.png")
    assert record.http_headers.get_header("Content-Encoding") is None
    assert record.http_headers.get_header("Content-Length") == str(len(payload))


def test_memento(
    site: Site, workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came from an archive of the web is a resource of its day, no answer of the server."""
    url = "http://dead.example/gone.png"
    site.capture(url, "2020-05-06T07:08:09Z")
    workshop.write("a.md", image(url))
    with Proxy(http=site) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        timegate = "http://archive.example/timegate/"
        workshop.run(ARCHIVE_FALLBACK="memento", ARCHIVE_TIMEGATE=timegate)
    exported(workshop.archive, "warc", tmp_path / "out")
    record, _ = next(of("resource", records(tmp_path / "out")))

    assert header(record, "WARC-Target-URI") == url
    assert header(record, "WARC-Date") == "2020-05-06T07:08:09Z"


def test_wacz(archive: Path, tmp_path: Path) -> None:
    """The validator of the format passes; index and pages lead to what they say."""
    exported(archive, "wacz", tmp_path / "out.wacz")
    with zipfile.ZipFile(tmp_path / "out.wacz") as package:
        warc = package.read("archive/data.warc.gz")
        index = package.read("indexes/index.cdx").decode().splitlines()
        pages = [json.loads(line) for line in package.read("pages/pages.jsonl").splitlines()]
        stored = {info.compress_type for info in package.infolist()}
    fields = [json.loads(line.split(" ", 2)[2]) for line in index]

    assert judge(tool("wacz"), "validate", "-f", tmp_path / "out.wacz") == 0
    assert stored == {zipfile.ZIP_STORED}
    assert index == sorted(index)
    (tmp_path / "data.warc.gz").write_bytes(warc)
    shown = {
        header(record, "WARC-Target-URI"): payload
        for record, payload in records(tmp_path / "data.warc.gz")
        if record.rec_type != "conversion"
    }
    assert {page["url"] for page in pages[1:]} <= {each["url"] for each in fields}
    assert {page["title"] for page in pages[1:]} == {"空间站", "again.md", "A page"}
    for each in fields:
        part = tmp_path / "part"
        begin = int(each["offset"])
        part.write_bytes(warc[begin : begin + int(each["length"])])
        ((record, payload),) = records(part)
        assert header(record, "WARC-Target-URI") == each["url"]
        assert each["mime"] == "warc/revisit" or payload == shown[each["url"]]


def test_large_wacz(site: Site, workshop: Workshop, tmp_path: Path) -> None:
    """Beyond what is held in memory the validator passes, too."""
    for number in range(2):
        url = site.serve(f"/{number}.png", picture(f"/{number}.png") + bytes(1 << 20))
        workshop.write(f"{number}.md", image(url))
    workshop.run()
    exported(workshop.archive, "wacz", tmp_path / "out.wacz")

    assert judge(tool("wacz"), "validate", "-f", tmp_path / "out.wacz") == 0


def test_contact_sheet(archive: Path, tmp_path: Path) -> None:
    """A post that is no page itself gets one, with its images under the URLs they came from."""
    exported(archive, "wacz", tmp_path / "out.wacz", posts=frozenset({POST}))
    with zipfile.ZipFile(tmp_path / "out.wacz") as package:
        (tmp_path / "data.warc.gz").write_bytes(package.read("archive/data.warc.gz"))
    sheet = next(
        payload.decode()
        for record, payload in of("resource", records(tmp_path / "data.warc.gz"))
        if header(record, "WARC-Target-URI").endswith(".md/")
    )

    assert "<h1>空间站</h1>" in sheet
    assert sheet.count("<img ") == 5
    assert "failed: gone" in sheet

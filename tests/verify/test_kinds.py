"""Whether files are what the manifest calls them, as their first bytes tell."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from crawler.common.digests import digest
from crawler.imaging import HEAD, sniff, sniff_head
from crawler.models import Derivative, Entry, Original
from crawler.store.manifest import from_document, summarize, to_document
from tests.conftest import Workshop, image
from tests.imaging.kinds import KINDS, Kind
from tests.imaging.pictures import animate, chunk, frames, photo, save
from tests.imaging.test_heic import heic
from tests.site import Site, picture

PAGE = b"<!doctype html><title>x</title><script>alert(document.domain)</script>"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
DRAWINGS = (
    DRAWING,
    b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- x -->" + DRAWING,
    b"\xff\xfe" + DRAWING.decode().encode("utf-16-le"),
    b"<!-- " + b"x" * 60_000 + b" -->" + DRAWING + b" " * 100_000,
)
BUNDLE = "posts/a.md"


def _forge(workshop: Workshop, path: str, payload: bytes) -> None:
    """Put *payload* in the place of a file, and let the manifest name its digest and its size."""
    bundle = workshop.archive / BUNDLE
    manifest = from_document((bundle / "manifest.json").read_bytes())
    (bundle / path).write_bytes(payload)

    def forged(file: Any) -> Any:  # noqa: ANN401 - an original or a derivative
        known = {"digest": digest(payload), "size": len(payload)}
        return replace(file, **known) if file.path == path else file

    entries = tuple(
        replace(
            entry,
            original=forged(entry.original),
            derivatives=tuple(map(forged, entry.derivatives)),
        )
        for entry in manifest.entries
    )
    manifest = replace(manifest, entries=entries, summary=summarize(entries))
    (bundle / "manifest.json").write_bytes(to_document(manifest))
    # The catalog knows what was written; that of a stranger knows what he wrote.
    for file in workshop.archive.glob("catalog.sqlite*"):
        file.unlink()
    assert workshop.command("verify", "--rebuild-catalog", "--fast").returncode == 0


@pytest.mark.parametrize(
    ("path", "payload", "words"),
    [
        ("images/ok.png", PAGE, "is an HTML page, not image/png as its manifest says"),
        ("images/ok.png", DRAWING, "is image/svg+xml, not image/png"),
        ("images/ok.png", picture("/x.jpg"), "is image/jpeg, not image/png"),
        ("images/ok.png", b"\0" * 100_000, "is unknown binary data, not image/png"),
        ("images/ok.png", animate("PNG", frames()), "is image/apng, not image/png"),
        ("converted/ok.jpg", PAGE, "is an HTML page, not image/jpeg"),
        ("thumbnails/ok.320.jpg", DRAWING, "is image/svg+xml, not image/jpeg"),
    ],
)
def test_forged(site: Site, workshop: Workshop, path: str, payload: bytes, words: str) -> None:
    """What is none of what its manifest says is found, and nothing of it is imported."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    _forge(workshop, path, payload)
    done = workshop.command("verify", "--json")
    assert workshop.command("export", "zip", "out.zip").returncode == 0
    imported = workshop.command("import", "out.zip", "--archive", "back", "--json")
    repaired = workshop.command("verify", "--repair", "--allow-private-addresses")

    for result in (done, imported):
        (finding,) = json.loads(result.stdout)["findings"]
        assert result.returncode == 5
        assert (finding["kind"], finding["path"]) == ("undecodable", f"{BUNDLE}/{path}")
        assert finding["detail"].startswith(words)
    assert not (workshop.folder / "back" / "posts").exists()
    assert repaired.returncode == 5


def test_every_kind(workshop: Workshop) -> None:
    """An archive of every kind that is archived is sound, without decoding and with it."""
    heif = pytest.importorskip("pillow_heif", reason="the extra heic is not installed")
    pytest.importorskip("pillow_jxl", reason="the extra jxl is not installed")
    payloads = [
        *(kind.payload for kind in KINDS),
        heic(heif, photo()),
        save(photo(), "JXL"),
        *DRAWINGS,
    ]
    for number, payload in enumerate(payloads):
        workshop.write(f"{number}.img", payload)
    workshop.write("a.md", "".join(image(f"{number}.img") for number in range(len(payloads))))
    workshop.run()
    files = [file for entry in workshop.manifest("a.md").entries for file in _files(entry)]
    done = workshop.command("verify", "--decode", "--json")

    assert len({file.media_type for file in files}) == 12
    assert (done.returncode, json.loads(done.stdout)["findings"]) == (0, [])


def _files(entry: Entry) -> list[Original | Derivative]:
    return [*filter(None, [entry.original]), *entry.derivatives]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_head(kind: Kind) -> None:
    """The first bytes tell what all of them do."""
    assert sniff_head(kind.payload[:HEAD], is_whole=len(kind.payload) <= HEAD).media_types == {
        sniff(kind.payload)
    }


def test_late_animation(workshop: Workshop) -> None:
    """What makes a PNG an APNG may stand far behind its beginning: then the record is believed."""
    payload = animate("PNG", frames())
    at = payload.index(b"acTL") - 4
    late = payload[:at] + chunk(b"teXt", b"k\0" + b"x" * 300_000) + payload[at:]
    workshop.write("late.png", late)
    workshop.write("a.md", image("late.png"))
    workshop.run()
    original = workshop.entry("a.md").original

    assert original is not None
    assert original.media_type == "image/apng"
    assert sniff_head(late[:HEAD], is_whole=False).media_types == {"image/png", "image/apng"}
    assert workshop.command("verify").returncode == 0

"""RO-Crates, by the library of the format."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote

from rocrate.rocrate import ROCrate  # type: ignore[import-untyped]

from crawler.common.digests import digest_of_file
from tests.export.test_formats import POST, exported, files_of


def test_read(archive: Path, tmp_path: Path) -> None:
    """The library reads the crate, and finds every file where the crate says, and only those."""
    exported(archive, "ro-crate", tmp_path / "crate")
    crate = ROCrate(str(tmp_path / "crate"))
    files = {unquote(e.id): e for e in crate.get_by_type("File")}
    held = files_of(tmp_path / "crate")

    assert crate.version == "1.1"
    assert set(files) == set(held) - {"ro-crate-metadata.json"}
    assert {path.removeprefix("posts/") for path in files} == set(files_of(archive / "posts"))
    for path, entity in files.items():
        assert int(entity["contentSize"]) == len(held[path])
        if "sha256" in entity.properties():
            assert digest_of_file(tmp_path / "crate" / path) == f"sha256:{entity['sha256']}"


def test_graph(archive: Path, tmp_path: Path) -> None:
    """The root has all that it must, no id stands twice, and no link leads nowhere."""
    exported(archive, "ro-crate", tmp_path / "crate")
    document = json.loads((tmp_path / "crate" / "ro-crate-metadata.json").read_bytes())
    graph = document["@graph"]
    ids = {entity["@id"]: entity for entity in graph}
    root = ids["./"]

    assert document["@context"][0] == "https://w3id.org/ro/crate/1.1/context"
    assert len(ids) == len(graph)
    assert len(root["hasPart"]) == 3
    assert all(root[key] for key in ("name", "description", "datePublished", "license"))
    for entity in graph:
        for value in entity.values():
            for link in value if isinstance(value, list) else [value]:
                if isinstance(link, dict):
                    assert link["@id"] in ids or link["@id"].startswith("http")


def test_images(archive: Path, tmp_path: Path) -> None:
    """An image says what it is and whence; how it came and what was made of it are actions."""
    exported(archive, "ro-crate", tmp_path / "crate", posts=frozenset({POST}))
    crate = ROCrate(str(tmp_path / "crate"))
    image = next(e for e in crate.get_by_type("ImageObject") if e.id.endswith("images/ok.png"))
    actions = crate.get_by_type("CreateAction")
    captures = [a for a in actions if a.get("result") == image]
    failed = [a for a in actions if a.get("actionStatus")]

    assert (image["encodingFormat"], image["width"], image["height"]) == ("image/png", 480, 320)
    assert image["url"].endswith("/ok.png")
    assert image["caption"] == "/ok.png"
    assert len(captures) == 1
    assert captures[0]["instrument"]["name"].startswith("image-archiver")
    assert [a["error"].partition(":")[0] for a in failed] == ["gone"]
    thumbnail = next(e for e in crate.get_by_type("ImageObject") if "thumbnails/ok.320" in e.id)
    assert thumbnail["isBasedOn"] == image

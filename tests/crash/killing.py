"""Runs that are killed at a chosen file operation, and what must be true of what they leave."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from crawler.common import archive_layout
from crawler.common.digests import digest
from crawler.common.files import TEMPORARY_SUFFIX
from crawler.models import Manifest
from crawler.store.catalog import Catalog
from crawler.store.manifest import from_document
from crawler.verify import verify
from tests.conftest import check_schema
from tests.site import Site, picture

KILLED = -9
PICTURES = ("/ok/1.png", "/ok/2.jpg", "/ok/3.webp")
GONE = "/gone/4.png"


class Runner:
    """Does jobs in processes of their own, one after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.zygote"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """Let the process go."""
        self._process.communicate(timeout=60)

    def do(self, verb: str, folder: Path, *, kill_at: int = 0, **settings: object) -> int:
        """Return how a job ended, all of its processes gone; 0 where all went well.

        Its operations stand in the folder's log; with *kill_at*, it dies before that one.
        """
        log = folder.with_suffix(".log")
        log.unlink(missing_ok=True)
        job: dict[str, Any] = {"verb": verb, "folder": str(folder), "settings": settings}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(
            json.dumps({**job, "log": str(log), "kill_at": kill_at}),
            file=self._process.stdin,
            flush=True,
        )
        return int(self._process.stdout.readline())


@contextmanager
def runner() -> Iterator[Runner]:
    """Give a runner for as long as it is needed."""
    with closing(Runner()) as running:
        yield running


@dataclass(frozen=True)
class Operation:
    """A line of the log."""

    word: str
    paths: tuple[str, ...]
    """Relative to the folder."""


def operations(folder: Path) -> list[Operation]:
    """Return what the last job of a folder did, in order."""
    lines = folder.with_suffix(".log").read_text().splitlines()
    cut = [line.replace(f"{folder}/", "").split("\t") for line in lines]
    return [Operation(word, tuple(paths)) for word, *paths in cut]


def write_blog(folder: Path, site: Site) -> None:
    """Write two posts: three images of which both name one, and one that is gone."""
    urls = {path: site.url(path) for path in (*PICTURES, GONE)}
    posts = {
        "a.md": "".join(f"![]({urls[path]})\n" for path in (PICTURES[0], PICTURES[1], GONE)),
        "b.md": f"---\ncover: {urls[PICTURES[0]]}\n---\n`code`\r\n![]({urls[PICTURES[2]]})\n",
    }
    (folder / "blog").mkdir(parents=True)
    for name, text in posts.items():
        (folder / "blog" / name).write_bytes(text.encode())


def manifests(folder: Path) -> dict[str, Manifest]:
    """Return the manifests of a folder; each must be one by the schema."""
    found = {}
    for path in _files(folder, archive_layout.MANIFEST):
        check_schema(path.read_bytes())
        found[str(path.relative_to(folder))] = from_document(path.read_bytes())
    return found


def essence(manifest: Manifest) -> list[tuple[object, ...]]:
    """Return what every complete run finds out, whenever it ran."""
    return [
        (
            entry.url,
            entry.state,
            len(entry.references),
            entry.failure and entry.failure.code,
            entry.original and (entry.original.path, entry.original.digest),
            tuple((made.path, made.digest) for made in entry.derivatives),
        )
        for entry in manifest.entries
    ]


def saved(folder: Path) -> set[str]:
    """Return the URLs that are settled in the catalog."""
    path = folder / "archive" / archive_layout.CATALOG
    if not path.exists():
        return set()
    with closing(Catalog(path, read_only=True)) as catalog:
        return {url for url, _ in catalog.states()}


def is_begun(folder: Path) -> bool:
    """Return whether there is anything that could be checked."""
    root = folder / "archive"
    return any(
        (root / name).exists()
        for name in (archive_layout.CATALOG, archive_layout.POSTS, archive_layout.RUNS)
    )


def check_whole(folder: Path) -> None:
    """Assert that nothing is missing, altered or foreign, and no file is a half."""
    if is_begun(folder):
        findings = verify(folder / "archive").findings
        assert not findings, "\n".join(map(str, findings))
    originals = {digest(picture(path)) for path in PICTURES}
    for manifest in manifests(folder).values():
        for entry in manifest.entries:
            assert entry.original is None or entry.original.digest in originals
    for path in _files(folder, "*.*"):
        if path.parent.name == archive_layout.IMAGES:
            assert digest(path.read_bytes()) in originals, path
        elif path.parent.name in {archive_layout.CONVERTED, archive_layout.THUMBNAILS}:
            with Image.open(path) as image:
                image.load()
        elif path.suffix == ".json":
            json.loads(path.read_text())


def _files(folder: Path, pattern: str) -> list[Path]:
    """Return the files that have their final names, but for what a repair has set aside."""
    return [
        path
        for path in sorted(folder.rglob(pattern))
        if path.is_file()
        and not any(
            p.endswith(TEMPORARY_SUFFIX) or p == archive_layout.SET_ASIDE for p in path.parts
        )
    ]


def temporaries(folder: Path) -> list[Path]:
    """Return what was left half-written."""
    return sorted(folder.rglob(f"*{TEMPORARY_SUFFIX}*"))

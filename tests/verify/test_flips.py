"""Single bits are turned over, seeded, in each kind of file, and `verify` is asked what it finds.

How many were tried and found of each kind is printed; `pytest -rP` shows it.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from crawler.common import archive_layout
from crawler.store.catalog import Catalog
from crawler.store.catalog.migrations import COLUMNS
from crawler.verify import Depth, verify
from crawler.verify.catalog_comparison import readable_catalog
from crawler.verify.rebuild_catalog import rebuild_catalog
from crawler.verify.repair.bits import turned_back
from crawler.verify.verification import check_with, unwatched
from tests.test_former_archive import MADE

FLIPS = 150
KINDS = {
    "original": "images/*",
    "converted": "converted/*",
    "thumbnail": "thumbnails/*",
    "article": "article.[hm]*",
    "former article": "earlier/*",
    "manifest": archive_layout.MANIFEST,
    "journal": archive_layout.JOURNAL,
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive whose catalog knows all of its files."""
    folder = tmp_path_factory.mktemp("sound")
    for name in ("archive", "blog", "notes"):
        shutil.copytree(MADE / name, folder / name)
    rebuild_catalog(folder / "archive")
    shutil.rmtree(folder / "archive" / archive_layout.SET_ASIDE)

    assert verify(folder / "archive").is_sound
    return folder / "archive"


@contextmanager
def flipped(path: Path, bit: int) -> Iterator[None]:
    """Turn over one bit of a file for a while."""
    content = path.read_bytes()
    path.write_bytes(with_flip(content, bit))
    try:
        yield
    finally:
        path.write_bytes(content)


def with_flip(content: bytes, bit: int) -> bytes:
    """Return *content* with one bit turned over."""
    return (int.from_bytes(content, "little") ^ 1 << bit).to_bytes(len(content), "little")


def _places(sound: Path, pattern: str, seed: str) -> Iterator[tuple[Path, int]]:
    """Yield files of a kind with a bit each."""
    chance = random.Random(seed)  # noqa: S311 - repeated on purpose
    bundles = [path.parent for path in sorted(sound.parent.rglob(archive_layout.MANIFEST))]
    files = [path for bundle in bundles for path in sorted(bundle.glob(pattern))]
    for _ in range(FLIPS):
        path = chance.choice(files)
        yield path, chance.randrange(8 * path.stat().st_size)


@pytest.mark.parametrize("kind", KINDS)
def test_files(kind: str, sound: Path) -> None:
    """Each bit that is turned over in a file of a bundle is found, at that file."""
    found = 0
    with readable_catalog(sound) as (catalog, faults):
        for path, bit in _places(sound, KINDS[kind], kind):
            bundle = next(
                each for each in path.parents if (each / archive_layout.MANIFEST).exists()
            )
            with flipped(path, bit):
                checked = check_with(
                    sound, catalog, faults, given=[str(bundle)], depth=Depth(), watch=unwatched
                )
            here = {(sound / each.path).resolve() for each in checked.findings}
            found += here == {path.resolve()}
    print(f"{kind}: {FLIPS} flips, {found} found")  # noqa: T201 - what this is for

    assert found == FLIPS


def _says(path: Path) -> object:
    """Return all that the tables of a catalog say, or why they say nothing."""
    location = f"{path.as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(location, uri=True)) as connection:
            connection.text_factory = bytes
            tables = [
                sorted(map(repr, connection.execute(f"SELECT {', '.join(names)} FROM {table}")))  # noqa: S608 - names of ours
                for table, names in COLUMNS.items()
            ]
            return [*tables, list(connection.execute("SELECT * FROM sqlite_schema"))]
    except (sqlite3.Error, UnicodeDecodeError) as error:
        return str(error)


def _bits_of_pages(catalog: bytes, path: Path) -> list[int]:
    """Return bits of the pages that are in use, drawn by chance."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)
    return random.Random("catalog").sample(range(8 * len(catalog)), FLIPS)  # noqa: S311 - as above


def test_catalog(sound: Path, tmp_path: Path) -> None:
    """Of the catalog, each bit that changes what its tables say is found."""
    path = tmp_path / archive_layout.CATALOG
    content = (sound / archive_layout.CATALOG).read_bytes()
    path.write_bytes(content)
    before = _says(path)
    changed = found = 0
    for bit in _bits_of_pages(content, path):
        path.write_bytes(with_flip(content, bit))
        is_other = _says(path) != before
        with readable_catalog(tmp_path) as (_, faults):
            changed += is_other
            found += is_other and bool(faults)
    print(f"catalog: {FLIPS} flips, {changed} of them change what it says, {found} of these found")  # noqa: T201 - as above

    assert isinstance(before, list)
    assert changed > FLIPS / 10
    assert found == changed


@pytest.mark.parametrize("kind", ["manifest", "journal"])
def test_bit_is_turned_back(kind: str, sound: Path) -> None:
    """The digest tells which bit of a manifest or a journal it was."""
    with closing(Catalog(sound / archive_layout.CATALOG, read_only=True, still=True)) as catalog:
        known = {
            digest
            for bundle, name in catalog.files_with_digests()
            for digest in catalog.digests(bundle, name)
        }
    for path, bit in list(_places(sound, KINDS[kind], kind))[:5]:
        content = path.read_bytes()

        assert turned_back(with_flip(content, bit), known) == content

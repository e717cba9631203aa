"""The data of the gallery: scripts of a few hundred posts each, a month or a part of one.

A page that is opened from a disk may read no file but scripts, styles and pictures; so each shard
is a call with a list. A change of one post touches the shards of its month alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zlib import crc32

from crawler.common import archive_layout
from crawler.common.files import remove
from crawler.gallery.ledger import Ledger, Month
from crawler.gallery.page_files import write_if_changed
from crawler.gallery.similar_images import groups_of

DATA: Final = f"{archive_layout.GALLERY}/data"
KINDS: Final = ("posts", "images", "missing")
_POSTS: Final = 500
"""Of one shard, about."""
_GROUPS: Final = 200


def names_of(kind: str, month: Month) -> list[str]:
    """Return the names of the shards of a *month*."""
    holds = {"posts": month.posts, "images": month.images, "missing": month.missing}[kind]
    return [f"{kind}-{month.name}-{part}" for part in range(_parts(month.posts))] if holds else []


def write_months(root: Path, ledger: Ledger) -> int:
    """Write what is stale; return how many files were. Raises StorageError or PathError."""
    months = {month.name: month for month in ledger.months()}
    written = 0
    for name in ledger.stale_months():
        month = months.get(name, Month(name, 0, 0, 0))
        for kind in KINDS:
            written += _write_month(root, ledger, kind, month)
        ledger.fresh(name)
    return written


def write_alike(root: Path, ledger: Ledger) -> tuple[list[str], int]:
    """Write the groups of pictures that look alike; return the shards' names, and the number."""
    several = ledger.several()
    names: list[str] = []
    number, rows = 0, []
    for group in groups_of(ledger.hashes()):
        if len(group) > 1 or group[0] in several:
            rows.append(f"[{','.join(_members(ledger, group))}]")
            number += 1
        if len(rows) == _GROUPS:
            names.append(_write(root, f"alike-{len(names)}", rows))
            rows = []
    if rows:
        names.append(_write(root, f"alike-{len(names)}", rows))
    _remove_others(root, "alike-*.js", names)
    return names, number


def _write_month(root: Path, ledger: Ledger, kind: str, month: Month) -> int:
    names = names_of(kind, month)
    parts: list[list[str]] = [[] for _ in names]
    for post_id, row in ledger.rows(kind, month.name) if names else ():
        if row:
            # Where a post stands does not depend on the others.
            parts[crc32(post_id.encode()) % len(parts)].append(row)
    written = 0
    for name, rows in zip(names, parts, strict=True):
        written += write_if_changed(_path(root, name), _script(name, rows), beneath=root)
    _remove_others(root, f"{kind}-{month.name}-*.js", names)
    return written


def _parts(posts: int) -> int:
    """Return into how many shards a month goes: a power of two, so that it seldom changes."""
    return 1 << max(0, (posts - 1) // _POSTS).bit_length()


def _members(ledger: Ledger, group: list[str]) -> Iterator[str]:
    """Yield the files of a group, each with the number of its places in posts."""
    for value in group:
        first: dict[str, str] = {}
        places: dict[str, int] = {}
        for digest, row in ledger.likenesses(value):
            first.setdefault(digest, row)
            places[digest] = places.get(digest, 0) + 1
        yield from (f"[{row},{places[digest]}]" for digest, row in first.items())


def _write(root: Path, name: str, rows: list[str]) -> str:
    write_if_changed(_path(root, name), _script(name, rows), beneath=root)
    return name


def _script(name: str, rows: list[str]) -> bytes:
    lines = ",\n".join(rows)
    return f'gallery.take("{name}",[\n{lines}\n]);\n'.encode()


def _path(root: Path, name: str) -> Path:
    return root / DATA / f"{name}.js"


def _remove_others(root: Path, pattern: str, names: list[str]) -> None:
    for path in (root / DATA).glob(pattern):
        if path.stem not in names:
            remove(path, beneath=root)

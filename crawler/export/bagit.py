"""A bag (RFC 8493): the bundles as payload, with the digest of each file.

Written here rather than by the library, which reads every file twice, keeps all names in memory
and writes the version before the RFC; it is the library that checks bags when they are read back.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import bagit  # type: ignore[import-untyped]

from crawler import AGENT
from crawler.common import json_codec, limits, urls
from crawler.common.digests import digest_of_file
from crawler.common.files import regular_status
from crawler.errors import UsageError
from crawler.export.bundle_contents import Account, Gap, GapKind, Holding, Piece, inside, versions
from crawler.export.options import Terms
from crawler.models import STATES

DATA = "data"
_DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_SUMS = "manifest-sha256.txt"
_TAG_SUMS = "tagmanifest-sha256.txt"
_POSTS = "posts.jsonl"
_FETCH = "fetch.txt"
_COUNTED = ("references", "entries")
_OXUM = "Payload-Oxum"
_SPACE = re.compile(r"\s")

# RFC 8493, 2.1.3, has per cent signs in the lists percent-encoded; widespread readers do not know
# that, and break lines at every separator of Unicode. So no path in a bag has any of these.
_FOREIGN = re.compile(r"[%=\x85\u2028\u2029]")
_ENCODED = re.compile(rb"=([0-9A-F]{2})")


def bagged(path: str) -> str:
    """Return what *path* is called in a bag.

    >>> bagged("posts/blog.example/a%3Fid=3.html")
    'posts/blog.example/a=253Fid=3D3.html'
    """
    return _FOREIGN.sub(lambda match: "".join(f"={b:02X}" for b in match[0].encode()), path)


def unbagged(path: str) -> str:
    """Return what was called *path* in a bag. Raises ValueError where nothing could be.

    >>> unbagged("posts/a=253F.html")
    'posts/a%3F.html'
    """
    found = _ENCODED.sub(lambda match: bytes.fromhex(match[1].decode()), path.encode()).decode()
    if bagged(found) != path:
        raise ValueError(f"{path!r} is not how a bag calls {found!r}")
    return found


@dataclass(slots=True)
class _Payload:
    """The payload as it grows, and the lists of it."""

    folder: Path
    sums: BinaryIO
    files: int = 0
    size: int = 0
    date: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    fetch: list[str] = field(default_factory=list)

    def list(self, path: str, digest: str, size: int) -> None:
        """List a file of the payload."""
        self.sums.write(f"{digest.removeprefix('sha256:')}  {path}\n".encode())
        self.files += 1
        self.size += size

    def count(self, holding: Holding) -> None:
        """Count a bundle."""
        self.date = max(self.date, holding.date)
        self.counts.update({"posts": 1, **asdict(holding.manifest.summary)})


def write_bag(holdings: Iterable[Holding], folder: Path, account: Account, terms: Terms) -> None:
    """Write the bundles below ``data/``, with tag files that say whence they are and how many."""
    (folder / DATA).mkdir()
    with (folder / _SUMS).open("wb") as sums, (folder / _POSTS).open("wb") as posts:
        payload = _Payload(folder, sums)
        for holding in inside(holdings, account):
            payload.count(holding)
            posts.write(json_codec.to_json(_post(holding)).encode() + b"\n")
            for piece in holding.pieces():
                if not _put(piece, payload, account) and terms.fetch:
                    _list_for_fetching(piece, holding, payload)
    (folder / "bagit.txt").write_bytes(_DECLARATION)
    (folder / "bag-info.txt").write_bytes(_tags(_info(payload, terms)))
    if payload.fetch:
        (folder / _FETCH).write_bytes("".join(payload.fetch).encode())
    _list_tags(folder)


def _put(piece: Piece, payload: _Payload, account: Account) -> bool:
    """Put a file into the bag; return whether it was what it should be."""
    path = f"{DATA}/{bagged(piece.path)}"
    with account.proven(piece) as proven:
        if proven is None:
            return False
        target = payload.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            shutil.copyfileobj(proven.file, file)
        payload.list(path, proven.digest, proven.size)
    return True


def _list_for_fetching(piece: Piece, holding: Holding, payload: _Payload) -> None:
    """List an original that is not here, but is known: its URL, its size and its digest.

    What never came has no digest, and RFC 8493, 2.2.3, lists only files that the manifests list.
    """
    for version in (version for entry in holding.manifest.entries for version in versions(entry)):
        original, url = version.original, version.capture.url
        known = holding.locate(original.path) == piece.path
        if known and urls.scheme(url) in urls.NETWORK_SCHEMES and not _SPACE.search(url):
            path = f"{DATA}/{bagged(piece.path)}"
            payload.fetch.append(f"{url} {original.size} {path}\n")
            payload.list(path, original.digest, original.size)
            return


def _post(holding: Holding) -> dict[str, object]:
    """Return what the bag says of a post: whence it is, and what of it is not here."""
    post = holding.manifest.post
    return {
        "bundle": f"{DATA}/{bagged(holding.path)}",
        "id": post.id,
        "source": post.source,
        "url": post.url,
        "title": post.title,
        "date": post.date,
        "summary": holding.manifest.summary,
        "not_held": [
            {"url": entry.url, "code": entry.failure.code}
            for entry in holding.manifest.entries
            if entry.state == "failed" and entry.failure is not None
        ],
    }


def _info(payload: _Payload, terms: Terms) -> dict[str, str]:
    """Return the tags of ``bag-info.txt``; those after the oxum are ours."""
    counts = payload.counts
    return {
        "Bag-Software-Agent": AGENT,
        "Bagging-Date": payload.date[:10] or "1980-01-01",
        "External-Description": f"Images of articles: {terms.selection}",
        _OXUM: f"{payload.size}.{payload.files}",
        **{name.capitalize(): str(counts[name]) for name in ("posts", *_COUNTED, *STATES)},
    }


def _tags(tags: Mapping[str, str]) -> bytes:
    lines = (f"{label}: {' '.join(value.split())}\n" for label, value in tags.items())
    return "".join(lines).encode()


def _list_tags(folder: Path) -> None:
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    lines = [f"{digest_of_file(folder / name).removeprefix('sha256:')}  {name}\n" for name in names]
    (folder / _TAG_SUMS).write_text("".join(lines), encoding="utf-8")


def is_bag(folder: Path) -> bool:
    """Return whether *folder* says that it is a bag."""
    return (folder / "bagit.txt").is_file()


def check_bag(folder: Path) -> Iterator[Gap]:
    """Yield what of a bag is missing, altered or too much, by the library of the format.

    Raises UsageError where it is no bag that could be read.
    """
    if unfit := list(_unfit(folder)):
        yield from unfit  # the library would wait for a FIFO, and follow links
        return
    try:
        bag = bagit.Bag(str(folder))
        counted = bag.info.pop(_OXUM, None)  # it would end the check where it says nothing yet
        findings = list(_invalid(bag, fast=False))
        if not findings and counted is not None:
            bag.info[_OXUM] = counted
            findings = list(_invalid(bag, fast=True))
    except (bagit.BagError, OSError, ValueError) as error:
        raise UsageError(f"{folder} is no bag that can be read: {error}") from error
    yield from findings


def _unfit(folder: Path) -> Iterator[Gap]:
    """Yield what is neither a folder nor a regular file, or too large to be read whole."""
    for where, folders, names in os.walk(folder):
        links = [name for name in folders if Path(where, name).is_symlink()]
        for name in [*links, *names]:
            path = Path(where, name)
            try:
                size = regular_status(path).st_size
            except OSError as error:
                detail = error.strerror or str(error)
            else:
                if path.parent != folder or size <= limits.TAGS:
                    continue
                detail = f"is larger than {limits.TAGS} bytes"
            yield Gap(kind="altered", path=path.relative_to(folder).as_posix(), detail=detail)


def _invalid(bag: Any, *, fast: bool) -> Iterator[Gap]:  # noqa: ANN401 - the library has no types
    try:
        bag.validate(fast=fast)
    except bagit.BagValidationError as error:
        for each in error.details or ():
            kind: GapKind = "missing" if isinstance(each, bagit.FileMissing) else "altered"
            yield Gap(kind=kind, path=each.path, detail=str(each))
        if not error.details:
            yield Gap(kind="altered", path="bag-info.txt", detail=str(error))

"""The tools, each with the command of a careful person, and where it puts what it keeps."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from rivals.cases import ARTICLE, key_of

_SPIDER = Path(__file__).with_name("spider.py")
_PYTHON = sys.executable

Kept = dict[str, list[Path]]
"""By the key of a case, the files that a tool presents as its image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One of those that are compared."""

    name: str
    version: str | None
    """None where it is not installed."""
    command: Callable[[Path], list[str]]
    """What to run for a folder; the page is the same for all."""
    kept: Callable[[Path], Kept]


def tools(*, gallery_dl: str, wget: str) -> tuple[Tool, ...]:
    """Return the tools, with programs where the given paths say."""
    return (
        Tool(
            name="image-archiver", version=version("image-archiver"), command=_ours, kept=_archived
        ),
        Tool(name="Scrapy ImagesPipeline", version=version("scrapy"), command=_stock, kept=_listed),
        Tool(
            name="gallery-dl",
            version=_version(gallery_dl),
            command=lambda folder: _gallery(gallery_dl, folder),
            kept=_found,
        ),
        Tool(
            name="wget",
            version=_version(wget),
            command=lambda folder: _wget(wget, folder),
            kept=_found,
        ),
    )


def _ours(folder: Path) -> list[str]:
    return [_PYTHON, "-m", "crawler", "archive", ARTICLE, "--archive", str(folder), "--quiet"]


def _stock(folder: Path) -> list[str]:
    return [_PYTHON, str(_SPIDER), ARTICLE, str(folder)]


def _gallery(program: str, folder: Path) -> list[str]:
    # By default it gives up at a 429; when told to try again, it waits a minute.
    return [
        *(program, "--config-ignore", "--quiet", "--destination", str(folder / "files")),
        *("--download-archive", str(folder / "seen.sqlite"), "--retries", "2"),
        *("--option", "retry-codes=[429]"),
        *("--http-timeout", "10", "--sleep-429", "1", f"generic:{ARTICLE}"),
    ]


def _wget(program: str, folder: Path) -> list[str]:
    return [
        *(program, "--no-config", "--quiet", "--directory-prefix", str(folder)),
        *("--page-requisites", "--span-hosts", "--adjust-extension", "--no-clobber"),
        *("--tries=3", "--waitretry=1", "--timeout=10", "--retry-on-host-error"),
        *("--retry-connrefused", "--retry-on-http-error=429,500,502,503,504"),
        *("--compression=auto", ARTICLE),
    ]


def _archived(folder: Path) -> Kept:
    return _grouped(
        (entry["url"], path.parent / entry["original"]["path"])
        for path in folder.glob("posts/**/manifest.json")
        for entry in json.loads(path.read_bytes())["entries"]
        if entry["state"] == "archived"
    )


def _listed(folder: Path) -> Kept:
    return _grouped(
        (image["url"], folder / "images" / image["path"])
        for path in folder.glob("items.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
        for image in json.loads(line)["images"]
    )


def _found(folder: Path) -> Kept:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return _grouped((path.name, path) for path in paths if not _modest(path))


def _modest(path: Path) -> bool:
    # The name says itself that this is a page, or a part. wget also calls a picture .html that was
    # declared to be a page: that one counts.
    page = path.suffix == ".html" and path.read_bytes().startswith(b"<!DOCTYPE")
    return page or path.suffix == ".part"


def _grouped(pairs: Iterator[tuple[str, Path]]) -> Kept:
    kept: Kept = defaultdict(list)
    for name, path in pairs:
        kept[key_of(name)].append(path)
    return kept


def _version(program: str) -> str | None:
    if shutil.which(program) is None:
        return None
    run = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    words = run.stdout.split()
    return next(word for word in words if word[0].isdigit())

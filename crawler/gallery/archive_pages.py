"""The pages of an archive: its posts, its images, what is missing, what looks alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from crawler.common import archive_layout, json_codec
from crawler.common.advice import retry_command
from crawler.common.lack import Lack
from crawler.common.problems import PROBLEMS_BY_NAME
from crawler.errors import BY_CODE
from crawler.gallery.data_scripts import DATA, names_of
from crawler.gallery.jinja import asset, render
from crawler.gallery.ledger import Ledger
from crawler.gallery.page_files import write_if_changed

_DEFAULT_NAME: Final = Path("archive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why images are not archived, and what helps."""

    code: str
    number: int
    noun: str
    """Of what there are so many."""
    advice: str
    command: str | None


def write_gallery(root: Path, ledger: Ledger, lack: Lack, *, alike: list[str], groups: int) -> int:
    """Write the pages of the archive; return how many files were.

    *lack* is what is not known of its sources, *alike* the shards of its *groups* of pictures that
    look alike. Raises StorageError or PathError.
    """
    months = ledger.months()
    shards = {
        "posts": [name for month in months for name in names_of("posts", month)],
        "images": [name for month in months for name in names_of("images", month)],
        "missing": [name for month in months for name in names_of("missing", month)],
        "alike": alike,
    }
    totals = ledger.totals()
    images = totals.failed + totals.suspect
    lack = replace(lack, images=images, incomplete_posts=totals.incomplete)
    values: dict[str, Any] = {
        "totals": totals,
        "unknown": () if lack.is_none else tuple(lack.words()),
        "groups": groups,
        "sources": ledger.sources(),
        "reasons": [_reason(root, code, number) for code, number in ledger.codes()],
    }
    pages = {
        archive_layout.PAGE: ("posts.html", "posts"),
        f"{archive_layout.GALLERY}/images.html": ("images.html", "images"),
        f"{archive_layout.GALLERY}/missing.html": ("missing.html", "missing"),
        f"{archive_layout.GALLERY}/alike.html": ("alike.html", "alike"),
    }
    written = 0
    for path, (template, kind) in pages.items():
        up = "../" * path.count("/")
        plan = _plan(kind, up, shards[kind], is_whole=lack.is_none)
        page = render(template, kind=kind, up=up, plan=plan, **values)
        written += write_if_changed(root / path, page, beneath=root)
    for path, names in _ASSETS.items():
        content = asset(*names).encode()
        written += write_if_changed(root / archive_layout.GALLERY / path, content, beneath=root)
    return written


_ASSETS: Final = {
    "style.css": ("page.css", "gallery.css"),
    "script.js": ("lightbox.js", "gallery.js"),
}


def _plan(kind: str, up: str, names: list[str], *, is_whole: bool) -> Markup:
    """Return what the script of a page must know, as JSON that may stand in HTML."""
    plan = {
        "kind": kind,
        "up": up,
        "data": f"{up}{DATA}/",
        "shards": names,
        "whole": is_whole,
    }
    return Markup(json_codec.to_json(plan).replace("<", "\\u003c"))  # noqa: S704 - no tag is in it


def _reason(root: Path, code: str, number: int) -> Reason:
    if code in PROBLEMS_BY_NAME:
        advice = PROBLEMS_BY_NAME[code].advice
        return Reason(code=code, number=number, noun="problem", advice=advice, command=None)
    archive = Path(root.name) if root.name else _DEFAULT_NAME
    return Reason(
        code=code,
        number=number,
        noun="image",
        advice=BY_CODE[code].advice,
        command=retry_command(code, archive),
    )

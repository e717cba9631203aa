"""The pages of an archive: its posts, its images, what is missing, what looks alike."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from crawler.common import archive_layout, json_codec
from crawler.common.advice import retry_command
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
    advice: str
    command: str | None


def write_gallery(root: Path, ledger: Ledger, *, alike: list[str], groups: int) -> int:
    """Write the pages of the archive; return how many files were.

    *alike* are the shards of its *groups* of pictures that look alike. Raises StorageError or
    PathError.
    """
    months = ledger.months()
    shards = {
        "posts": [name for month in months for name in names_of("posts", month)],
        "images": [name for month in months for name in names_of("images", month)],
        "missing": [name for month in months for name in names_of("missing", month)],
        "alike": alike,
    }
    values: dict[str, Any] = {
        "totals": ledger.totals(),
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
        plan = _plan(kind, up, shards[kind])
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


def _plan(kind: str, up: str, names: list[str]) -> Markup:
    """Return what the script of a page must know, as JSON that may stand in HTML."""
    plan = {"kind": kind, "up": up, "data": f"{up}{DATA}/", "shards": names}
    return Markup(json_codec.to_json(plan).replace("<", "\\u003c"))  # noqa: S704 - no tag is in it


def _reason(root: Path, code: str, number: int) -> Reason:
    archive = Path(root.name) if root.name else _DEFAULT_NAME
    return Reason(
        code=code,
        number=number,
        advice=BY_CODE[code].advice,
        command=retry_command(code, archive),
    )

"""The pictures of one post: which file of the bundle shows each, and what stands in its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

from crawler.common.urls import resolve
from crawler.gallery.links import opened_file, shown_file, web_link
from crawler.gallery.sanitiser import ID_PREFIX
from crawler.models import Derivative, Entry, Manifest, Original
from crawler.references.extraction import destination_of
from crawler.references.html_rewriting import Place

SHOWN_BY_BROWSERS: Final = frozenset(
    {"image/apng", "image/avif", "image/bmp", "image/gif", "image/jpeg", "image/png",
     "image/svg+xml", "image/vnd.microsoft.icon", "image/webp", "image/x-icon"}
)  # fmt: skip
_PHOTO: Final = 300
"""Pixels of width from which on a picture stands alone on its line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An entry of the manifest with the files that show it."""

    number: int
    entry: Entry
    full: str | None
    """What shows it in full: a path of the bundle, as a URL; None where nothing does."""
    opened: str | None
    """The same, where a link may lead to it."""
    small: str | None
    """What shows it on a tile."""
    width: int | None
    height: int | None
    """Of what `full` shows."""

    @property
    def href(self) -> str:
        """Where a link to it leads: to the file, or where none may lead there to its facts."""
        return self.opened or f"#picture-{self.number}"

    @property
    def alt(self) -> str:
        """What the post says that it shows."""
        return next((r.alt for r in self.entry.references if r.alt), "")


def pictures_of(manifest: Manifest, prefix: str = "") -> tuple[Picture, ...]:
    """Return the pictures of *manifest*; *prefix* leads from their page to the bundle."""
    return tuple(_picture(n, e, prefix) for n, e in enumerate(manifest.entries, start=1))


def _picture(number: int, entry: Entry, prefix: str) -> Picture:
    full = _full(entry)
    small = _small(entry) or full
    return Picture(
        number=number,
        entry=entry,
        full=shown_file(full.path, full.media_type, prefix) if full else None,
        opened=opened_file(full.path, full.media_type, prefix) if full else None,
        small=shown_file(small.path, small.media_type, prefix) if small else None,
        width=full.width if full else None,
        height=full.height if full else None,
    )


def _full(entry: Entry) -> Original | Derivative | None:
    """Return the original; of one that browsers do not show, the largest copy."""
    original = entry.original
    if original is None or original.media_type in SHOWN_BY_BROWSERS:
        return original
    return max(entry.derivatives, key=lambda made: made.width * made.height, default=None)


def _small(entry: Entry) -> Derivative | None:
    thumbnails = [made for made in entry.derivatives if made.profile.startswith("thumbnail-")]
    return min(thumbnails, key=lambda made: made.width * made.height, default=None)


class Depicted:
    """Puts the pictures of one post into its text, and remembers which it has put there."""

    def __init__(self, pictures: tuple[Picture, ...], base: str | None) -> None:
        self._base = base
        self._by_destination: dict[str, Picture] = {}
        self._by_url: dict[str, Picture] = {}
        self.shown: set[int] = set()
        """The numbers of the pictures that have a place in the text."""
        for picture in pictures:
            self._by_url[picture.entry.url] = picture
            for reference in picture.entry.references:
                self._by_destination.setdefault(reference.destination, picture)
        self.files = frozenset(p.full for p in pictures if p.full)
        self.numbers = frozenset(str(p.number) for p in pictures if p.full)
        self._opened = frozenset(p.opened for p in pictures if p.opened)

    def show(self, place: Place) -> str:
        """Return the HTML of what stands at *place*: the picture, or the gap that it left."""
        named = [d for d in place.destinations if d.strip()[:1] not in {"", "#"}]
        found = [picture for d in named if (picture := self._find(d))]
        kept = [picture for picture in found if picture.full]
        if place.spare and any(picture.number in self.shown for picture in found):
            return ""
        if kept:
            best = max(kept, key=_pixels)
            self.shown.add(best.number)
            return "".join(_shown(best, place))
        if not found:
            return _gap(place.alt or "", "not in the manifest", "") if named else ""
        self.shown.update(picture.number for picture in found)
        first = min(found, key=lambda picture: picture.entry.state != "failed")
        return _gap_of(first, place)

    def link(self, href: str) -> str | None:
        """Return where a link of the article leads: into the page, to a picture, or away."""
        if href.startswith("#"):
            # Places of the page are linked by what `show` wrote, and by the article's own names.
            return href if href.startswith("#picture-") else f"#{ID_PREFIX}{href[1:]}"
        if href in self._opened:
            return href
        picture = self._find(destination_of(href))
        if picture is not None and picture.full:
            self.shown.add(picture.number)
            return picture.href
        away = web_link(resolve(href, self._base))
        fragment = href.partition("#")[2]
        return f"{away}#{fragment}" if away and fragment else away

    def _find(self, destination: str) -> Picture | None:
        found = self._by_destination.get(destination)
        if found is None and (url := resolve(destination, self._base)):
            found = self._by_url.get(url)
        return found


def _pixels(picture: Picture) -> int:
    original = picture.entry.original
    return (original.width or 0) * (original.height or 0) if original else 0


def _shown(picture: Picture, place: Place) -> Iterator[str]:
    alt = place.alt if place.alt is not None else picture.alt
    image = _image(picture, alt, place.width)
    if place.linked:
        # A link has its name from the picture.
        yield image if alt.strip() else _image(picture, f"Picture {picture.number}", place.width)
    else:
        label = "" if alt.strip() else f' aria-label="Picture {picture.number}"'
        yield (
            f'<a class="zoom" href="{escape(picture.href)}"'
            f' data-picture="{picture.number}"{label}>{image}</a>'
        )
    if picture.entry.state == "suspect":
        yield '<span class="note">suspect: it may be a stand-in for the true picture</span>'


def _image(picture: Picture, alt: str, asked: int | None) -> str:
    width, height = picture.width, picture.height
    if asked and width and height and asked < width:
        width, height = asked, max(1, round(height * asked / width))
    size = f' width="{width}" height="{height}"' if width and height else ""
    photo = ' class="photo"' if width is None or width >= _PHOTO else ""
    return (
        f'<img src="{escape(picture.full or "")}" alt="{escape(alt)}"{size}{photo}'
        ' loading="lazy" decoding="async">'
    )


def _gap_of(picture: Picture, place: Place) -> str:
    entry = picture.entry
    if entry.original is not None:
        why = f"the archive has it as {entry.original.media_type}, which no page shows"
    elif entry.failure is None or entry.failure.code == "tracking-pixel":
        return ""
    else:
        why = f"{entry.failure.code}: {entry.failure.detail}"
    return _gap(place.alt or picture.alt, why, f"#picture-{picture.number}")


def _gap(alt: str, why: str, href: str) -> str:
    more = f' <a href="{escape(href)}">what is known of it</a>' if href else ""
    words = f" {escape(alt)}" if alt else ""
    return (
        f'<span class="gap"><span class="gap-title">Picture not archived</span>{words}'
        f'<span class="gap-why">{escape(why)}{"" if href == "" else "."}</span>{more}</span>'
    )

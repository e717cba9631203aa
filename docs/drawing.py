"""Draw how a post travels, as an SVG that looks the same on light and on dark pages."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 1120, 470
_TOP = 92
_BOX, _TALL, _GAP = 132, 78, 22
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A box of the flow."""

    name: str
    words: tuple[str, ...]
    room: str
    """The folder that it is."""
    colour: str


_ROWS = (
    ("source", "a folder, a page,", "a feed, a list", "sources", "#6b7280"),
    ("posts", "articles with", "their metadata", "sources", "#2563eb"),
    ("references", "places that", "name an image", "references", "#2563eb"),
    ("downloads", "one capture", "for each URL", "downloads", "#b45309"),
    ("originals", "the bytes,", "as they came", "store", "#047857"),
    ("derivatives", "a copy,", "thumbnails", "imaging", "#047857"),
    ("manifest", "the outcome of", "every reference", "store/manifest", "#7c3aed"),
)
FLOW = tuple(
    Stage(name=name, words=(first, second), room=room, colour=colour)
    for name, first, second, room, colour in _ROWS
)
LEFT_OUT = (
    (1, "no base, no URL:", "failed"),
    (2, "excluded, smaller,", "tracking pixel: skipped"),
    (3, "refused, gone, slow,", "robots.txt: failed"),
    (4, "looks like a placeholder:", "suspect"),
    (5, "a page, half a file,", "a bomb: failed"),
)
READERS = (
    ("gallery", "offline pages"),
    ("export", "bag, WARC, zip, CSV …"),
    ("verify, localize, queries", "checks, links, status …"),
)


def flow() -> str:
    """Return the drawing."""
    parts = [
        (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        f' font-family="{_FONT}" role="img"'
        ' aria-label="Data moves one way: source, posts, references, downloads, originals,'
        ' derivatives, manifest; whatever does not come through ends in the manifest, too.">'),
        ("<defs><marker id='a' viewBox='0 0 8 8' refX='7' refY='4' markerWidth='7'"
        " markerHeight='7' orient='auto'><path d='M0 0L8 4L0 8z' fill='#6b7280'/></marker></defs>"),
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" rx="12" fill="#ffffff"/>',
        _text(32, 44, "How a post travels", size=21, weight=600),
        _text(32, 68, "Data moves one way; every reference ends in exactly one state.", size=14,
              fill="#4b5563"),
        *(_stage(number, stage) for number, stage in enumerate(FLOW)),
        *(_arrow(_x(n) + _BOX, _TOP + 45, _x(n + 1) - 2, _TOP + 45) for n in range(len(FLOW) - 1)),
        *_falls(),
        *_below(),
        "</svg>",
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


def _x(number: int) -> int:
    return 32 + number * (_BOX + _GAP)


def _stage(number: int, stage: Stage) -> str:
    x, y = _x(number), _TOP + 6
    return "\n".join((
        f'<rect x="{x}" y="{y}" width="{_BOX}" height="{_TALL}" rx="9" fill="{stage.colour}"/>',
        _text(x + _BOX / 2, y + 26, stage.name, size=16, weight=600, fill="#fff", middle=True),
        *(
            _text(x + _BOX / 2, y + 46 + 17 * line, words, size=13, fill="#f3f4f6", middle=True)
            for line, words in enumerate(stage.words)
        ),
        _text(x + _BOX / 2, y + _TALL + 18, f"crawler/{stage.room}", size=11.5,
              fill="#6b7280", middle=True),
    ))  # fmt: skip


_LANE = 262


def _falls() -> list[str]:
    """Return what does not come through, and the lane in which it reaches the manifest."""
    end = _x(len(FLOW) - 1) + _BOX / 2
    parts = [
        (
            f'<path d="M{_x(1) + _BOX / 2} {_LANE + 46} H{end} V{_TOP + _TALL + 34}" fill="none"'
            ' stroke="#dc2626" stroke-width="2" marker-end="url(#a)"/>'
        ),
    ]
    for number, *words in LEFT_OUT:
        x = _x(number) + _BOX / 2
        parts += [
            (
                f'<path d="M{x} {_TOP + _TALL + 32} V{_LANE - 24}" stroke="#dc2626"'
                ' stroke-width="1.5" stroke-dasharray="4 4" fill="none"/>'
            ),
            (
                f'<path d="M{x} {_LANE + 22} V{_LANE + 46}" stroke="#dc2626" stroke-width="1.5"'
                ' stroke-dasharray="4 4" fill="none"/>'
            ),
            *(
                _text(x, _LANE - 6 + 17 * line, each, size=12.5, fill="#b91c1c", middle=True)
                for line, each in enumerate(words)
            ),
        ]
    return parts


def _below() -> list[str]:
    """Return the archive on disk, and who reads it."""
    y = 346
    width = 430
    parts = [
        (f'<rect x="32" y="{y}" width="{width}" height="96" rx="9" fill="#f3f4f6"'
        ' stroke="#d1d5db"/>'),
        _text(50, y + 28, "the archive on disk", size=15, weight=600),
        _text(50, y + 51, "posts/…/ : article, images, converted, thumbnails, manifest.json",
              size=12.5, fill="#374151"),
        _text(50, y + 72, "catalog.sqlite : the index, made again from the manifests",
              size=12.5, fill="#374151"),
    ]  # fmt: skip
    for number, (name, words) in enumerate(READERS):
        x = 32 + width + 44 + number * 200
        parts += [
            f'<rect x="{x}" y="{y + 10}" width="182" height="76" rx="9" fill="#0f766e"/>',
            _text(x + 91, y + 41, name, size=15, weight=600, fill="#fff", middle=True),
            _text(x + 91, y + 64, words, size=12.5, fill="#e5e7eb", middle=True),
        ]
    parts.append(_arrow(32 + width, y + 48, 32 + width + 42, y + 48))
    return parts


def _arrow(x1: float, y1: float, x2: float, y2: float) -> str:
    return (
        f'<path d="M{x1} {y1} L{x2} {y2}" stroke="#6b7280" stroke-width="2"'
        ' marker-end="url(#a)" fill="none"/>'
    )


def _text(  # noqa: PLR0913 - as SVG has it
    x: float,
    y: float,
    words: str,
    *,
    size: float,
    weight: int = 400,
    fill: str = "#111827",
    middle: bool = False,
) -> str:
    anchor = ' text-anchor="middle"' if middle else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" font-weight="{weight}" fill="{fill}"'
        f"{anchor}>{escape(words)}</text>"
    )

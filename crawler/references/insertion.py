"""What stands in the page in the place of a construct that is neither Markdown nor HTML."""

from __future__ import annotations

from html import escape
from typing import Final, NamedTuple

from crawler.fields import Origin

COMPUTED: Final = "the URL of an image is computed by the site's engine"
TOO_LONG: Final = "a tag is too long to be read"
_SHOWN: Final = 80
"""Characters of what is written, at most, that a problem repeats."""


def problem_of(kind: str, line: int | str, written: str) -> str:
    """Return the problem of a post whose construct on *line* cannot be read."""
    shown = " ".join(written[: 2 * _SHOWN].split())
    shown = shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"
    return f"{kind}, line {line}: {shown}"


class Markup(NamedTuple):
    """A tag of the page."""

    html: str
    origin: Origin | None
    """The construct that it stands for; None for a tag that speaks for itself."""
    line: int | None = None
    """The line of the article that holds the URL, where it is not that of the construct."""


class Insertion(NamedTuple):
    """The page's part of a construct."""

    end: int
    """Where the construct ends in its text."""
    markup: tuple[Markup, ...] = ()
    problem: str | None = None
    """Why an image that it may show is not known."""
    hides: bool = False
    """Whether it keeps what it holds from being shown."""


def image_tag(attributes: dict[str, str | None], name: str = "img") -> str:
    """Return a start tag; attributes without value are left out.

    >>> image_tag({"src": 'a"b.png', "alt": None})
    '<img src="a&quot;b.png">'
    """
    written = (
        f' {key}="{escape(value)}"' for key, value in attributes.items() if value is not None
    )
    return f"<{name}{''.join(written)}>"

"""What stands in the page in the place of a construct that is neither Markdown nor HTML."""

from __future__ import annotations

from html import escape
from typing import NamedTuple


class Markup(NamedTuple):
    """A tag of the page."""

    html: str
    origin: str | None
    """The construct that it stands for; None for a tag that speaks for itself."""
    line: int | None = None
    """The line of the article that holds the URL, where it is not that of the construct."""


class Insertion(NamedTuple):
    """The page's part of a construct."""

    end: int
    """Where the construct ends in its text."""
    markup: tuple[Markup, ...] = ()
    computed: bool = False
    """Whether it shows an image that only the site's engine knows."""
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

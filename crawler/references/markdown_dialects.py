"""Images that other dialects of Markdown write and CommonMark does not know.

A size after the destination (markdown-it-imsize, HackMD), a raw space in it (Obsidian, Typora), an
embed of a wiki, and a list of attributes behind an image (Kramdown, Pandoc, Python-Markdown). A
destination with spaces counts where it ends like an image: without that sign it is prose.
Source: https://help.obsidian.md/embeds, https://kramdown.gettalong.org/syntax.html#span-ials,
https://pandoc.org/MANUAL.html#extension-link_attributes
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from markdown_it.common.utils import unescapeAll

from crawler.references.image_urls import ends_like_image
from crawler.references.limits import TAG_LENGTH

_IN_PARENTHESES: Final = re.compile(r"\(([^\n()]*+(?:\([^\n()]*+\)[^\n()]*+)*+)\)")
_SIZE: Final = re.compile(r"(?<!\s)\s++=(?:\d++%?(?:x(?:\d++%?)?+)?+|x\d++%?)(?=\s|\Z)")
_TITLE: Final = re.compile(r"""(?<!\s)\s++(?:"[^"]*+"|'[^']*+'|\([^()]*+\))\s*+\Z""")
_NOT_IN_PATHS: Final = frozenset('<>"\t')

_WIKI_LINK: Final = r"\[\[([^\[\]|\n]++)((?:\|[^\[\]|\n]*+)*+)\]\]"
_EMBED: Final = re.compile(rf"!{_WIKI_LINK}(?!\()")
_PROPERTY: Final = re.compile(rf"!?{_WIKI_LINK}")
_DIMENSIONS: Final = re.compile(r"\d++(?:x\d++)?")

_PAIR: Final = re.compile(
    r"""\s*+(?:[.#][\w:-]++|([A-Za-z_][\w:-]*+)(?:=(?:"([^"\n]*+)"|'([^'\n]*+)'|([^\s"'}{]++)))?+)"""
)
_LIST_START: Final = re.compile(r"\{:?(?![%{#:/])")
_LIST_END: Final = re.compile(r"\s*+\}")


class Destination(NamedTuple):
    """A destination that CommonMark does not read."""

    url: str
    end: int


class Embed(NamedTuple):
    """An embedded image of a wiki."""

    url: str
    alt: str
    end: int


class AttributeList(NamedTuple):
    """The attributes behind an image."""

    attributes: dict[str, str | None]
    end: int


def destination_at(text: str, position: int) -> Destination | None:
    """Return the destination in the parentheses that open at *position*.

    >>> destination_at("(a.png =300x200)", 0), destination_at("(my photo.png 'title')", 0)
    (Destination(url='a.png', end=16), Destination(url='my photo.png', end=22))
    >>> destination_at("(a.png and more)", 0)
    """
    match = _IN_PARENTHESES.match(text, position)
    if match is None:
        return None
    without_size = _SIZE.sub("", f"({match[1]}").removeprefix("(")
    url = _TITLE.sub("", without_size).strip()
    sized = without_size != match[1] and " " not in url
    if not url or not _NOT_IN_PATHS.isdisjoint(url) or not (sized or ends_like_image(url)):
        return None
    return Destination(unescapeAll(url), match.end())


def embed_at(text: str, position: int) -> Embed | None:
    """Return the image that is embedded at *position*; None for a note, a PDF or a sound.

    >>> embed_at("![[folder/a b.png|a cat|300]]", 0)
    Embed(url='folder/a b.png', alt='a cat', end=29)
    """
    match = _EMBED.match(text, position)
    if match is None:
        return None
    url = match[1].rstrip("\\").strip()  # in a table, the bar is escaped
    if not ends_like_image(url):
        return None
    words = [word.rstrip("\\").strip() for word in match[2].split("|")[1:]]
    return Embed(url, " ".join(w for w in words if not _DIMENSIONS.fullmatch(w)), match.end())


def linked_image(value: str) -> str:
    """Return the image to which *value*, a property of a wiki's note, links.

    That is nothing where it links to a note, and *value* itself where it is no link.
    Source: https://help.obsidian.md/properties

    >>> linked_image("![[a b.png|300]]"), linked_image("[[note]]"), linked_image("c.png")
    ('a b.png', '', 'c.png')
    """
    match = _PROPERTY.fullmatch(value.strip()) if "[[" in value else None
    if match is None:
        return value
    url = match[1].strip()
    return url if ends_like_image(url) else ""


def attributes_at(text: str, position: int) -> AttributeList | None:
    """Return the list of attributes that begins at *position*.

    >>> attributes_at('{: .wide data-src="a.png" width=50% }', 0)
    AttributeList(attributes={'data-src': 'a.png', 'width': '50%'}, end=37)
    """
    match = _LIST_START.match(text, position)
    if match is None:
        return None
    attributes: dict[str, str | None] = {}
    at = match.end()
    while match := _PAIR.match(text, at):
        at = match.end()
        if at - position > TAG_LENGTH:
            return None
        name, *values = match.groups()
        if name is not None:
            attributes.setdefault(name.lower(), next((v for v in values if v is not None), None))
    end = _LIST_END.match(text, at)
    return end and AttributeList(attributes, end.end())

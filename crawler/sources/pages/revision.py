"""What of a page lasts from one answer to the next, as long as nobody changes the article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from crawler.common.html_tokenizer import Tokenizer

_UNSEEN: Final = ((re.compile("<script", re.IGNORECASE), "</script>"), (re.compile("<!--"), "-->"))
_RANDOM: Final = re.compile(
    r"""(?<!\s)\s++(?:id|for|nonce|value|aria-[\w-]++)=(?:"[^"]*+"|'[^']*+'|[^\s>"']++)""",
    re.IGNORECASE,
)
_IMAGES: Final = frozenset({"amp-img", "image", "img", "source"})
_OF_HEAD: Final = frozenset({"link", "meta"})


def lasting(markup: str) -> str:
    """Return *markup* without what differs from one answer to the next though nothing changed.

    >>> lasting('<p id="x1">a<script nonce=b>c</script> <img src=d.png></p>')
    '<p>a <img src=d.png></p>'
    """
    for start, end in _UNSEEN:
        markup = "".join(_outside(markup, start, end))
    return " ".join(_RANDOM.sub("", markup).split())


def image_tags(markup: str) -> str:
    """Return the tags in *markup* that say something of images, and nothing else of it.

    >>> image_tags('<title>a</title><meta property="og:image" content="b.png"><meta name=c>')
    '<meta property="og:image" content="b.png">'
    """
    return "\n".join(
        lasting(markup[tag.offset : tag.end])
        for tag in Tokenizer(markup)
        if tag.name in _IMAGES or (tag.name in _OF_HEAD and "image" in tag.written.lower())
    )


def _outside(markup: str, start: re.Pattern[str], end: str) -> Iterator[str]:
    lowered = markup.lower() if not markup.islower() else markup
    at = 0
    while match := start.search(markup, at):
        yield markup[at : match.start()]
        found = lowered.find(end, match.end())
        at = found + len(end) if found >= 0 else len(markup)
    yield markup[at:]

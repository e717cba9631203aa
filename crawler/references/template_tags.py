r"""The tags of engines: ``{% … %}`` of Hexo and Jekyll, ``{{< … >}}`` of Hugo, WordPress's ``[…]``.

A tag ends before another one begins, so that an open one costs nothing. The tags around a text
leave it as it is, except those that keep it from being shown, or show it as code: `template_at`
passes over these with all that they hold, as over the comments of MDX and Obsidian.
``{{</* … */>}}`` is no tag: Hugo shows it as text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from crawler.fields import Origin
from crawler.references.image_urls import ends_like_image
from crawler.references.insertion import COMPUTED, TOO_LONG, Insertion
from crawler.references.limits import TAG_LENGTH
from crawler.references.origins import HUGO_SHORTCODE, LIQUID_INCLUDE, TEMPLATE_TAG
from crawler.references.tag_arguments import parse_arguments
from crawler.references.tag_images import shown_by

_TAG: Final = re.compile(
    r"\{%[-+]?\s*+([A-Za-z]\w*+(?:-\w++)*+)((?:[^%{]++|%(?!\})|\{(?!%))*+)%\}"
    r"|\{\{[<%]\s*+([A-Za-z][\w./-]*+)((?:[^>%{]++|[>%](?!\}\})|\{(?!\{[<%]))*+)[>%]\}\}"
)
_INCLUDES: Final = frozenset({"include", "include_cached", "include_relative"})
_HIDING: Final = frozenset(
    {"code", "codeblock", "comment", "highlight", "math", "mermaid", "prism"}
)
"""Tags whose content is code, or nothing that is shown."""
_PERCENTS: Final = r"(?<![%{])%%(?![%}])"
_END: Final = re.compile(
    r"(?:\{%[-+]?\s*+end(\w++)\s*+-?%\}|\{\{[<%]\s*+/(\w++)\s*+[>%]\}\}"
    rf"|(\*/\}})|({_PERCENTS}))"
)
_COMMENT: Final = re.compile(rf"\{{/\*|{_PERCENTS}")
"""MDX's, and Obsidian's: https://help.obsidian.md/syntax#Comments"""
_COMMENT_ENDS: Final = {"{/*": "*/}", "%%": "%%"}


_SHORTCODE: Final = re.compile(r"\[([A-Za-z][\w-]*+)(\s[^\[\]<]*+)\]")
_NEAR: Final = 2_000
"""Characters before a shortcode that tell whether it stands in a tag."""


class Ends:
    """Where the tags that end others stand in one text; looked for once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._by_name: dict[str, list[int]] | None = None

    def after(self, name: str, position: int) -> int | None:
        """Return where the first end of *name* after *position* is over, or None."""
        if self._by_name is None:
            self._by_name = {}
            for match in _END.finditer(self._text):
                self._by_name.setdefault(match[match.lastindex or 0], []).append(match.end())
        ends = self._by_name.get(name, [])
        at = bisect_right(ends, position)
        return ends[at] if at < len(ends) else None


def template_at(text: str, position: int, ends: Ends) -> Insertion | None:
    """Return what stands for the tag that begins at *position*, or None where none does."""
    match = _TAG.match(text, position)
    hidden_until = _end_of_hidden(text, position, match, ends)
    if hidden_until is not None:
        return Insertion(hidden_until, hides=True)
    if match is None:
        return None
    tag, arguments, shortcode, parameters = match.groups()
    if match.end() - position > TAG_LENGTH:
        return Insertion(match.end(), problem=TOO_LONG)
    if tag is None:
        shown = shown_by(shortcode, parameters.rstrip().removesuffix("/"), HUGO_SHORTCODE)
    else:
        origin: Origin = LIQUID_INCLUDE if tag in _INCLUDES else TEMPLATE_TAG
        shown = shown_by(tag, arguments.rstrip().removesuffix("-"), origin)
    return Insertion(match.end(), shown.markup, COMPUTED if shown.computed else None)


def shortcode_at(text: str, position: int) -> Insertion | None:
    """Return what stands for the shortcode of WordPress that begins at *position*.

    Brackets are prose too: only one that names a file of an image counts, outside of tags.
    Source: https://codex.wordpress.org/Shortcode_API

    >>> shortcode_at("[av_image src='/a.jpg' size=large]", 0).markup[0].html
    '<img src="/a.jpg">'
    >>> shortcode_at("[vc_single_image image=12]", 0)
    """
    match = _SHORTCODE.match(text, position)
    if match is None or _in_tag(text, position):
        return None
    if match.end() - position > TAG_LENGTH:
        return Insertion(match.end(), problem=TOO_LONG)
    name, arguments = match.groups()
    if not any(ends_like_image(argument.value) for argument in parse_arguments(arguments)):
        return None
    return Insertion(match.end(), shown_by(name, arguments, TEMPLATE_TAG).markup)


def _in_tag(text: str, position: int) -> bool:
    start = max(0, position - _NEAR)
    return text.rfind("<", start, position) > text.rfind(">", start, position)


def end_of_template(text: str, position: int, ends: Ends) -> int | None:
    """Return where the tag that begins at *position* ends, with all that it hides."""
    match = _TAG.match(text, position)
    hidden_until = _end_of_hidden(text, position, match, ends)
    return hidden_until if hidden_until is not None or match is None else match.end()


def _end_of_hidden(text: str, position: int, match: re.Match[str] | None, ends: Ends) -> int | None:
    if match is not None:
        name = match[1] or match[3]
        return ends.after(name, match.end()) if name in _HIDING else None
    comment = _COMMENT.match(text, position)
    return ends.after(_COMMENT_ENDS[comment.group()], comment.end()) if comment else None

"""Find the article in a page: by the person's selector, or the first of a table that matches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, cast

from cssselect import HTMLTranslator, SelectorError
from lxml import etree
from lxml.etree import _Element as Element

from crawler.errors import UsageError
from crawler.posts.outline import Outline

SELECTORS: Final = (
    # What says of itself that it is the text:
    # https://schema.org/articleBody, https://microformats.org/wiki/h-entry
    "[itemprop~=articleBody]", ".h-entry .e-content", ".hentry .entry-content",
    # Publishing systems
    ".entry-content",            # WordPress
    ".gh-content",               # Ghost
    ".available-content",        # Substack
    ".post-body",                # Blogger, Hexo
    ".article-entry",            # Hexo
    ".theme-doc-markdown",       # Docusaurus
    ".field--name-body",         # Drupal
    ".mw-parser-output",         # MediaWiki
    ".markdown-body",            # GitHub and its kin
    "#js_content",               # WeChat
    ".Post-RichTextContainer",   # Zhihu
    "#cnblogs_post_body", "#content_views", "#article_content",
    ".se-main-container", ".tt_article_useless_p_margin",
    # What themes call it
    ".post-content", ".article-content", ".article-body", ".article__body", ".article__content",
    ".story-body", ".entry-body", ".post__content", ".post-text", ".articleBody", ".blog-content",
    ".content-article", ".article-text", ".story-content", "#article-body", "#artibody",
    "#post-content", "#article-content",
    # Structure
    "article", "main", "[role=main]", "#main-content", "#content", "#main", ".post", ".article",
    ".content",
)  # fmt: skip
"""The most telling first."""

_MOST_ARTICLES: Final = 1000
"""What matches more often in one page marks no article."""
_HOLDS_ANYTHING: Final = etree.XPath(
    "normalize-space(.) != '' or .//img or .//picture or .//amp-img or .//image"
)
_UNREAD: Final = frozenset({"script", "style", "noscript", "template"})
_UNSEEN: Final = ((re.compile("<script", re.IGNORECASE), "</script>"), (re.compile("<!--"), "-->"))
_RANDOM: Final = re.compile(
    r"""\s++(?:id|for|nonce|value|aria-[\w-]++)=(?:"[^"]*+"|'[^']*+'|[^\s>"']++)""", re.IGNORECASE
)


def check_selector(css: str) -> None:
    """Raise UsageError unless *css* is a selector."""
    try:
        _compiled(css)
    except (SelectorError, etree.XPathError) as error:
        raise UsageError(f"--select {css}: {error}") from error


def select(outline: Outline, css: str) -> list[Element]:
    """Return the elements that *css* selects, without those inside of others and of templates."""
    return _outermost(outline, _matching(outline, css))


def _matching(outline: Outline, css: str) -> list[Element]:
    return cast("list[Element]", _compiled(css)(outline.root))


def _outermost(outline: Outline, elements: list[Element]) -> list[Element]:
    kept: list[Element] = []
    end = 0
    for element in elements:
        start, after = outline.span(element)
        if start >= end:
            kept.append(element)
            end = after
    return kept


def find_articles(outline: Outline) -> list[Element]:
    """Return the elements that hold the article of a page.

    Several that match are the article together, unless one of them holds half of what they say.
    """
    for css in SELECTORS:
        if _needle(css).lower() not in outline.written:
            continue
        found = _matching(outline, css)
        if len(found) <= _MOST_ARTICLES:
            found = [e for e in _outermost(outline, found) if _HOLDS_ANYTHING(e)]
            if found:
                return _leading(found)
    body = outline.root.find("body")
    return [outline.root if body is None else body]


def lasting(markup: str) -> str:
    """Return *markup* without what differs from one answer to the next though nothing changed.

    >>> lasting('<p id="x1">a<script nonce=b>c</script> <img src=d.png></p>')
    '<p>a <img src=d.png></p>'
    """
    for start, end in _UNSEEN:
        markup = "".join(_outside(markup, start, end))
    return " ".join(_RANDOM.sub("", markup).split())


@lru_cache(maxsize=128)
def _compiled(css: str) -> etree.XPath:
    return etree.XPath(f"({HTMLTranslator().css_to_xpath(css)})[not(ancestor::template)]")


def _needle(css: str) -> str:
    """Return what stands in the source of every page that *css* matches.

    >>> _needle(".h-entry .e-content"), _needle("[itemprop~=articleBody]"), _needle("#main")
    ('e-content', 'articleBody', 'main')
    """
    return css.rsplit(maxsplit=1)[-1].rpartition("=")[2].strip(".#[]")


def _leading(found: list[Element]) -> list[Element]:
    if len(found) == 1:
        return found
    lengths = [_length(element) for element in found]
    longest = max(lengths)
    return [found[lengths.index(longest)]] if 2 * longest >= sum(lengths) else found


def _length(element: Element) -> int:
    length = 0
    for node in element.iter(etree.Element):
        if node.tag not in _UNREAD:
            length += len((node.text or "").strip())
        length += len((node.tail or "").strip()) if node is not element else 0
    return length


def _outside(markup: str, start: re.Pattern[str], end: str) -> Iterator[str]:
    lowered = markup.lower() if not markup.islower() else markup
    at = 0
    while match := start.search(markup, at):
        yield markup[at : match.start()]
        found = lowered.find(end, match.end())
        at = found + len(end) if found >= 0 else len(markup)
    yield markup[at:]

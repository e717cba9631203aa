"""Find the article in a page by the first of a table that matches a fair share of what it says."""

from __future__ import annotations

from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

from crawler.sources.pages.article_region import Beside, Region, region_of, widened
from crawler.sources.pages.css_selectors import select_known
from crawler.sources.pages.element_tree import Outline

_TEXTS: Final = (
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
)  # fmt: skip
_STRUCTURES: Final = (
    "article", "main", "[role=main]", "#main-content", "#content", "#main", ".post", ".article",
    ".content",
)  # fmt: skip
SELECTORS: Final = (*_TEXTS, *_STRUCTURES)
"""The most telling first."""

_MOST_ARTICLES: Final = 1000
"""What matches more often in one page marks no article."""
_FAIR_SHARES: Final = {True: 3, False: 2}
"""One element is the article where it holds a third of what the page says, several with a half."""
_HOLDS_ANYTHING: Final = etree.XPath(
    "normalize-space(.) != '' or .//img or .//picture or .//amp-img or .//image"
)


def find_articles(outline: Outline) -> list[Region]:
    """Return the parts of a page that are its article; where no element is, all of its body.

    Several that match are the article together, unless one of them holds half of what they say.
    """
    beside = Beside(outline)
    for css in SELECTORS:
        found = select_known(outline, css)
        if len(found) > _MOST_ARTICLES:
            continue
        found = [e for e in found if _HOLDS_ANYTHING(e) and not beside.holds(e)]
        regions = widened(outline, beside, found) if css in _TEXTS else _plain(outline, found)
        if regions and _is_fair(outline, beside, regions):
            return _leading(outline, regions)
    return [region_of(outline, _body(outline))]


def _plain(outline: Outline, found: list[Element]) -> list[Region]:
    return [region_of(outline, element) for element in found]


def _body(outline: Outline) -> Element:
    body = outline.root.find("body")
    return outline.root if body is None else body


def _is_fair(outline: Outline, beside: Beside, regions: list[Region]) -> bool:
    spans = [outline.span(main) for main in select_known(outline, "main")]
    first, last = regions[0].spans[0][0], regions[-1].spans[-1][0]
    # A page has one main element: https://html.spec.whatwg.org/#the-main-element
    around = [span for span in spans if span[0] <= first and last < span[1]]
    whole = beside.weight_without(around[0] if around else outline.span(_body(outline)))
    return _FAIR_SHARES[len(regions) == 1] * sum(_weight(outline, r) for r in regions) >= whole


def _leading(outline: Outline, regions: list[Region]) -> list[Region]:
    weights = [_weight(outline, region) for region in regions]
    most = max(weights)
    return [regions[weights.index(most)]] if 2 * most >= sum(weights) else regions


def _weight(outline: Outline, region: Region) -> int:
    return sum(map(outline.weight, region.spans))

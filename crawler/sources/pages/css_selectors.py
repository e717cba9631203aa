"""Find elements of a page by CSS selectors."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

from cssselect import HTMLTranslator, SelectorError
from lxml import etree
from lxml.etree import _Element as Element

from crawler.errors import UsageError
from crawler.sources.pages.element_tree import Outline


def check_selector(css: str) -> None:
    """Raise UsageError unless *css* is a selector."""
    try:
        _compiled(css)
    except (SelectorError, etree.XPathError) as error:
        raise UsageError(f"--select {css}: {error}") from error


def select(outline: Outline, css: str) -> list[Element]:
    """Return the elements that *css* selects, without those inside of others and of templates."""
    return outermost(outline, cast("list[Element]", _compiled(css)(outline.root)))


def select_known(outline: Outline, css: str) -> list[Element]:
    """Return what `select` does, at once where the page has not what *css*, a simple one, names."""
    return select(outline, css) if _needle(css).lower() in outline.written else []


def outermost(outline: Outline, elements: list[Element]) -> list[Element]:
    """Return those of *elements*, which stand in the page's order, that are in no other."""
    kept: list[Element] = []
    end = 0
    for element in elements:
        start, after = outline.span(element)
        if start >= end:
            kept.append(element)
            end = after
    return kept


@lru_cache(maxsize=128)
def _compiled(css: str) -> etree.XPath:
    return etree.XPath(f"({HTMLTranslator().css_to_xpath(css)})[not(ancestor::template)]")


def _needle(css: str) -> str:
    """Return what stands in the source of every page that *css* matches.

    >>> _needle(".h-entry .e-content"), _needle("[itemprop~=articleBody]"), _needle("#main")
    ('e-content', 'articleBody', 'main')
    """
    return css.rsplit(maxsplit=1)[-1].rpartition("=")[2].strip(".#[]")

"""The children of a record by their names, with the prefixes that everybody gives them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Literal

from lxml import etree
from lxml.etree import _Element as Element

from crawler.common import urls

_PREFIXES: Final = {
    "": "",
    "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://channel.netscape.com/rdf/simple/0.9/": "",
    "http://backend.userland.com/rss2": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://purl.org/net/rss1.1#": "",
    "http://www.w3.org/2005/Atom": "atom:",
    "http://purl.org/atom/ns#": "atom:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://search.yahoo.com/mrss/": "media:",
    "http://search.yahoo.com/mrss": "media:",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner:",
    "http://www.w3.org/1999/xhtml": "xhtml:",
}
_WORDPRESS: Final = "http://wordpress.org/export/"
# https://html.spec.whatwg.org/#void-elements
_VOID: Final = ("br", "hr", "img", "input", "link", "meta", "source", "wbr")
_BASE: Final = "{http://www.w3.org/XML/1998/namespace}base"


@lru_cache(maxsize=1024)
def name_of(tag: str) -> str:
    """Return the name of an element with the usual prefix of its namespace, in lower case.

    >>> name_of("{http://purl.org/rss/1.0/modules/content/}encoded"), name_of("pubDate")
    ('content:encoded', 'pubdate')
    """
    namespace, _, local = tag.removeprefix("{").rpartition("}")
    if namespace.startswith(_WORDPRESS):
        prefix = "excerpt:" if namespace.endswith("/excerpt/") else "wp:"
    else:
        prefix = _PREFIXES.get(namespace, "other:")
    return prefix + local.lower()


class Fields:
    """The children of *element*."""

    def __init__(self, element: Element) -> None:
        self.element = element
        self._named: dict[str, list[Element]] = {}
        for child in element:
            self._named.setdefault(name_of(str(child.tag)), []).append(child)

    def all(self, *names: str) -> Iterator[Element]:
        """Yield the children that have one of *names*, those of the first name first."""
        for name in names:
            yield from self._named.get(name, ())

    def first(self, *names: str) -> Element | None:
        """Return the first child that holds anything."""
        return next((child for child in self.all(*names) if len(child) or text_in(child)), None)

    def text(self, *names: str) -> str | None:
        """Return the text of the first child that has any."""
        child = self.first(*names)
        return text_in(child) if child is not None else None


def text_in(element: Element) -> str:
    """Return all the text in *element*, without the space around it."""
    text = (element.text or "") if len(element) == 0 else "".join(map(str, element.itertext()))
    return text.strip()


def markup_in(element: Element) -> str:
    """Return the content of *element* as HTML: as it is, or of its elements where it has some."""
    if len(element) == 0:
        return element.text or ""
    for inner in element.iter(etree.Element):
        namespace, _, local = str(inner.tag).rpartition("}")
        if namespace:
            inner.tag = local
    etree.cleanup_namespaces(element)
    # Written as HTML, what stands in a void element would be lost; a broken document has such.
    broken = any(len(void) or void.text for void in element.iter(*_VOID))
    method: Literal["xml", "html"] = "xml" if broken else "html"
    whole = etree.tostring(element, method=method, encoding="unicode", with_tail=False)
    return whole[whole.index(">") + 1 : whole.rindex("<")]


def base_of(element: Element, url: str | None) -> str | None:
    """Return what references in *element* of a document at *url* resolve against, by ``xml:base``.

    Source: https://www.w3.org/TR/xmlbase/#rfc2396
    """
    for ancestor in reversed([element, *element.iterancestors()]):
        written = ancestor.get(_BASE)
        if written is not None:
            url = urls.resolve(written, url) or url
    return url


def has_base(element: Element) -> bool:
    """Return whether ``xml:base`` says what references in *element* resolve against."""
    return any(node.get(_BASE) is not None for node in (element, *element.iterancestors()))

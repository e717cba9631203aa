"""Read RSS (0.9x, 1.0, 2.0) and Atom (0.3, 1.0) as items, one after another, in constant memory.

What counts as an article's content: ``content:encoded``, XHTML in an item, and Atom's ``content``,
whatever they hold; an RSS ``description`` only where it has the markup of blocks or images and does
not end as an excerpt does; Atom's ``summary`` never. The images of what is no more than an excerpt
stand beside the content.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import BinaryIO, Final

from lxml.etree import _Element as Element

from crawler.common.html_tokenizer import Tag, Tokenizer
from crawler.sources import post_metadata
from crawler.sources.document_type import UnreadableDocument
from crawler.sources.feeds.item import Item, image_url, is_image, page_url, plain, text_of
from crawler.sources.feeds.xml_fields import Fields, base_of, has_base, markup_in, name_of, text_in
from crawler.sources.feeds.xml_stream import Record, Stream

_DATES: Final = (
    "pubdate", "dc:date", "atom:published", "atom:issued", "dcterms:created", "atom:created",
    "dcterms:issued", "atom:updated", "atom:modified", "dcterms:modified",
)  # fmt: skip
_TITLES: Final = ("title", "atom:title", "dc:title", "media:title", "itunes:title")
_CONTENTS: Final = ("content:encoded", "xhtml:body", "xhtml:div", "atom:content")
_NO_SIZES: Final = frozenset({"0", "1", "0px", "1px"})
_EXCERPTS: Final = ("description", "atom:summary")
_PERSONS: Final = ("dc:creator", "atom:author", "author", "itunes:author")

_IMAGES: Final = {
    "enclosure": "url",
    "media:content": "url",
    "media:thumbnail": "url",
    "itunes:image": "href",
}
"""The elements beside the content that may name an image, with the attribute that does."""
_NEED_NO_TYPE: Final = frozenset({"media:thumbnail", "itunes:image"})

_PORTRAIT: Final = re.compile(
    r"\s*+(?:https?:)?//(?:\w{1,20}\.)?gravatar\.com/avatar/", re.IGNORECASE
)
"""WordPress.com names the picture of the author so. https://docs.gravatar.com/api/avatars/images/"""

_BLOCK: Final = re.compile(
    r"<(?:article|blockquote|div|figure|h[1-6]|iframe|img|ol|p|picture|pre|section|table|ul|video)"
    r"[\s/>]",
    re.IGNORECASE,
)
_ELLIPSES: Final = ("…", "...")
_GOES_ON: Final = re.compile(
    r"(?:read more|read on|read the (?:rest|full)[^.]{0,60}|continue reading[^.]{0,200}"
    r"|(?:weiter|mehr) lesen|weiterlesen|lire la suite|leer más|seguir leyendo|阅读全文|继续阅读"
    r"|the post .{0,400} first (?:appeared )?on .{0,200})\Z",
    re.IGNORECASE | re.DOTALL,
)
"""How an excerpt ends; WordPress adds the last form to every description."""
_TAIL: Final = 2000
"""Characters of markup at the end of a description in which an excerpt says that it is one."""

_PERSON_RSS: Final = re.compile(r"\S+@\S+\s+\(([^)]+)\)\Z")
_INLINE: Final = re.compile(
    r"</?(?:a|abbr|b|br|cite|code|em|i|mark|small|span|strong|sub|sup|u|wbr)(?:\s[^<>]*+)?/?>",
    re.IGNORECASE,
)


def read_feed(file: BinaryIO, *, url: str | None, encoding: str | None = None) -> Iterator[Item]:
    """Yield the items of the feed in *file*, in its order.

    *url* is where the feed came from, *encoding* the charset of its media type. What is broken is a
    problem of the item where it stands; what is broken after the last, of the last. Raises
    UnreadableDocument where a broken feed holds no item at all.
    """
    feed = _Feed(url)
    stream = Stream(file, ("item", "entry"), encoding=encoding, on_other=feed.note)
    # An item that says nothing is none.
    records = (record for record in stream if len(record.element) or record.element.attrib)
    yield from closed(stream, map(feed.item, records))


def closed(stream: Stream, items: Iterator[Item]) -> Iterator[Item]:
    """Yield *items*, the last one with the problems that *stream* met after it."""
    last: Item | None = None
    problems: tuple[str, ...] = ()
    try:
        for item in items:
            if last is not None:
                yield last
            last = item
    except UnreadableDocument as error:
        problems = (str(error),)
    problems = (*stream.problems(), *problems)
    if last is not None:
        yield replace(last, problems=(*last.problems, *problems))
    elif problems:
        raise UnreadableDocument(f"no item could be read: {problems[0]}")


class _Feed:
    """What the feed says for all of its items."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._author: str | None = None

    def note(self, element: Element) -> None:
        """Take what *element*, which stands beside the items, says for all of them."""
        name = name_of(str(element.tag))
        if name == "atom:author":
            self._author = self._author or _person(element)
        elif name in {"link", "atom:link"} and self._url is None:
            self._url = _link_to_page(element, None)

    def item(self, record: Record) -> Item:
        """Return the item of *record*."""
        fields = Fields(record.element)
        url = _url(fields, self._url)
        content = _content(fields)
        source = content if content is not None else record.element
        base = base_of(source, self._url) if has_base(source) else url or self._url
        excerpts = _excerpt_images(fields, base) if content is None else ()
        return Item(
            url=url,
            guid=plain(fields.text("guid", "atom:id")),
            title=_title(fields),
            author=_author(fields) or self._author,
            date=next(filter(None, map(_date, fields.all(*_DATES))), None),
            # Serialising changes the elements' names: it comes last.
            images=tuple(dict.fromkeys((*_images(record.element, self._url), *excerpts))),
            content=_html(content) if content is not None else None,
            base=base,
            problems=record.problems,
        )


def _url(fields: Fields, feed: str | None) -> str | None:
    base = base_of(fields.element, feed)
    links = [
        *(text_in(element) for element in fields.all("feedburner:origlink")),
        *(_link_to_page(element, feed) for element in fields.all("link", "atom:link")),
    ]
    # These are names that may be URLs, and are never relative ones.
    names = [
        *(text_in(e) for e in fields.all("guid") if e.get("isPermaLink") != "false"),
        *(str(value) for name, value in fields.element.items() if str(name).endswith("}about")),
    ]
    urls = [*(page_url(link, base) for link in links), *(page_url(name, None) for name in names)]
    return next(filter(None, urls), None)


def _link_to_page(element: Element, feed: str | None) -> str | None:
    if element.get("href") is None:
        return text_in(element)
    if element.get("rel", "alternate") != "alternate":
        return None
    return page_url(element.get("href"), base_of(element, feed))


def _title(fields: Fields) -> str | None:
    element = fields.first(*_TITLES)
    if element is None:
        return None
    text = text_in(element)
    if name_of(str(element.tag)) != "atom:title":
        # Nothing says whether RSS titles are text or HTML: a tag that marks no text is meant.
        return plain(html.unescape(_INLINE.sub("", text)))
    return plain(text_of(text) if _type(element) == "html" else text)


def _author(fields: Fields) -> str | None:
    for name in _PERSONS:
        names = dict.fromkeys(filter(None, map(_person, fields.all(name))))
        if names:
            return ", ".join(names)
    return None


def _person(element: Element) -> str | None:
    name = Fields(element).text("atom:name", "name")
    if name is None and len(element):
        return None
    # https://www.rssboard.org/rss-specification#ltauthorgtSubelementOfLtitemgt
    text = name or text_in(element)
    address = _PERSON_RSS.match(text)
    return plain(address[1] if address else text)


def _date(element: Element) -> str | None:
    return post_metadata.published({"date": text_in(element)})


def _content(fields: Fields) -> Element | None:
    for element in fields.all(*_CONTENTS):
        if element.get("src") is None and (len(element) or text_in(element)):
            return element
    description = fields.first("description")
    return description if description is not None and _is_whole(description) else None


def _is_whole(description: Element) -> bool:
    text = text_in(description)
    if len(description) == 0 and not _BLOCK.search(text):
        return False
    tail = text[-_TAIL:]
    end = _end(tail)
    # Who shows images behind the ellipsis left nothing out: such are the posts of short messages.
    cut = end.endswith(_ELLIPSES) and not _ends_with_image(tail)
    return not (cut or _GOES_ON.search(end.rstrip(".")))


def _end(markup: str) -> str:
    return text_of(markup).rstrip("\n\t\r \xa0])»→>")


def _ends_with_image(markup: str) -> bool:
    shown = [tag for tag in _images_in(markup) if _shown(tag.attributes())]
    return bool(shown) and not _end(markup[shown[-1].end :])


def _shown(attributes: Mapping[str, str]) -> bool:
    # Who reads a feed is counted by pictures of one pixel.
    return _NO_SIZES.isdisjoint({attributes.get("width"), attributes.get("height")})


def _excerpt_images(fields: Fields, base: str | None) -> Iterator[str]:
    for element in fields.all(*_EXCERPTS):
        is_html = name_of(str(element.tag)) == "description" or _type(element) == "html"
        markup = text_in(element) if is_html else ""
        inside = ({str(k): str(v) for k, v in e.items()} for e in element.iter("{*}img"))
        for attributes in chain(inside, (tag.attributes() for tag in _images_in(markup))):
            if _shown(attributes) and (url := image_url(attributes.get("src"), base)):
                yield url


def _images_in(markup: str) -> Iterator[Tag]:
    return (tag for tag in Tokenizer(markup) if tag.name == "img" and not tag.closing)


def _html(element: Element) -> str:
    if name_of(str(element.tag)) != "atom:content" or len(element) or _type(element) == "html":
        return markup_in(element)
    return f"<p>{html.escape(text_in(element), quote=False)}</p>"


def _type(element: Element) -> str:
    """Return what the text of an Atom construct is: ``text`` or ``html``.

    Source: RFC 4287, 3.1.1 and 4.1.3.3; in Atom 0.3 the type is a media type.
    """
    declared = element.get("type", "text").strip().lower()
    return "html" if "html" in declared else "text"


def _images(record: Element, feed: str | None) -> Iterator[str]:
    for element in record.iter():
        name = name_of(str(element.tag))
        url = _image(element, name)
        if url and (found := image_url(url, base_of(element, feed))):
            yield found


def _image(element: Element, name: str) -> str | None:
    if name in _IMAGES:
        url = element.get(_IMAGES[name], "")
        if _PORTRAIT.match(url):
            return None
        named = name in _NEED_NO_TYPE or element.get("medium") == "image"
        return url if named or is_image(url, element.get("type")) else None
    if name == "atom:link" and element.get("rel") == "enclosure":
        url = element.get("href", "")
        return url if is_image(url, element.get("type")) else None
    if (
        name == "atom:content"
        and element.get("src")
        and element.get("type", "").startswith("image/")
    ):
        return element.get("src")
    if name == "image":
        return Fields(element).text("url") or (text_in(element) if len(element) == 0 else None)
    return None

"""Read a WordPress export (WXR) as items, in two passes and constant memory but for one table.

The table holds the attachments: galleries and thumbnails name images by number, and an attachment
may stand before or after the post that uses it. What readers see in place of a gallery's shortcode
is put behind it. Sources: https://developer.wordpress.org/reference/functions/gallery_shortcode/
and https://codex.wordpress.org/Gallery_Shortcode.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, NamedTuple

from lxml.etree import _Element as Element

from crawler.sources import post_metadata
from crawler.sources.feeds.item import NO_TEXT, Item, image_url, is_image, page_url, plain
from crawler.sources.feeds.rss_atom import closed
from crawler.sources.feeds.xml_fields import Fields, name_of, text_in
from crawler.sources.feeds.xml_stream import Record, Stream

_UNSEEN_TYPES: Final = frozenset(
    {
        "custom_css", "customize_changeset", "nav_menu_item", "oembed_cache", "revision",
        "user_request", "wp_global_styles", "wp_navigation", "wp_template", "wp_template_part",
    }
)  # fmt: skip
_UNSEEN_PREFIX: Final = "wp_font_"
_UNSEEN_STATES: Final = frozenset({"auto-draft", "trash"})

# A shortcode in double brackets is escaped: https://codex.wordpress.org/Shortcode_API#Escaping
_GALLERY: Final = re.compile(r"\[(\[?)gallery(?=[\s\]/])([^\[\]]*+)\](\]?)")
_PARAMETER: Final = re.compile(r"""([a-z]+)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'\]]++))""")
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
MAX_GALLERY_IMAGES: Final = 20_000
"""Attachments that the galleries of one post are searched for."""
_ALT: Final = "_wp_attachment_image_alt"
_THUMBNAIL: Final = "_thumbnail_id"


class _Attachment(NamedTuple):
    url: str
    alt: str
    order: int


def read_wxr(open_: Callable[[], BinaryIO]) -> Iterator[Item]:
    """Yield what readers see of the export that *open_* opens, once for each of two passes.

    Menus, styles, revisions and the like, drafts that were never saved and what lies in the bin are
    passed over. An attachment is an item of its own and names its image. One that a post names and
    the export lacks is a problem of that post. Raises UnreadableDocument as `read_feed` does.
    """
    export = _Export()
    with open_() as file:
        for record in Stream(file, ("item",)):
            export.note(record.element)
    export.sort()
    with open_() as file:
        stream = Stream(file, ("item",), on_other=export.note_site)
        items = (export.item(Fields(record.element), record) for record in stream)
        yield from closed(stream, (item for item in items if item is not None))


class _Export:
    """What the export says for all of its items: the attachments, and where the site stands."""

    def __init__(self) -> None:
        self._attachments: dict[int, _Attachment] = {}
        self._children: dict[int, list[int]] = {}
        self._site: str | None = None

    def note(self, element: Element) -> None:
        """Take *element* into the table if it is an attachment."""
        fields = Fields(element)
        url = fields.text("wp:attachment_url")
        number = _number(fields.text("wp:post_id"))
        if not url or number is None:
            return
        alt = plain(_meta(fields).get(_ALT)) or ""
        order = _number(fields.text("wp:menu_order")) or 0
        self._attachments[number] = _Attachment(url, alt, order)
        if parent := _number(fields.text("wp:post_parent")):
            self._children.setdefault(parent, []).append(number)

    def sort(self) -> None:
        """Bring the attachments of each post into the order in which a gallery shows them."""
        for children in self._children.values():
            children.sort(key=lambda number: (self._attachments[number].order, number))

    def note_site(self, element: Element) -> None:
        """Take the address of the site."""
        if name_of(str(element.tag)) in {"wp:base_blog_url", "link"}:
            self._site = page_url(text_in(element), None) or self._site

    def item(self, fields: Fields, record: Record) -> Item | None:
        """Return the item of *record*, or None where no reader sees it."""
        kind = fields.text("wp:post_type") or "post"
        unseen = kind in _UNSEEN_TYPES or kind.startswith(_UNSEEN_PREFIX)
        if unseen or fields.text("wp:status") in _UNSEEN_STATES:
            return None
        # The page of a draft is ?p=<number>, which names it as well as any other address.
        url = page_url(fields.text("link"), self._site) or page_url(fields.text("guid"), None)
        problems = list(record.problems)
        content = self._expanded(fields, problems)
        if content is None and kind != "attachment":
            problems.append(NO_TEXT)
        return Item(
            url=url,
            guid=plain(fields.text("guid")),
            title=plain(html.unescape(fields.text("title") or "")),
            author=plain(fields.text("dc:creator")),
            date=_date(fields),
            content=content,
            base=url or self._site,
            images=tuple(dict.fromkeys(self._images(fields, problems))),
            problems=tuple(dict.fromkeys(problems)),
        )

    def _images(self, fields: Fields, problems: list[str]) -> Iterator[str]:
        own = fields.text("wp:attachment_url")
        if own and _may_be_image(own):
            yield image_url(own, self._site) or own
        number = _number(_meta(fields).get(_THUMBNAIL))
        if not number:
            return
        if number in self._attachments:
            thumbnail = self._attachments[number].url
            yield image_url(thumbnail, self._site) or thumbnail
        else:
            problems.append(_missing("thumbnail", number))

    def _expanded(self, fields: Fields, problems: list[str]) -> str | None:
        content = fields.first("content:encoded")
        if content is None:
            return None
        post = _number(fields.text("wp:post_id")) or 0
        left = MAX_GALLERY_IMAGES

        def images(match: re.Match[str]) -> str:
            nonlocal left
            if left == 0 or (match[1] and match[3]):
                return match[0]
            parameters = _parameters(match[2])
            numbers = self._numbers(parameters, post)
            if len(numbers) >= left:
                problems.append(
                    f"only {MAX_GALLERY_IMAGES} images of the galleries were looked for"
                )
                numbers = numbers[:left]
            left -= len(numbers)
            return match[0] + "".join(map(_img, self._shown(numbers, problems)))

        return _GALLERY.sub(images, text_in(content))

    def _numbers(self, parameters: dict[str, str], post: int) -> list[int]:
        """Return the attachments that a gallery asks for, in its order."""
        named = parameters.get("ids") or parameters.get("include")
        if named:
            return [int(number) for number in _NUMBER.findall(named)]
        children = self._children.get(_number(parameters.get("id")) or post, ())
        excluded = {int(number) for number in _NUMBER.findall(parameters.get("exclude", ""))}
        return [number for number in children if number not in excluded]

    def _shown(self, numbers: list[int], problems: list[str]) -> Iterator[_Attachment]:
        for number in numbers:
            attachment = self._attachments.get(number)
            if attachment is None:
                problems.append(_missing("gallery", number))
            elif _may_be_image(attachment.url):
                yield attachment


def _parameters(written: str) -> dict[str, str]:
    found: dict[str, str] = {}
    # The editor of old wrote its quotes as character references.
    for name, double, single, bare in _PARAMETER.findall(html.unescape(written)):
        found.setdefault(name, double or single or bare)
    return found


def _img(attachment: _Attachment) -> str:
    return f'<img src="{html.escape(attachment.url)}" alt="{html.escape(attachment.alt)}">'


def _may_be_image(url: str) -> bool:
    name = url.rpartition("/")[2]
    return is_image(url) or "." not in name


def _missing(place: str, number: int) -> str:
    return f"the {place} names attachment {number}, which the export does not have"


def _meta(fields: Fields) -> dict[str, str]:
    pairs = (Fields(element) for element in fields.all("wp:postmeta"))
    return {p.text("wp:meta_key") or "": p.text("wp:meta_value") or "" for p in pairs}


def _date(fields: Fields) -> str | None:
    written = (fields.text(name) or "" for name in ("wp:post_date_gmt", "pubdate", "wp:post_date"))
    # A draft has no date in UTC: it is written as zeros, and as the year before the first.
    real = (date for date in written if not date.startswith("0000") and "-0001" not in date)
    return next(filter(None, (post_metadata.published({"date": date}) for date in real)), None)


def _number(text: str | None) -> int | None:
    return int(text) if text and _NUMBER.fullmatch(text) else None

"""WordPress exports as items."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.references import find_references
from crawler.sources.document_type import UnreadableDocument, kind_of
from crawler.sources.feeds.item import Item
from crawler.sources.feeds.item_article import post_of_item
from crawler.sources.feeds.wordpress_export import MAX_GALLERY_IMAGES, read_wxr

EXPORT = Path(__file__).parents[2] / "data" / "posts" / "exports" / "wordpress.xml"
UPLOADS = "https://field.example/wp-content/uploads/"
NAMESPACES = (
    'xmlns:wp="http://wordpress.org/export/1.2/"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
)


def _items() -> dict[str, Item]:
    return {item.url or "": item for item in read_wxr(lambda: EXPORT.open("rb"))}


def _read(items: str) -> list[Item]:
    document = f"<rss {NAMESPACES}><channel>{items}</channel></rss>".encode()
    return list(read_wxr(lambda: io.BytesIO(document)))


def test_kind() -> None:
    """An export is told from a feed."""
    assert kind_of(EXPORT.read_bytes()) == "wxr"


def test_what_readers_see() -> None:
    """Posts, pages and attachments are items, drafts too; menus, fonts and the bin are not."""
    assert list(_items()) == [
        "https://field.example/?attachment_id=7",
        "https://field.example/2020/01/galleries/",
        "https://field.example/2020/01/galleries/late/",
        "https://field.example/portrait/",
        "https://field.example/paper/",
        "https://field.example/?p=21",
    ]


def test_fields() -> None:
    """A post has its title, author and date; a draft the date of its site's own clock."""
    items = _items()
    post, draft = (
        items["https://field.example/2020/01/galleries/"],
        items["https://field.example/?p=21"],
    )

    assert (post.title, post.author) == ("Galleries & captions", "ann")
    assert (post.date, post.base) == ("2020-01-02T03:04:05Z", post.url)
    assert (draft.title, draft.date) == (None, "2020-02-02T02:02:02Z")


def test_attachments() -> None:
    """An attachment names its image; a paper is none."""
    items = _items()

    assert items["https://field.example/portrait/"].images == (UPLOADS + "portrait.webp",)
    assert items["https://field.example/paper/"].images == ()


def test_galleries() -> None:
    """A gallery shows what it names, or else the images of its post, wherever these stand."""
    item = _items()["https://field.example/2020/01/galleries/"]
    references = find_references(post_of_item(item, id_="a.html", source="a")).references
    early, late, portrait = (
        UPLOADS + name for name in ("early.jpg?a=1&b=2", "late.png", "portrait.webp")
    )

    assert [reference.url for reference in references] == [
        portrait,  # the thumbnail
        late, early,
        portrait, early,
        early,
        portrait,
        UPLOADS + "early-300x200.jpg",
    ]  # fmt: skip
    assert references[2].alt == 'Early "light"'


def test_shortcodes_stay() -> None:
    """The content holds every shortcode as it was written; an escaped one shows nothing."""
    content = _items()["https://field.example/2020/01/galleries/"].content or ""

    assert '[gallery columns="2" ids="9,7,404"]<img' in content
    assert '[[gallery ids="7"]] <a' in content
    assert '[caption id="attachment_7"' in content


def test_missing_attachments() -> None:
    """What a post names and the export lacks is a problem of this post."""
    items = _items()

    assert items["https://field.example/2020/01/galleries/"].problems == (
        "the gallery names attachment 404, which the export does not have",
    )
    assert items["https://field.example/?p=21"].problems == (
        "the thumbnail names attachment 77, which the export does not have",
    )


@pytest.mark.parametrize(
    ("shortcode", "images"),
    [
        ("[gallery ids='2,1']", 2),
        ("[gallery ids=&quot;2&quot;]", 1),
        ("[gallery include=1]", 1),
        ("[gallery/]", 2),
        ("[gallery", 0),
        ("[gallery ids='2'", 0),
        ("[galleries]", 0),
        ("[[gallery]", 2),
        ("[gallery id=99]", 0),
        ("[gallery ids='99999999999999999999']", 0),
    ],
)
def test_shortcode(shortcode: str, images: int) -> None:
    """A gallery is found in each of its spellings."""
    attachments = "".join(
        f"<item><wp:post_id>{n}</wp:post_id><wp:post_parent>5</wp:post_parent>"
        f"<wp:attachment_url>https://f.example/{n}.png</wp:attachment_url></item>"
        for n in (1, 2)
    )
    post = f"<wp:post_id>5</wp:post_id><content:encoded><![CDATA[{shortcode}]]></content:encoded>"
    *_, item = _read(f"{attachments}<item>{post}</item>")

    assert (item.content or "").count("<img") == images


def test_galleries_without_end() -> None:
    """The galleries of a post are bounded together; what was left out is a problem."""
    attachments = "".join(
        f"<item><wp:post_id>{n}</wp:post_id><wp:post_parent>5000</wp:post_parent>"
        f"<wp:attachment_url>https://f.example/{n}.png</wp:attachment_url></item>"
        for n in range(1, 1001)
    )
    post = f"<wp:post_id>5000</wp:post_id><content:encoded>{'[gallery]' * 1000}</content:encoded>"
    *_, item = _read(f"{attachments}<item>{post}</item>")

    assert (item.content or "").count("<img") == MAX_GALLERY_IMAGES
    assert item.problems == (f"only {MAX_GALLERY_IMAGES} images of the galleries were looked for",)


@given(st.text(alphabet="[]gallery ids='\"=1,/&;", max_size=60))
def test_any_shortcode(text: str) -> None:
    """Whatever stands in brackets, the text stays."""
    escaped = text.replace("&", "&amp;")
    (item,) = _read(f"<item><content:encoded>x{escaped}x</content:encoded></item>")

    assert (item.content or "").replace("<img", "") == f"x{text}x"


@given(st.binary())
def test_any_bytes(content: bytes) -> None:
    """Whatever comes, there are items or a word why there are none."""
    try:
        assert list(read_wxr(lambda: io.BytesIO(content))) == []
    except UnreadableDocument:
        return

"""Where an image can hide in HTML: one row an attribute, with the rule that its value follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from crawler.fields import Origin
from crawler.references import origins
from crawler.references.image_urls import ends_like_image, is_data_image
from crawler.references.open_elements import Scope

Kind = Literal["url", "srcset", "lazy", "lazy-ending", "lazy-srcset", "json"]
"""How to read the value. The lazy ones are no standard's: only what looks like an image counts,
where the element itself is no image, only what ends like one."""

Attributes = Mapping[str, str]
Condition = Callable[[Attributes, Scope], bool]

ANY: Final = frozenset({"*"})
SHOWN: Final = frozenset({"img", "image", "amp-img", "amp-anim", "source", "picture", "mip-img"})
"""Elements that are images, or take part in one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One row."""

    name: str
    elements: frozenset[str]
    origin: Origin
    kind: Kind = "url"
    when: Condition | None = None
    but: frozenset[str] = frozenset()
    """Elements on which it means something else."""


def _in_picture(_: Attributes, scope: Scope) -> bool:
    return scope.picture and not scope.media


def _outside_media(_: Attributes, scope: Scope) -> bool:
    return not scope.media


def _in_html(_: Attributes, scope: Scope) -> bool:
    return not scope.foreign


def _in_svg(_: Attributes, scope: Scope) -> bool:
    return scope.foreign


def _in_svg_without_href(attributes: Attributes, scope: Scope) -> bool:
    return scope.foreign and "href" not in attributes


def _button(attributes: Attributes, _: Scope) -> bool:
    return attributes.get("type", "").strip().lower() == "image"


def _image_type(attributes: Attributes, _: Scope) -> bool:
    media_type = attributes.get("type", "").strip().lower()
    if media_type:
        return media_type.startswith("image/")
    url = attributes.get("data") or attributes.get("src") or ""
    return ends_like_image(url) or is_data_image(url)


def _elements(names: str) -> frozenset[str]:
    return frozenset(names.split())


STANDARD: Final = (
    Attribute(name="src", elements=_elements("img"), origin=origins.IMG_SRC),  # HTML 4.8.3
    # "image" is a misspelt img: the rules for a start tag whose tag name is "image".
    Attribute(name="src", elements=_elements("image"), origin=origins.IMG_SRC, when=_in_html),
    Attribute(name="srcset", elements=_elements("img"), origin=origins.IMG_SRCSET, kind="srcset"),
    Attribute(
        name="srcset", elements=_elements("image"), origin=origins.IMG_SRCSET, kind="srcset",
        when=_in_html,
    ),
    Attribute(  # HTML 4.8.2: a source counts where its parent is a picture
        name="srcset", elements=_elements("source"), origin=origins.SOURCE_SRCSET, kind="srcset",
        when=_in_picture,
    ),
    Attribute(name="src", elements=_elements("input"), origin=origins.INPUT_SRC, when=_button),
    Attribute(name="poster", elements=_elements("video amp-video"), origin=origins.VIDEO_POSTER),
    Attribute(
        name="data", elements=_elements("object"), origin=origins.OBJECT_DATA, when=_image_type
    ),
    Attribute(name="src", elements=_elements("embed"), origin=origins.EMBED_SRC, when=_image_type),
    Attribute(  # HTML 16.2: obsolete, and still painted
        name="background", elements=_elements("body table thead tbody tfoot tr td th"),
        origin=origins.BACKGROUND,
    ),
    Attribute(  # SVG 2, 12.3; xlink:href is its older name, and counts without the newer (16.1.6)
        name="href", elements=_elements("image feimage"), origin=origins.SVG_IMAGE, when=_in_svg
    ),
    Attribute(
        name="xlink:href", elements=_elements("image feimage"), origin=origins.SVG_IMAGE,
        when=_in_svg_without_href,
    ),
    Attribute(name="src", elements=_elements("amp-img amp-anim mip-img"), origin=origins.AMP_IMG),
    Attribute(
        name="srcset", elements=_elements("amp-img amp-anim"), origin=origins.AMP_IMG, kind="srcset"
    ),
)  # fmt: skip

LAZY_URLS: Final = (
    "actualsrc", "big-src", "data-actual", "data-actualsrc", "data-actualurl",
    "data-adaptive-image", "data-backup", "data-canonical-src", "data-cfsrc", "data-croporisrc",
    "data-default-src", "data-defer-src", "data-deferred", "data-delayed-src", "data-delayed-url",
    "data-echo", "data-ezsrc", "data-fallback-src", "data-file", "data-flickity-lazyload",
    "data-full", "data-full-src", "data-full-url", "data-hi-res-src", "data-high-res-src",
    "data-highres", "data-hires", "data-image", "data-img", "data-img-src", "data-img-url",
    "data-imgsrc", "data-large", "data-large-file", "data-large-image", "data-large_image",
    "data-layzr", "data-lazy", "data-lazy-original", "data-lazy-src", "data-lazyload",
    "data-lazyload-src", "data-ll-src", "data-loadsrc", "data-medium-file", "data-noop-src",
    "data-old-hires", "data-orig", "data-orig-file", "data-orig-src", "data-origin",
    "data-original", "data-original-desktop", "data-original-src", "data-originalurl",
    "data-pagespeed-lazy-src", "data-permalink-src", "data-pin-media", "data-raw-src",
    "data-real-src", "data-retina", "data-rjs", "data-runner-src", "data-source", "data-src",
    "data-src-large", "data-src-retina", "data-srcimg", "data-th", "data-thumb", "data-url",
    "data-xsrc", "data-zoom-image", "data-zoom-src", "file", "lazy-src", "lazyload", "load-src",
    "loading-src", "loadsrc", "original", "originalsrc", "real_src", "realsrc", "zoomfile",
)  # fmt: skip
"""What lazy loaders and picture viewers of real blogs call the URL of the true image."""

LAZY_SRCSETS: Final = (
    "data-cfsrcset", "data-ezsrcset", "data-flickity-lazyload-srcset", "data-lazy-srcset",
    "data-lazyload-srcset", "data-original-set", "data-original-srcset", "data-responsive",
    "data-srcset", "lazy-srcset",
)  # fmt: skip

LAZY_BACKGROUNDS: Final = (
    "data-background", "data-background-image", "data-bg", "data-bg-image", "data-bg-src",
    "data-bg-url", "data-image-src", "data-lazy-background", "data-lazy-bg",
    "data-parallax-image", "data-poster", "data-setbg", "lazy-background",
)  # fmt: skip
"""These stand on any element."""

VIEWED: Final = (
    "data-big", "data-big-photo", "data-exthumbimage", "data-fullsize", "data-fullsize-url",
    "data-fullsrc", "data-href", "data-img-large", "data-large-url", "data-lightbox-src",
    "data-lightbox-url", "data-lowsrc", "data-media-url", "data-medium-url", "data-mfp-src",
    "data-original-url", "data-path", "data-photo-url", "data-placeholder", "data-pswp-src",
    "data-slide-bg", "data-thumbnail", "data-thumbnail-src", "data-vc-parallax-image", "data-zoom",
)  # fmt: skip
"""What galleries and picture viewers read from links, blocks and images alike."""

JSON: Final = (
    "data-attrs",                       # Substack
    "data-bg-settings", "data-component-props", "data-dynamic-el", "data-gallery",
    "data-gallery-images", "data-image-data", "data-image-info", "data-images", "data-item",
    "data-items", "data-lightbox", "data-npf", "data-options", "data-photos", "data-pictures",
    "data-plugin-options", "data-props", "data-settings", "data-slides",
)  # fmt: skip
"""Attributes whose value is JSON with images in it: Substack, Elementor, Tumblr, and galleries.
Of the values, those count that would count in front matter."""

LOADING: Final = _elements("audio embed iframe link object script source track video")
"""Elements that load something else by the same attributes."""

LAZY: Final = (
    *(
        Attribute(
            name=name, elements=SHOWN, origin=origins.LAZY_ATTRIBUTE, kind="lazy",
            when=_outside_media,
        )
        for name in LAZY_URLS
    ),
    *(
        Attribute(
            name=name, elements=SHOWN, origin=origins.LAZY_ATTRIBUTE, kind="lazy-srcset",
            when=_outside_media,
        )
        for name in LAZY_SRCSETS
    ),
    *(
        Attribute(name=name, elements=ANY, origin=origins.LAZY_ATTRIBUTE, kind="lazy")
        for name in LAZY_BACKGROUNDS
    ),
    Attribute(name="data-bgset", elements=ANY, origin=origins.LAZY_ATTRIBUTE, kind="lazy-srcset"),
    *(
        Attribute(
            name=name, elements=ANY, but=LOADING, origin=origins.LAZY_ATTRIBUTE, kind="lazy-ending"
        )
        for name in (*LAZY_URLS, *VIEWED)
    ),
    *(Attribute(name=name, elements=ANY, origin=origins.DATA_ATTRS, kind="json") for name in JSON),
)  # fmt: skip

LAZY_NAMES: Final = frozenset(row.name for row in LAZY)

BY_NAME: Final[dict[str, tuple[Attribute, ...]]] = {
    name: tuple(row for row in (*STANDARD, *LAZY) if row.name == name)
    for name in dict.fromkeys(row.name for row in (*STANDARD, *LAZY))
}
"""The rows of each attribute."""


def row_of(name: str, element: str, attributes: Attributes, scope: Scope) -> Attribute | None:
    """Return the row that says what the attribute *name* of this *element* means, if one does."""
    for row in BY_NAME.get(name, ()):
        if (
            (element in row.elements or row.elements is ANY)
            and element not in row.but
            and (row.when is None or row.when(attributes, scope))
        ):
            return row
    return None

"""The closed list of constructs that can name an image, in the words of the manifest."""

from __future__ import annotations

from typing import Final, get_args

from crawler.fields import Origin

FRONT_MATTER: Final = "front-matter"
MARKDOWN_IMAGE: Final = "markdown-image"
MARKDOWN_LINK: Final = "markdown-link"
ATTRIBUTE_LIST: Final = "attribute-list"
WIKI_EMBED: Final = "wiki-embed"
TEMPLATE_TAG: Final = "template-tag"
LIQUID_INCLUDE: Final = "liquid-include"
HUGO_SHORTCODE: Final = "hugo-shortcode"
JSX_ATTRIBUTE: Final = "jsx-attribute"
MDX_IMPORT: Final = "mdx-import"
A_HREF: Final = "a-href"
IMG_SRC: Final = "img-src"
IMG_SRCSET: Final = "img-srcset"
SOURCE_SRCSET: Final = "source-srcset"
LAZY_ATTRIBUTE: Final = "lazy-attribute"
DATA_ATTRS: Final = "data-attrs"
INPUT_SRC: Final = "input-src"
VIDEO_POSTER: Final = "video-poster"
SVG_IMAGE: Final = "svg-image"
OBJECT_DATA: Final = "object-data"
EMBED_SRC: Final = "embed-src"
BACKGROUND: Final = "background"
AMP_IMG: Final = "amp-img"
STYLE_URL: Final = "style-url"
META_IMAGE: Final = "meta-image"
LINK_IMAGE: Final = "link-image"
JSON_LD: Final = "json-ld"

ORIGINS: Final = get_args(Origin)

LINKS: Final = frozenset({A_HREF, MARKDOWN_LINK})
"""They count only where they wrap an image or their path ends like one."""

"""Find every image that a post names: the stage between the text and the downloads.

A body is read as the page that a reader's browser is given (`post_html`): Markdown is turned into
it (`markdown`, `commonmark`), HTML is it. What blog engines and other dialects add becomes a part
of it too (`template_expansion`, `template_expressions`, `template_tags`, `tag_images`, `jsx`,
`markdown_dialects`). `html` goes through its tags, `open_elements` knows what is open around each,
`html_attributes` is the table of where an image can hide, and `attribute_values`, `srcset`, `css`,
`html_head` and `json_ld` read what stands there. `front_matter` reads the metadata, `data_urls`
takes out the images that a post carries itself, and `extraction` makes references of what was
found.
"""

from __future__ import annotations

from typing import Final

from crawler.references.extraction import Found, find_references
from crawler.references.origins import ORIGINS

__all__ = ["EXTRACTOR_VERSION", "ORIGINS", "Found", "find_references"]

EXTRACTOR_VERSION: Final = 2
"""Grows when the references of an unchanged post can change."""

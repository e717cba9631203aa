"""The bounds on the work for one post; who hits one says so and keeps what was found until then.

No bound is near a real post: of 15,655 the largest has 2.7 MB and 356 images.
"""

from __future__ import annotations

from typing import Final

MENTIONS: Final = 20_000
"""References of one post."""
TAGS: Final = 300_000
"""Of one post; tags without attributes that no image asks for are not counted."""
METADATA_NODES: Final = 50_000
"""Values of the front matter, or of one JSON value; aliases of YAML can expand without end."""
METADATA_DEPTH: Final = 64
STYLE_LENGTH: Final = 200_000
"""Characters of the style sheets and style attributes of one post that are read."""
MARKDOWN_LINES: Final = 300_000
BLOCK_WORK: Final = 110_000
"""Steps of the Markdown parser for the blocks of one post: a line is one, a block three, a cell of
a table one."""
INLINE_WORK: Final = 60_000
"""Its steps for the paragraphs of one post that may name an image."""
WHOLE_INLINE_WORK: Final = 300_000
"""Its steps where all paragraphs are read, to be shown."""
PARAGRAPH_WORK: Final = 40_000
"""Of these, for any one paragraph, so that an intricate one does not cost the others."""
MARKDOWN_NESTING: Final = 32
"""Of links and images in each other."""
MARKDOWN_BLOCK_NESTING: Final = 100
"""Of lists and quotations in each other."""

PAGE_LENGTH: Final = 20_000_000
"""Characters of the page that Markdown makes: a long definition can be used many times."""
TAG_LENGTH: Final = 20_000
"""Characters of one template tag, or of one tag of JSX, that is read."""
CONSTRUCT_WORK: Final = 120_000
"""Steps for the template tags and JSX in the HTML of one post: a look is one, a find ten."""
BRACES: Final = 200_000
"""Of one text that may hold JSX."""
EXPRESSIONS: Final = 100_000
"""Of a template language, in one post."""
SEARCH_WORK: Final = 4_000_000_000
"""Characters times destinations that are searched for where one post writes them."""
PLACES: Final = 100_000
"""Of one post, where a destination may be written."""


SHOWN_LENGTH: Final = 5_000_000
"""Characters of HTML of one post that an offline page shows, and as many of what stands there as
plain text."""
SHOWN_WORK: Final = 240_000
"""Steps of what shows it: a tag is one, with attributes six, a picture twelve more."""
TABLE_COLUMNS: Final = 1_000
"""Of a table of Markdown: a wider one is text."""
IMPORT_LENGTH: Final = 2_000
"""Characters of a path that MDX imports: it may be used many times."""


class LimitReached(Exception):
    """A bound was hit. Caught by the construct that owns the bound."""

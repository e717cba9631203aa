"""The bounds on the work for one post; whoever hits one says so and keeps what was found until then.

No bound is near a real post: of 15,655 the largest has 2.7 MB and 356 images.
"""

from __future__ import annotations

from typing import Final

MENTIONS: Final = 20_000
"""References of one post."""
METADATA_NODES: Final = 50_000
"""Values of the front matter that are looked at; aliases of YAML can expand without end."""
METADATA_DEPTH: Final = 64
CANDIDATES: Final = 1_000
"""Of one srcset."""
STYLE_LENGTH: Final = 200_000
"""Characters of the style sheets and style attributes of one post that are read."""
JSON_LENGTH: Final = 1_000_000
"""Characters of one JSON value."""
MARKDOWN_STEPS: Final = 20_000
"""Steps of the inline parser that any paragraph may take; a longer one may take more."""
MARKDOWN_STEPS_A_CHARACTER: Final = 4
MARKDOWN_NESTING: Final = 32
"""Of links and images in each other."""
MARKDOWN_BLOCK_NESTING: Final = 100
"""Of lists and quotations in each other."""


class LimitReached(Exception):  # noqa: N818 - a signal between functions, named for what happened
    """A bound was hit. Caught by the construct that owns the bound."""

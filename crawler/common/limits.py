"""How large the files of an archive may be that are read whole into the memory, in bytes.

What is larger is not of this program, or was made to fill the memory. Images have no line here: the
record of each says how large it is. What is read in pieces needs none.
"""

from __future__ import annotations

from typing import Final

MANIFEST: Final = 1 << 26
"""The largest post seen, with 356 images, has one of 600 kB."""
JOURNAL: Final = 1 << 26
REPORT: Final = 1 << 26
"""Of one run; it lists what could not be read."""
CHANGE: Final = 1 << 24
"""One line of the account of what a run changed."""
HOLDER: Final = 1 << 16
ARTICLE: Final = 1 << 26
"""More than a page or the item of a feed may have: 50 MiB."""
TAGS: Final = 1 << 28
"""A list of the files in a bag: two million of them."""
PAGE: Final = 1 << 26
"""One that was made before, to compare it with a new one."""

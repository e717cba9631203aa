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
HOLDER: Final = 1 << 16
ARTICLE: Final = 1 << 25
"""The largest article seen among 15,655 real ones has 2.7 MB."""
PAGE: Final = 1 << 26
"""One that was made before, to compare it with a new one."""

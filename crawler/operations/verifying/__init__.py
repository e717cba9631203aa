"""Whether an archive is what it was: structure, completeness, fixity, in this order.

`ladder` goes step by step and collects; `walking` is the first step, with the checks of
`structure`, `completeness` and `index`; `reading` the others, with `fixity` and `decoding`.
"""

from __future__ import annotations

from crawler.operations.verifying.choice import Depth, Sample, sample_of
from crawler.operations.verifying.findings import (
    ADVICE,
    Checked,
    Finding,
    Kind,
    Unfinished,
    Verification,
)
from crawler.operations.verifying.ladder import verify
from crawler.operations.verifying.walking import Stage, Watch

__all__ = [
    "ADVICE",
    "Checked",
    "Depth",
    "Finding",
    "Kind",
    "Sample",
    "Stage",
    "Unfinished",
    "Verification",
    "Watch",
    "sample_of",
    "verify",
]

"""Whether an archive is what it was: structure, completeness, fixity, in this order.

`verification` goes step by step and collects; `bundle_checks` is the first step, with the checks of
`manifest_checks`, `completeness` and `catalog_comparison`; `file_checks` the others, with `fixity`
and `decoding`.
"""

from __future__ import annotations

from crawler.verify.bundle_checks import Stage, Watch
from crawler.verify.file_selection import Depth, Sample, sample_of
from crawler.verify.findings import ADVICE, Checked, Finding, Kind, Unfinished, Verification
from crawler.verify.verification import verify

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

"""Whether a manifest says of itself what is so; no file is looked at.

What it may say at all, `manifests` knows: a manifest that breaks those rules cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator

from crawler.models import Manifest
from crawler.store.manifest import summarize


def contradictions(manifest: Manifest) -> Iterator[str]:
    """Yield what is wrong with a manifest that could be read, and can be mended from itself."""
    if manifest.summary != summarize(manifest.entries):
        yield "the summary does not count its entries"

"""How an export is to be, beyond its format."""

from __future__ import annotations

from dataclasses import dataclass, field

from crawler.export.selection import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What was asked for."""

    selection: Selection = field(default_factory=Selection)
    fetch: bool = False
    """Whether a bag lists originals that are damaged here, with the URLs they came from."""
    compressed: bool = False
    """Whether the records of a WARC are compressed, each by itself."""
    overwrite: bool = False
    """Whether a file that stands at the destination may be replaced."""

"""Failures whose reason an option may lift; otherwise one is as permanent as it says."""

from __future__ import annotations

from crawler.errors import (
    AddressNotAllowed,
    DisallowedByRobots,
    Excluded,
    NoBaseUrl,
    TooLarge,
    TooManyPixels,
)

OF_OPTIONS = frozenset(
    kind.code
    for kind in (
        AddressNotAllowed,
        DisallowedByRobots,
        Excluded,
        NoBaseUrl,
        TooLarge,
        TooManyPixels,
    )
)
"""Their codes."""

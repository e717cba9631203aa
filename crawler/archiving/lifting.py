"""Failures whose reason an option may lift; otherwise one is as permanent as it says."""

from __future__ import annotations

from crawler.downloads import Policy
from crawler.errors import (
    AddressNotAllowed,
    ArchiveError,
    DisallowedByRobots,
    Excluded,
    Forbidden,
    Gone,
    HttpError,
    NoBaseUrl,
    NotAnImage,
    NotFound,
    TlsFailed,
    TooLarge,
    TooManyPixels,
    Unauthorized,
    Undecodable,
)

_Kinds = tuple[type[ArchiveError], ...]

_ALWAYS: _Kinds = (
    AddressNotAllowed,
    DisallowedByRobots,
    Excluded,
    NoBaseUrl,
    TooLarge,
    TooManyPixels,
)
_BY_REFERERS: _Kinds = (Forbidden, NotAnImage, Unauthorized)
_BY_INSECURE_HOSTS: _Kinds = (TlsFailed,)
_BY_TIMEGATE: _Kinds = (Forbidden, Gone, HttpError, NotAnImage, NotFound, Unauthorized, Undecodable)


def liftable(policy: Policy) -> frozenset[str]:
    """Return the codes whose reason the options may have lifted, now that they changed."""
    kinds = (
        *_ALWAYS,
        *(_BY_REFERERS if policy.referers else ()),
        *(_BY_INSECURE_HOSTS if policy.insecure_hosts else ()),
        *(_BY_TIMEGATE if policy.timegate else ()),
    )
    return frozenset(kind.code for kind in kinds)

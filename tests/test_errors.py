"""Failures are values: made once, changed nowhere, the same in every process."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, replace

import pytest

from crawler.errors import BY_CODE, ArchiveError, RateLimited

URL = "https://cdn.example/x.png"


@pytest.mark.parametrize("kind", BY_CODE.values())
def test_travels(kind: type[ArchiveError]) -> None:
    """An error comes out of another process as it went in, and so does its fault."""
    error = kind(URL, "seen", permanent=not kind.is_permanent, final=True, retry_after=3.0)
    home = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own

    assert (type(home), home.fault, str(home)) == (kind, error.fault, f"{URL}: seen")


def test_is_never_changed() -> None:
    """What is learned later goes into another fault; the error says what it said when raised."""
    error = RateLimited(URL, "HTTP 429", retry_after=7200)
    later = replace(error.fault.about("https://cdn.example/y.png"), detail="HTTP 429; given up")

    assert (later.error().fault, later.final) == (later, True)
    assert (error.fault.subject, error.fault.detail, error.fault.final) == (URL, "HTTP 429", False)
    with pytest.raises(FrozenInstanceError):
        error.fault.detail = "given up"  # type: ignore[misc]

"""Dates, written as RFC 3339 in UTC with ``Z``."""

from __future__ import annotations

from datetime import UTC, datetime


def rfc3339(moment: datetime) -> str:
    """Return *moment* to the second; one without a zone is taken as UTC.

    >>> rfc3339(datetime(2021, 12, 1, 0, 11, 49))
    '2021-12-01T00:11:49Z'
    """
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    # Not strftime(), which writes years before 1000 without their zeros.
    return aware.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def now() -> str:
    """Return this moment."""
    return rfc3339(datetime.now(UTC))

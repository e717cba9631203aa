"""When a failure that may pass is tried again by a later run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from crawler.common.dates import rfc3339
from crawler.errors import HostNotFound
from crawler.models import Entry, Failure
from crawler.store.manifest.build import is_settled

_WAITS = (
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=7),
    timedelta(days=30),
)
"""After the first run that failed, the second and so on; the last is that of all further ones."""

_IN_EVERY_RUN = frozenset({HostNotFound.code})
"""No server of images is bothered, and mostly it was our own network that was away."""


def scheduled(
    failure: Failure,
    began: datetime,
    *,
    not_before: datetime | None = None,
    elsewhere: bool = False,
) -> Failure:
    """Return *failure* of the run that *began* then, with its next attempt if it has one.

    *not_before* is what the server asked for; the later of the two stands, but nobody is believed
    to mean more than the longest wait. *elsewhere* says whether an archive of the web is asked for
    what is lost: then every failure bothers somebody.
    """
    if failure.permanent or (failure.code in _IN_EVERY_RUN and not elsewhere):
        return replace(failure, next_attempt=None)
    moments = [min(not_before, began + _WAITS[-1])] if not_before else []
    if failure.runs:
        moments.append(began + _WAITS[min(failure.runs, len(_WAITS)) - 1])
    return replace(failure, next_attempt=rfc3339(max(moments)) if moments else None)


def is_due(failure: Failure, began: datetime) -> bool:
    """Return whether a run that *began* then may try again, as far as the schedule goes."""
    # Dates of one form in one zone compare as texts.
    return failure.next_attempt is None or failure.next_attempt <= rfc3339(began)


def earliest(entries: Iterable[Entry]) -> str | None:
    """Return before which time nothing of *entries* is to be tried; None where there is no such."""
    waiting = [
        entry.failure.next_attempt
        for entry in entries
        if entry.failure and entry.state != "skipped" and not is_settled(entry)
    ]
    known = [moment for moment in waiting if moment is not None]
    return min(known) if known and len(known) == len(waiting) else None

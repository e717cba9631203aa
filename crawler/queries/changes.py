"""What differs in an archive since a run, from the lines that each run leaves in ``runs/``.

They stand beside the run's report, not in the catalog: who rebuilds that loses nothing of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from crawler.common import archive_layout, json_codec, limits
from crawler.common.files import open_regular
from crawler.errors import UsageError
from crawler.store.catalog import check_archive
from crawler.store.lookup import nearest
from crawler.store.manifest.changes import Change, Kind, kind_of

_STAMP = "%Y-%m-%dT%H%M%SZ"
_SHOWN = 3
_CHANGE = json_codec.RecordReader(Change)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What differs since some runs began."""

    runs: tuple[str, ...]
    """Those that are looked at, the oldest first."""
    changes: tuple[tuple[Kind, Change], ...]
    """By post, then in the order of the manifest."""


def archive_changes(root: Path, since: str | None) -> Changes:
    """Return what differs in the archive at *root*, over all runs since that one or that date.

    Without *since*, what the last run changed. What several runs changed counts once, from how it
    was before the first of them to how it is now. Raises UsageError where there is no archive, or
    no such run.
    """
    check_archive(root)
    runs = _runs_since(_runs(root / archive_layout.RUNS), since)
    joined: dict[tuple[str, str | None], Change] = {}
    for run in runs:
        for change in _read(root / archive_layout.RUNS / f"{run}{archive_layout.CHANGES}"):
            key = (change.post, change.url)
            first = joined.get(key, change)
            joined[key] = replace(change, before=first.before)
    named = [(kind_of(change), change) for change in joined.values()]
    found = [(kind, change) for kind, change in named if kind is not None]
    return Changes(runs=runs, changes=tuple(sorted(found, key=lambda pair: pair[1].post)))


def _runs(folder: Path) -> list[str]:
    """Return the names of all runs that left something, the oldest first."""
    names = {path.name for path in folder.glob("*")}
    ends = (archive_layout.CHANGES, archive_layout.REPORT)
    return sorted({n.removesuffix(end) for n in names for end in ends if n.endswith(end)})


def _runs_since(runs: list[str], since: str | None) -> tuple[str, ...]:
    if since is None:
        return tuple(runs[-1:])
    name = Path(since).name.removesuffix(archive_layout.CHANGES).removesuffix(archive_layout.REPORT)
    if name in runs:
        return tuple(run for run in runs if run > name)
    moment = _moment(since)
    if moment is None:
        near = "".join(f"\n  {run}" for run in nearest(name, reversed(runs)))
        last = f"; the last are {', '.join(runs[-_SHOWN:])}" if runs else ""
        like = f"; did you mean one of these?{near}" if near else last
        raise UsageError(f"--since {since!r}: neither a date nor a run of this archive{like}")
    return tuple(run for run in runs if (began := _began(run)) is not None and began >= moment)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _began(run: str) -> datetime | None:
    # A second run of one second has a mark behind its time.
    try:
        return datetime.strptime(f"{run.partition('Z')[0]}Z", _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _read(path: Path) -> Iterator[Change]:
    """Yield the changes of a run; a line that a kill has cut is no change."""
    try:
        file = open_regular(path)
    except FileNotFoundError:
        return
    with file:
        while line := file.readline(limits.CHANGE):
            try:
                yield _CHANGE.from_json(line)
            except json_codec.RecordError:
                continue

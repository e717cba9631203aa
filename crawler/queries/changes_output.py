"""What ``status --changes`` says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.markup import escape

from crawler.common import json_codec
from crawler.common.formatting import counted
from crawler.queries.changes import Changes
from crawler.store.manifest.changes import KINDS, Change, Kind

_LISTED = 20
"""Changes listed of each kind; ``--json`` has all."""
_SHORT = 15
"""Of a digest: its kind and eight digits."""

_TITLES: dict[Kind, str] = {
    "new-post": "new posts",
    "changed-post": "changed posts",
    "new-image": "new images",
    "changed-image": "changed images",
    "gone-upstream": "gone upstream, kept here",
    "newly-failed": "newly failed or suspect",
    "recovered": "recovered",
}


def plain(found: Changes) -> dict[str, Any]:
    """Return the document for ``--json``."""
    kinds = Counter(kind for kind, _ in found.changes)
    return {
        "runs": found.runs,
        "counts": {kind: kinds[kind] for kind in KINDS},
        "changes": [
            {"kind": kind, **json_codec.to_builtins(change)} for kind, change in found.changes
        ],
    }


def say(found: Changes, console: Console) -> None:
    """Say what differs, by its kind."""
    if not found.runs:
        console.print("No run since.")
        return
    first = found.runs[0] + (f" to {found.runs[-1]}" if len(found.runs) > 1 else "")
    total = counted(len(found.changes), "change")
    console.print(f"[bold]{total} in {counted(len(found.runs), 'run')} ({first}).[/bold]")
    for kind in KINDS:
        _say_kind(kind, [change for each, change in found.changes if each == kind], console)


def _say_kind(kind: Kind, changes: list[Change], console: Console) -> None:
    if not changes:
        return
    console.print(f"\n[bold]{_TITLES[kind]}[/bold] ({len(changes)})")
    for change in changes[:_LISTED]:
        for line in _lines(kind, change):
            console.print(escape(line))
    if len(changes) > _LISTED:
        console.print(f"  … and {len(changes) - _LISTED} more (--json)")


def _lines(kind: Kind, change: Change) -> Iterator[str]:
    if change.url is None:
        yield f"  {change.post}"
        return
    yield f"  {change.url}"
    yield f"    {change.post}{_detail(kind, change)}"


def _detail(kind: Kind, change: Change) -> str:
    if kind == "changed-image" and change.before is not None:
        return f": {_short(change.before.digest)} is {_short(change.after.digest)} now"
    if change.after.code is None:
        return ""
    words = "its server answers " if change.after.state == "archived" else ""
    return f": {words}{change.after.code}"


def _short(digest: str | None) -> str:
    return (digest or "")[:_SHORT]

"""What a check found: in words for people, and as a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.markup import escape

from crawler.grounds import records
from crawler.grounds.words import counted, in_bytes
from crawler.operations import Rebuilt
from crawler.operations.verifying import ADVICE, Depth, Verification

_LISTED = 20
"""Findings listed of each kind; --json has them all."""


def plain(found: Verification, rebuilt: Rebuilt | None = None) -> dict[str, Any]:
    """Return *found* as a document."""
    depth = found.depth
    return {
        **records.to_builtins(found.checked),
        "fast": not depth.hashing,
        "sample": {"part": float(depth.sample.part), "date": depth.sample.day.isoformat()}
        if depth.sample
        else None,
        "since": depth.since.isoformat() if depth.since else None,
        "counts": found.counts,
        "findings": [records.to_builtins(each) for each in found.findings],
        "unfinished": [records.to_builtins(each) for each in found.unfinished],
        "rebuilt": records.to_builtins(rebuilt) if rebuilt else None,
    }


def say(found: Verification, console: Console) -> None:
    """Say what was looked at, and what is not as it was."""
    checked = found.checked
    verdict = counted(len(found.findings), "finding") if found.findings else "nothing is amiss"
    console.print(
        f"[bold]{counted(checked.bundles, 'bundle')} with {counted(checked.files, 'file')},"
        f" {in_bytes(checked.size)}: {verdict}.[/bold]"
    )
    for kind, advice in ADVICE.items():
        listed = list(found.of(kind))
        if listed:
            console.print(f"\n[red]{kind}[/red] ({len(listed)}): {advice}")
            _list(console, [(each.path, each.detail) for each in listed])
    if found.unfinished:
        console.print(
            f"\n[yellow]unfinished[/yellow] ({len(found.unfinished)}): An interrupted run left"
            " this, no damage. The next run of its source completes it."
        )
        _list(console, [(each.path, each.detail) for each in found.unfinished])
    if found.findings or found.unfinished:
        console.print()
    for line in _extent(found):
        console.print(line)


def say_rebuilt(rebuilt: Rebuilt, console: Console) -> None:
    """Say what the new catalog has, and where the former one is."""
    console.print(
        f"The catalog is made anew: {counted(rebuilt.posts, 'post')},"
        f" {counted(rebuilt.images, 'image')}."
    )
    for problem in rebuilt.problems:
        console.print(f"  [yellow]not in it[/yellow]: {escape(problem)}")
    for path in rebuilt.set_aside:
        console.print(f"  set aside: {escape(path)}")
    console.print()


def _list(console: Console, rows: list[tuple[str, str]]) -> None:
    for path, detail in rows[:_LISTED]:
        console.print(f"  {escape(path)}\n    {escape(detail)}")
    if len(rows) > _LISTED:
        console.print(f"  … and {len(rows) - _LISTED} more (--json has them all)")


def _extent(found: Verification) -> Iterator[str]:
    checked, depth = found.checked, found.depth
    if not depth.hashing:
        yield "Sizes were compared, no file was read (--fast)."
        return
    decoded = f", decoded {counted(checked.decoded, 'image')}" if depth.decoding else ""
    yield (
        f"Read {checked.hashed} of {counted(checked.files, 'file')},"
        f" {in_bytes(checked.hashed_size)}{decoded}{_choice(depth)}."
    )


def _choice(depth: Depth) -> str:
    parts = []
    if depth.since:
        parts.append(f"archived since {depth.since}")
    if depth.sample:
        percent = f"{float(100 * depth.sample.part):g}%"
        parts.append(f"the {percent} of {depth.sample.day}")
    return f" ({', '.join(parts)})" if parts else ""

"""What a check found: in words for people, and as a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape

from crawler.cli.options import tell
from crawler.common import json_codec
from crawler.common.formatting import counted, in_bytes
from crawler.verify.file_selection import Depth
from crawler.verify.findings import ADVICE, Finding, Kind, Verification
from crawler.verify.rebuild_catalog import Rebuilt
from crawler.verify.repair.records import Repair, Repaired

_LISTED = 20
"""Findings listed of each kind; --json has them all."""
_BY_HAND: frozenset[Kind] = frozenset({"unexpected", "undecodable"})
"""What no repair mends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a check found, and what was done about it."""

    found: Verification
    repaired: Repaired | None = None
    rebuilt: Rebuilt | None = None

    @property
    def is_sound(self) -> bool:
        """Return whether nothing is left to mend."""
        return self.repaired.is_sound if self.repaired else self.found.is_sound

    @property
    def repairs(self) -> Sequence[Repair | None]:
        """What became of each finding; None where nothing was tried."""
        return self.repaired.repairs if self.repaired else [None] * len(self.found.findings)

    @property
    def rebuilding(self) -> Rebuilt | None:
        """How the catalog was made anew, if it was."""
        return self.rebuilt or (self.repaired.rebuilt if self.repaired else None)

    @property
    def set_aside(self) -> list[str]:
        """What was put out of the way, relative to the archive."""
        ours = self.repaired.set_aside if self.repaired else ()
        catalogs = self.rebuilding.set_aside if self.rebuilding else ()
        return sorted({*ours, *catalogs})


def plain(answer: Answer) -> dict[str, Any]:
    """Return *answer* as a document."""
    found, depth = answer.found, answer.found.depth
    return {
        **json_codec.to_builtins(found.checked),
        "fast": not depth.hashing,
        "sample": _sample(depth),
        "since": depth.since.isoformat() if depth.since else None,
        "counts": found.counts,
        "findings": [
            {**json_codec.to_builtins(each), "repair": _repair(repair)}
            for each, repair in zip(found.findings, answer.repairs, strict=True)
        ],
        "unfinished": [json_codec.to_builtins(each) for each in found.unfinished],
        "set_aside": answer.set_aside,
        "rebuilt": _rebuilt(answer.rebuilding),
    }


def _sample(depth: Depth) -> dict[str, object] | None:
    sample = depth.sample
    return {"part": float(sample.part), "date": sample.day.isoformat()} if sample else None


def _repair(repair: Repair | None) -> dict[str, object] | None:
    return {"done": repair.done, "how": repair.how} if repair else None


def _rebuilt(rebuilt: Rebuilt | None) -> dict[str, object] | None:
    if rebuilt is None:
        return None
    return {"posts": rebuilt.posts, "images": rebuilt.images, "problems": rebuilt.problems}


def say(answer: Answer, console: Console) -> None:
    """Say what was looked at, what is not as it was, and what was done about it."""
    found = answer.found
    if answer.rebuilding is not None:
        _say_rebuilt(answer.rebuilding, console)
    tell(console, f"[bold]{_verdict(answer)}[/bold]")
    rows = list(zip(found.findings, answer.repairs, strict=True))
    for kind, advice in ADVICE.items():
        listed = [_row(each, repair) for each, repair in rows if each.kind == kind]
        if listed:
            console.print()
            tell(console, f"[red]{kind}[/red] ({len(listed)}): {advice}")
            _list(console, listed)
    if found.unfinished:
        console.print()
        tell(
            console,
            f"[yellow]unfinished[/yellow] ({len(found.unfinished)}): An interrupted run left"
            " this, no damage. The next run of its source completes it.",
        )
        _list(console, [[each.path, escape(each.detail)] for each in found.unfinished])
    if found.findings or found.unfinished:
        console.print()
    if found.checked.alone:
        tell(console, _alone(found.checked.alone))
    for line in (*_extent(found), *_afterwards(answer)):
        tell(console, line)


def _verdict(answer: Answer) -> str:
    checked = answer.found.checked
    count = len(answer.found.findings)
    verdict = counted(count, "finding") if count else "nothing is amiss"
    if count and answer.repaired:
        done = sum(repair.done for repair in answer.repaired.repairs)
        verdict += f", {done} mended" if done < count else ", mended"
    return (
        f"{counted(checked.bundles, 'bundle')} with {counted(checked.files, 'file')},"
        f" {in_bytes(checked.size)}: {verdict}."
    )


def _row(finding: Finding, repair: Repair | None) -> list[str]:
    rows = [finding.path, escape(finding.detail)]
    if repair is not None:
        state = "[green]mended[/green]" if repair.done else "[yellow]left[/yellow]"
        rows.append(f"{state}: {escape(repair.how)}")
    return rows


def _say_rebuilt(rebuilt: Rebuilt, console: Console) -> None:
    console.print(
        f"The catalog is made anew: {counted(rebuilt.posts, 'post')},"
        f" {counted(rebuilt.images, 'image')}."
    )
    for problem in rebuilt.problems:
        tell(console, f"[yellow]not in it[/yellow]: {escape(problem)}", indent=2)
    console.print()


def _list(console: Console, rows: Sequence[Sequence[str]]) -> None:
    """Print *rows*: a path, and below it what is said of it."""
    for path, *lines in rows[:_LISTED]:
        console.print(f"  {escape(path)}")
        for line in lines:
            tell(console, line, indent=4)
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


def _alone(count: int) -> str:
    """Say that some manifests could not be held against what was written."""
    files = "1 manifest or journal" if count == 1 else f"{count:,} manifests and journals"
    return (
        f"Judged alone: {files}. The catalog has no digest of them, so that a flipped bit is found"
        " only where it breaks the file. The next run of their sources notes their digests."
    )


def _choice(depth: Depth) -> str:
    parts = []
    if depth.since:
        parts.append(f"archived since {depth.since}")
    if depth.sample:
        percent = f"{float(100 * depth.sample.part):g}%"
        parts.append(f"the {percent} of {depth.sample.day}")
    return f" ({', '.join(parts)})" if parts else ""


def _afterwards(answer: Answer) -> Iterator[str]:
    if answer.set_aside:
        folder = "/".join(answer.set_aside[0].split("/")[:2])
        files = counted(len(answer.set_aside), "file")
        yield f"{files} set aside, in {escape(folder)} of the archive."
    mendable = any(each.kind not in _BY_HAND for each in answer.found.findings)
    if mendable and answer.repaired is None:
        yield "To mend what can be mended: the same command with --repair."

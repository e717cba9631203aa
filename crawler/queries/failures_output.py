"""The list of what is not archived, or may not be: for people, as CSV, as JSON; as it is read."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from crawler.cli.doubts import say_lack, say_problems
from crawler.cli.options import say_on, tell
from crawler.cli.output import print_data
from crawler.common import json_codec, urls
from crawler.common.advice import again, retry_command
from crawler.common.csv_cells import as_cell
from crawler.common.dates import now
from crawler.common.formatting import counted
from crawler.common.problems import count_costly, kind_of_problem
from crawler.errors import BY_CODE
from crawler.queries.status import archive_status
from crawler.store.failures import Doubt, Missing

COLUMNS = (
    "post", "url", "host", "state", "code", "detail", "permanent", "runs", "attempts",
    "next_attempt", "advice", "command",
)  # fmt: skip
_CODE = max(map(len, BY_CODE))
"""Columns that every code fits into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What there is to list of an archive."""

    archive: Path
    images: Iterable[Missing]
    doubts: Iterable[Doubt]
    """Posts that may name images which were not found; none where only some images are asked
    for."""
    asked: str
    """The options that say which images are listed, empty for all."""


def as_table(listing: Listing) -> None:
    """Say each in two lines, then what to type for each code."""
    console = say_on(as_json=False)
    codes: Counter[str] = Counter()
    for each in listing.images:
        codes[each.failure.code] += 1
        code = each.failure.code.ljust(_CODE)
        console.print(f"[red]{code}[/red] {escape(each.entry.url)}")
        words = f"{each.post}: {each.failure.detail}; {_again(each)}"
        tell(console, escape(words), indent=_CODE + 1)
    problems = [(each.post, problem) for each in listing.doubts for problem in each.problems]
    _say_end(codes, listing, console)
    say_problems(problems, count_costly(problem for _, problem in problems), console, most=None)


def _again(each: Missing) -> str:
    if each.entry.state == "suspect":
        return "kept, and suspect"
    if each.failure.permanent:
        return "not asked for again by itself"
    return again(each.failure.next_attempt, now())


def _say_end(codes: Counter[str], listing: Listing, console: Console) -> None:
    if not listing.asked:
        _say_lack(codes.total(), listing.archive, console)
    elif not codes:
        tell(console, f"No failed image matches {listing.asked}.")
    if not codes:
        return
    console.print()
    tell(console, f"[bold]{counted(codes.total(), 'image')} not archived.[/bold]")
    for code, count in sorted(codes.items()):
        tell(console, f"{code} ({count:,}): {BY_CODE[code].advice}", indent=2)
        command = retry_command(code, listing.archive)
        if command is not None:
            console.print(f"    [dim]{escape(command)}[/dim]")


def _say_lack(listed: int, archive: Path, console: Console) -> None:
    """Say that nothing is missing, or what is beside the images that were *listed*."""
    lack = archive_status(archive).lack
    say_lack(lack, console)
    if listed < lack.images:
        images = counted(lack.images - listed, "image")
        words = f"{images} more not archived, in posts whose manifests could not be read."
        tell(console, f"[yellow]{words}[/yellow]")


def as_csv(listing: Listing) -> None:
    """Write a line of names, and one for each (RFC 4180); what does not apply is empty.

    A problem of a post that may have cost images is a row without a URL, in the state
    ``incomplete``.
    """
    line = io.StringIO(newline="")
    rows = csv.DictWriter(line, COLUMNS)
    rows.writeheader()
    for row in _rows(listing):
        rows.writerow(_cells(row))
        print_data(_taken(line))
    print_data(_taken(line))


def _rows(listing: Listing) -> Iterator[dict[str, object]]:
    for image in listing.images:
        yield _row(image, listing.archive)
    for doubt in listing.doubts:
        yield from (_row_of_problem(doubt.post, problem) for problem in doubt.problems)


def _taken(line: io.StringIO) -> bytes:
    """Return what was written to *line* so far, and empty it."""
    text = line.getvalue()
    line.seek(0)
    line.truncate()
    return text.encode()


def _cells(row: dict[str, object]) -> dict[str, object]:
    return {name: str(v).lower() if isinstance(v, bool) else as_cell(v) for name, v in row.items()}


def as_json(listing: Listing) -> None:
    """Write one document, image by image."""
    print_data(b'{"failed": ')
    _print_array(_row(each, listing.archive) for each in listing.images)
    if not listing.asked:
        print_data(b', "incomplete": ')
        _print_array(listing.doubts)
    print_data(b"}\n")


def _print_array(values: Iterable[object]) -> None:
    separator = "["
    for value in values:
        print_data((separator + json_codec.to_json(value)).encode())
        separator = ",\n"
    print_data(b"]" if separator.startswith(",") else b"[]")


FORMATS: dict[str, Callable[[Listing], None]] = {
    "table": as_table,
    "csv": as_csv,
    "json": as_json,
}


def _row_of_problem(post: str, problem: str) -> dict[str, object]:
    kind = kind_of_problem(problem)
    values = {"code": kind.name, "detail": problem, "advice": kind.advice}
    return {**dict.fromkeys(COLUMNS), "post": post, "state": "incomplete", **values}


def _row(each: Missing, archive: Path) -> dict[str, object]:
    failure, url = each.failure, each.entry.url
    values = (
        each.post,
        url,
        urls.host(url),
        each.entry.state,
        failure.code,
        failure.detail,
        failure.permanent,
        failure.runs,
        failure.attempts,
        failure.next_attempt,
        BY_CODE[failure.code].advice,
        retry_command(failure.code, archive, urls.host(url) or None),
    )
    return dict(zip(COLUMNS, values, strict=True))

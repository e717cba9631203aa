"""The list of what is not archived: for people, as CSV, as JSON; written as it is read."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from crawler.cli.options import say_on, tell
from crawler.cli.output import print_data
from crawler.common import json_codec, urls
from crawler.common.advice import again, retry_command
from crawler.common.csv_cells import as_cell
from crawler.common.dates import now
from crawler.common.formatting import counted
from crawler.errors import BY_CODE
from crawler.store.failures import Missing

COLUMNS = (
    "post", "url", "host", "state", "code", "detail", "permanent", "runs", "attempts",
    "next_attempt", "advice", "command",
)  # fmt: skip
_CODE = max(map(len, BY_CODE))
"""Columns that every code fits into."""


def as_table(found: Iterable[Missing], archive: Path, asked: str) -> None:
    """Say each in two lines, then what to type for each code.

    *asked* are the options that say which images are listed, empty for all.
    """
    console = say_on(as_json=False)
    codes: Counter[str] = Counter()
    for each in found:
        codes[each.failure.code] += 1
        code = each.failure.code.ljust(_CODE)
        console.print(f"[red]{code}[/red] {escape(each.entry.url)}")
        words = f"{each.post}: {each.failure.detail}; {_again(each)}"
        tell(console, escape(words), indent=_CODE + 1)
    _say_end(codes, archive, asked, console)


def _again(each: Missing) -> str:
    if each.entry.state == "suspect":
        return "kept, and suspect"
    if each.failure.permanent:
        return "not asked for again by itself"
    return again(each.failure.next_attempt, now())


def _say_end(codes: Counter[str], archive: Path, asked: str, console: Console) -> None:
    if not codes:
        tell(console, f"No failed image matches {asked}." if asked else "Nothing is missing.")
        return
    console.print()
    tell(console, f"[bold]{counted(codes.total(), 'image')} not archived.[/bold]")
    for code, count in sorted(codes.items()):
        tell(console, f"{code} ({count:,}): {BY_CODE[code].advice}", indent=2)
        command = retry_command(code, archive)
        if command is not None:
            console.print(f"    [dim]{escape(command)}[/dim]")


def as_csv(found: Iterable[Missing], archive: Path, _asked: str) -> None:
    """Write a line of names, and one for each (RFC 4180); what does not apply is empty."""
    line = io.StringIO(newline="")
    rows = csv.DictWriter(line, COLUMNS)
    rows.writeheader()
    for each in found:
        rows.writerow(_cells(_row(each, archive)))
        print_data(_taken(line))
    print_data(_taken(line))


def _taken(line: io.StringIO) -> bytes:
    """Return what was written to *line* so far, and empty it."""
    text = line.getvalue()
    line.seek(0)
    line.truncate()
    return text.encode()


def _cells(row: dict[str, object]) -> dict[str, object]:
    return {name: str(v).lower() if isinstance(v, bool) else as_cell(v) for name, v in row.items()}


def as_json(found: Iterable[Missing], archive: Path, _asked: str) -> None:
    """Write one document, image by image."""
    separator = '{"failed": ['
    for each in found:
        print_data((separator + json_codec.to_json(_row(each, archive))).encode())
        separator = ",\n"
    print_data(b"]}\n" if separator.startswith(",") else b'{"failed": []}\n')


FORMATS: dict[str, Callable[[Iterable[Missing], Path, str], None]] = {
    "table": as_table,
    "csv": as_csv,
    "json": as_json,
}


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

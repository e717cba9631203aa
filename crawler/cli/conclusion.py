"""How a run ended: in words for people, and as an exit code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.markup import escape

from crawler import report
from crawler.cli.exits import Exit
from crawler.errors import BY_CODE, Placeholder
from crawler.grounds.advice import retry_command, when
from crawler.grounds.words import counted, in_bytes
from crawler.model import STATES, Failure
from crawler.run import Ending, Run

_LISTED = 10
"""Images listed for each code; the report has more."""

_WORDS = {
    Ending.STORAGE: "Stopped: {}. Mend it and run again; what was saved stays saved.",
    Ending.LIMIT: "Stopped: {}. The next run goes on from here.",
    Ending.INTERRUPTED: "Interrupted ({}). The next run goes on from here.",
}


def say(run: Run, console: Console) -> None:
    """Say what became of the images, and for those that are not archived why and what to do."""
    counts = report.summary(run)
    states = [f"{counts[s]} {s}" for s in STATES if counts[s] or s == "archived"]
    places = counted(counts["references"], "place")
    console.print(
        f"[bold]{counted(counts['posts'], 'post')} with {counted(counts['entries'], 'image')}"
        f" in {places}: {', '.join(states)}.[/bold]"
    )
    _say_refreshed(counts.get("refreshed", {}), console)
    for code, count in counts["failures"].items():
        _say_missing(run, code, count, console)
    for problem in run.problems[:_LISTED]:
        console.print(f"\n[red]not archived[/red]: {escape(problem.message)}")
    if len(run.problems) > _LISTED:
        console.print(f"  … and {run.tally.problems - _LISTED} more")
    if counts["failures"] or run.problems:
        console.print()
    if run.ending in _WORDS:
        words = _WORDS[run.ending].format(run.reason)
        console.print(f"[yellow]{escape(words)}[/yellow]")
    console.print(
        f"{counted(counts['unchanged_posts'], 'post')} as before,"
        f" {counted(counts['requests'], 'request')}, {in_bytes(counts['downloaded_bytes'])},"
        f" {counts['seconds']:.1f} s. The archive: {escape(str(run.options.archive))}"
    )


_REFRESHED = {
    "unchanged": "{} as before",
    "changed": "{} changed, the former version is kept",
    "gone": "{} gone there, kept here",
    "unanswered": "{} without an answer",
}


def _say_refreshed(counts: Mapping[str, int], console: Console) -> None:
    asked = sum(counts.values())
    if asked:
        parts = [words.format(counts[what]) for what, words in _REFRESHED.items() if counts[what]]
        console.print(f"Asked again for {counted(asked, 'image')}: {'; '.join(parts)}.")


def _say_missing(run: Run, code: str, count: int, console: Console) -> None:
    console.print(f"\n[red]{code}[/red] ({count}): {BY_CODE[code].advice}")
    failed = [(post, entry, entry.failure) for post, entry in run.failed if entry.failure]
    listed = [row for row in failed if row[2].code == code][:_LISTED]
    for post, entry, failure in listed:
        console.print(f"  {escape(entry.url)}\n    {escape(post)}: {escape(failure.detail)}")
    if count > len(listed):
        console.print(f"  … and {count - len(listed)} more")
    for line in _next_steps(run, code, [row[2] for row in failed if row[2].code == code]):
        console.print(f"  [dim]{escape(line)}[/dim]")


def _next_steps(run: Run, code: str, failures: Sequence[Failure]) -> Iterator[str]:
    """Yield when the images are asked for again, and what to type for them."""
    moments = [failure.next_attempt for failure in failures if failure.next_attempt]
    if moments:
        yield f"will be asked for again after {when(min(moments))}"
    if code == Placeholder.code:
        yield "if it is the true picture: --not-placeholder DIGEST (explain URL tells it)"
    command = retry_command(code, run.options.archive)
    if command is not None:
        yield f"to try again: {command}"


_ENDINGS = {
    Ending.STORAGE: Exit.STOPPED,
    Ending.LIMIT: Exit.STOPPED,
    Ending.INTERRUPTED: Exit.INTERRUPTED,
}


def exit_of(run: Run) -> Exit:
    """Return the exit code for a run that has ended."""
    tally = run.tally
    if tally.defects:
        return Exit.DEFECT
    if run.ending in _ENDINGS:
        return _ENDINGS[run.ending]
    some_not = tally.states["failed"] or tally.states["suspect"] or tally.problems
    return Exit.SOME_NOT if some_not else Exit.ALL_ARCHIVED

"""How a run ended, in words for people."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from crawler import report
from crawler.archiving.run import Ending, Run
from crawler.cli.doubts import say_lack, say_problems
from crawler.cli.network_options import NETWORK_SETTINGS
from crawler.cli.options import tell, tell_command
from crawler.common.advice import again, command_of, retry_command
from crawler.common.dates import now
from crawler.common.formatting import counted, in_bytes
from crawler.errors import BY_CODE, Placeholder
from crawler.models import STATES, Entry, Failure

logger = logging.getLogger(__name__)

_LISTED = 10
"""Images listed for a code, and problems; the report has more."""
_LISTED_OF_MANY = 3
"""Images listed for each, where there are many codes."""
_MANY_CODES = 4

_WORDS = {
    Ending.STORAGE: "Stopped: {reason}. Mend it and run again; what was saved stays saved.",
    Ending.NO_DECODER: "Stopped: {reason}. Mend it and run again; what was saved stays saved.",
    Ending.LIMIT: "Stopped by {limit}: {reason}. The next run goes on from here.",
    Ending.INTERRUPTED: "Interrupted ({reason}). The next run goes on from here.",
}


_SCOPES = {"retry": " of these posts"}
"""What a run is about, by its job, where that is not all of its sources."""


def say(run: Run, console: Console) -> None:
    """Say what became of the images, and for those that are not archived why and what to do."""
    counts = report.summary(run)
    states = [f"{counts[s]:,} {s}" for s in STATES if counts[s] or s == "archived"]
    tell(
        console,
        f"[bold]{counted(counts['posts'], 'post')} with {counted(counts['entries'], 'image')}"
        f" in {counted(counts['references'], 'place')}: {', '.join(states)}.[/bold]",
    )
    if run.ending is Ending.FINISHED and counts["posts"]:
        say_lack(report.lack_of_run(run), console, _SCOPES.get(run.job, ""))
    if run.ending is Ending.FINISHED and not counts["posts"] and _is_of_folders(run):
        tell(console, "[yellow]No article was found: is it the right folder?[/yellow]")
    tell(console, _news(run))
    _say_refreshed(counts.get("refreshed", {}), console)
    most = _LISTED if len(counts["failures"]) < _MANY_CODES else _LISTED_OF_MANY
    for code, count in counts["failures"].items():
        _say_missing(run, code, count, most, console)
    _say_incomplete(run, counts["post_problems"], console)
    for problem in run.problems[:_LISTED]:
        console.print()
        tell(console, f"[red]not archived[/red]: {escape(problem.message)}")
    if run.stats.problems > _LISTED:
        more = f"… and {run.stats.problems - _LISTED:,} more"
        tell(console, f"{more}, in {escape(str(run.report))}" if run.report else more, indent=2)
    if counts["failures"] or counts["post_problems"] or run.problems:
        console.print()
    if run.ending in _WORDS:
        limits = {setting: name.replace("_", "-") for name, setting in NETWORK_SETTINGS.items()}
        limit = f"--{limits.get(run.limit or '')}"
        words = _WORDS[run.ending].format(reason=run.reason, limit=limit)
        tell(console, f"[yellow]{escape(words)}[/yellow]")
    tell(
        console,
        f"{counted(counts['requests'], 'request')}, {in_bytes(counts['downloaded_bytes'])}"
        f" received, {counts['seconds']:.1f} s."
        f" The archive: {escape(str(run.options.archive))}",
    )


def _is_of_folders(run: Run) -> bool:
    return bool(run.sources) and all(Path(source).is_dir() for source in run.sources)


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
        tell(console, f"Asked again for {counted(asked, 'image')}: {'; '.join(parts)}.")


def log(run: Run) -> None:
    """Say the same in lines of the log: an image each."""
    for post, entry in run.stats.failed:
        if entry.failure is not None:
            logger.warning(
                "%s: %s is %s: %s (%s)",
                *(post, entry.url, entry.state, entry.failure.detail, entry.failure.code),
                extra={"post": post, "url": entry.url},
            )
    for doubtful in run.stats.incomplete:
        for problem in doubtful.problems:
            logger.warning("%s: %s", doubtful.post, problem, extra={"post": doubtful.post})
    for unread in run.problems:
        logger.warning("not archived: %s", unread.message)


def _say_incomplete(run: Run, counts: Mapping[str, int], console: Console) -> None:
    """Say why posts may name images that were not found."""
    found = [(each.post, problem) for each in run.stats.incomplete for problem in each.problems]
    say_problems(found, counts, console)
    if sum(counts.values()) > len(found):
        command = command_of("status", run.options.archive, "--failed")
        tell_command(console, "All of them", command)


def _news(run: Run) -> str:
    """Return what this run added, what it left as it was, and what it need not keep twice."""
    stats = run.stats
    new = f"{counted(stats.new, 'new image')} ({in_bytes(stats.new_size)})"
    parts = [
        new if stats.new else "No new image",
        f"{counted(stats.unchanged_posts, 'post')} as before",
    ]
    if stats.saved_size:
        parts.append(f"{in_bytes(stats.saved_size)} saved: what is the same is kept once")
    return f"{', '.join(parts)}."


def _say_missing(run: Run, code: str, count: int, most: int, console: Console) -> None:
    console.print()
    tell(console, f"[red]{code}[/red] ({count:,}): {BY_CODE[code].advice}")
    failed = [
        (post, entry, entry.failure)
        for post, entry in run.stats.failed
        if entry.failure is not None and entry.failure.code == code
    ]
    say_entries(failed[:most], console)
    if count > most:
        command = command_of("status", run.options.archive, "--failed", "--only", code)
        tell_command(console, f"… and {count - most:,} more", command)
    moments = [failure.next_attempt for _, _, failure in failed if failure.next_attempt]
    if moments:
        tell(console, f"[dim]will be {again(min(moments), now())}[/dim]", indent=2)
    if code == Placeholder.code:
        clearing = command_of("retry", run.options.archive, "--only", code, "--not-placeholder")
        words = "if it is the true picture (explain URL tells its DIGEST)"
        tell_command(console, words, f"{clearing} DIGEST", style="dim")
    command_again = retry_command(code, run.options.archive)
    if command_again is not None:
        tell_command(console, "to try again", command_again, style="dim")


def say_entries(rows: Sequence[tuple[str, Entry, Failure]], console: Console) -> None:
    """Say of each what happened, where it is, and which post names it."""
    for post, entry, failure in rows:
        # Never folded: who copies it wants it whole.
        console.print(f"  {escape(entry.url)}")
        tell(console, escape(f"{post}: {failure.detail}"), indent=4)

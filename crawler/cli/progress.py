"""On a terminal, a bar for each host and a total; drawn by a thread of its own, from the counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table

from crawler.grounds.words import counted, in_bytes
from crawler.run import HostProgress, Run

_HOSTS_SHOWN = 8
_BAR = 30
_PER_SECOND = 4


@contextmanager
def progress(run: Run, console: Console) -> Iterator[None]:
    """Show how *run* goes on, while it does, and leave nothing behind."""
    with Live(
        console=console,
        get_renderable=lambda: _picture(run),
        refresh_per_second=_PER_SECOND,
        transient=True,
    ):
        yield


def _picture(run: Run) -> RenderableType:
    # A copy: the crawl goes on while this thread draws.
    hosts = list(run.hosts.items())
    busy = sorted((h for h in hosts if h[1].left), key=lambda host: -host[1].left)
    table = Table.grid(padding=(0, 1))
    for name, host in busy[:_HOSTS_SHOWN]:
        table.add_row(escape(name), _bar(host), f"{host.done}/{host.wanted}")
    if len(busy) > _HOSTS_SHOWN:
        table.add_row(f"… and {counted(len(busy) - _HOSTS_SHOWN, 'host')} more")
    return Group(table, _total(run, sum(host.left for _, host in hosts)))


def _bar(host: HostProgress) -> ProgressBar:
    return ProgressBar(total=host.wanted, completed=host.done, width=_BAR)


def _total(run: Run, left: int) -> str:
    tally = run.tally
    received = run.fetcher.downloaded_bytes if run.fetcher else 0
    missing = tally.states["failed"] + tally.states["suspect"]
    parts = [
        counted(tally.posts, "post"),
        f"{tally.states['archived']} archived",
        *([f"[red]{missing} not[/red]"] if missing else []),
        f"{left} on their way",
        in_bytes(received),
        f"{run.seconds:.0f} s",
        *(["[yellow]stopping[/yellow]"] if run.stop.is_set() else []),
    ]
    return ", ".join(parts)

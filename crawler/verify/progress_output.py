"""On a terminal, how far a check has come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from crawler.verify.bundle_checks import Stage, Watch

_WORDS: dict[Stage, str] = {
    "bundles": "Looking at bundles",
    "bytes": "Reading files",
    "images": "Decoding originals",
    "mending": "Mending files",
}


class _Amount(ProgressColumn):
    """Bytes with their speed, or a count."""

    def __init__(self) -> None:
        super().__init__()
        self._bytes = DownloadColumn()
        self._speed = TransferSpeedColumn()
        self._count = MofNCompleteColumn()

    def render(self, task: Task) -> Text:
        """Return what is done of *task*."""
        if task.description != _WORDS["bytes"]:
            return self._count.render(task) if task.total else Text(f"{task.completed:,.0f}")
        return Text.assemble(self._bytes.render(task), "  ", self._speed.render(task))


@contextmanager
def watching(console: Console, *, shown: bool) -> Iterator[Watch]:
    """Show a bar for each stage while it goes on, and leave nothing behind."""
    columns = (TextColumn("{task.description}"), BarColumn(), _Amount(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not shown) as progress:
        tasks = {
            stage: progress.add_task(words, total=None, visible=False)
            for stage, words in _WORDS.items()
        }

        def watch(stage: Stage, done: int, total: int) -> None:
            progress.update(tasks[stage], completed=done, total=total or None, visible=True)

        yield watch

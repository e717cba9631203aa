"""How a run goes on: bars on a terminal, elsewhere a line every few seconds.

Drawn by a thread of its own, from the counts, and always on standard error: standard output is for
what was asked for.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from crawler.archiving.run import Run
from crawler.cli.progress_view import HostView, View, Watch
from crawler.common.formatting import counted, in_bytes, in_time, roughly
from crawler.downloads import Waiting
from crawler.sources import SUFFIXES, estimate

logger = logging.getLogger(__name__)

_HOSTS_SHOWN = 8
_LINES_BESIDE = 5
"""Lines of a terminal that are no row of a host: the others, the totals, the cursor's."""
_PER_SECOND = 2
_LINE_EVERY = 5.0
"""Seconds."""
_NAMED = 3
"""Hosts that a line names."""

_WIDE = 72
"""Columns from which on there is place for bars."""
_USUAL = 80
"""Columns beyond which they and the names may grow."""
_NAME, _LONGEST_NAME = 24, 40
_BAR, _LONGEST_BAR = 14, 30
_MARKS = ("━", "─"), ("#", ".")
_ALL = "all posts"


def is_drawn(console: Console) -> bool:
    """Return whether bars can be drawn there.

    Colours may be forced upon a file, bars not: nothing could be drawn over.
    """
    return sys.stderr.isatty() and not console.is_dumb_terminal


@contextmanager
def progress(run: Run, console: Console, sources: Sequence[str]) -> Iterator[None]:
    """Show how *run* goes on, while it does, and leave nothing behind."""
    watch = Watch(run)
    with _counting(watch, sources), _drawn(watch, console):
        yield


@contextmanager
def lines(run: Run, sources: Sequence[str]) -> Iterator[None]:
    """Log how *run* goes on, every few seconds."""
    watch = Watch(run)

    def say(ended: threading.Event) -> None:
        while not ended.wait(_LINE_EVERY):
            logger.info("%s", in_words(watch.look(0)))

    with _counting(watch, sources), _beside(say):
        yield


def _drawn(watch: Watch, console: Console) -> Live:
    return Live(
        console=console,
        get_renderable=lambda: picture(
            watch.look(max(1, min(_HOSTS_SHOWN, console.height - _LINES_BESIDE))), console
        ),
        refresh_per_second=_PER_SECOND,
        transient=True,
    )


@contextmanager
def _counting(watch: Watch, sources: Sequence[str]) -> Iterator[None]:
    """Find out meanwhile about how many posts there are, where names alone tell that."""
    paths = [Path(source) for source in sources]
    if not paths or not all(path.is_dir() or path.suffix.lower() in SUFFIXES for path in paths):
        yield
        return

    def count(_ended: threading.Event) -> None:
        watch.expected = sum(map(estimate, paths))

    with _beside(count):
        yield


@contextmanager
def _beside(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Do *work* in a thread, and let it know when it is over."""
    ended = threading.Event()
    thread = threading.Thread(target=work, args=(ended,), daemon=True)
    try:
        thread.start()
    except RuntimeError:
        # The system allows no more threads; the run can do without this one.
        yield
        return
    try:
        yield
    finally:
        ended.set()
        thread.join()


def picture(view: View, console: Console) -> RenderableType:
    """Return *view* as it is drawn: a line for each host, and the totals."""
    shape = _Shape.of(view, console)
    rows = [_row(host, shape) for host in view.hosts]
    left = sum(host.left for host in view.others)
    if left:
        hosts = sum(host.left > 0 for host in view.others)
        words = f"… and {counted(left, 'image')} at {counted(hosts, 'other host')}"
        rows.append(Text(words, style="dim"))
    if view.expected is not None:
        rows.append(shape.line(_ALL, view.posts, view.expected, "magenta"))
    return Group(*(_fitted(row, console.width) for row in (*rows, *_totals(view))))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """How wide the columns are."""

    name: int
    bar: int
    counts: int
    marks: tuple[str, str]

    @classmethod
    def of(cls, view: View, console: Console) -> _Shape:
        """Return what *console* has place for."""
        spare = max(0, console.width - _USUAL) // 2
        names = max(len(name) for name in (_ALL, *(host.name for host in view.hosts)))
        counts = [(view.posts, view.expected or 0), *((h.done, h.wanted) for h in view.hosts)]
        return cls(
            name=min(names, _NAME + spare, _LONGEST_NAME),
            bar=min(_BAR + spare, _LONGEST_BAR) if console.width >= _WIDE else 0,
            counts=max(len(_of(*each)) for each in counts) + 2,
            marks=_MARKS[console.options.ascii_only],
        )

    def line(self, name: str, done: int, wanted: int, style: str) -> Text:
        """Return a name, its bar and its counts."""
        text = Text(name)
        text.truncate(self.name, overflow="ellipsis", pad=True)
        filled = self.bar * done // max(wanted, 1)
        text.append(" ").append(self.marks[0] * filled, style)
        text.append(self.marks[1] * (self.bar - filled), "dim")
        return text.append(_of(done, wanted).rjust(self.counts))


def _row(host: HostView, shape: _Shape) -> Text:
    style = "yellow" if host.waiting else "cyan" if host.left else "green"
    text = shape.line(host.name, host.done, host.wanted, style).append("  ")
    if host.waiting is not None:
        return text.append(_cause(host.waiting), style="yellow")
    return text.append(_rate(host.rate), style="dim")


def _of(done: int, wanted: int) -> str:
    return f"{done:,}/{wanted:,}"


def _totals(view: View) -> Iterator[Text]:
    text = Text(f"{counted(view.posts, 'post')}, ")
    text.append(f"{view.archived:,} archived", style="green")
    if view.missing:
        text.append(", ").append(f"{view.missing:,} not", style="red")
    text.append(f", {view.left:,} on their way")
    if view.stopping:
        text.append(", stopping", style="yellow")
    yield text
    pace = (_rate(view.rates.images), f"{in_bytes(round(view.rates.received))}/s")
    words = [*pace, in_bytes(view.received), in_time(view.seconds)]
    if view.remaining is not None:
        words.append(f"{roughly(view.remaining)} left")
    yield Text(", ".join(words), style="dim")
    closed = [each for each in view.waiting if each.closed]
    if closed:
        first = f"{closed[0].host} ({closed[0].reason})"
        more = f" and {counted(len(closed) - 1, 'other')}" if closed[1:] else ""
        yield Text(f"left alone for this run: {first}{more}", style="yellow")


def _posts(view: View) -> str:
    if view.expected is None:
        return counted(view.posts, "post")
    return f"{view.posts:,} of about {counted(view.expected, 'post')}"


def _rate(images: float) -> str:
    return f"{images:.1f} images/s"


def _cause(waiting: Waiting) -> str:
    if waiting.closed:
        return f"left alone: {waiting.reason}"
    if waiting.seconds is None:
        return waiting.reason
    return f"waits {in_time(waiting.seconds)}: {waiting.reason}"


def _fitted(line: Text, width: int) -> Text:
    line.no_wrap = True
    line.truncate(width, overflow="ellipsis")
    return line


def in_words(view: View) -> str:
    """Return *view* as one line of a log."""
    done = f"{view.archived:,} archived, {view.missing:,} not"
    parts = [
        f"{_posts(view)}, {done}, {view.left:,} on their way",
        f"{_rate(view.rates.images)}, {in_bytes(round(view.rates.received))}/s",
    ]
    if view.remaining is not None:
        parts.append(f"{roughly(view.remaining)} left")
    waiting = [each for each in view.waiting if each.closed or (each.seconds or 0) >= 1]
    parts += [f"{each.host} {_cause(each)}" for each in waiting[:_NAMED]]
    if waiting[_NAMED:]:
        parts.append(f"{counted(len(waiting) - _NAMED, 'other host')} paused or left alone")
    return "; ".join(parts)

"""What a run looks like at a moment, as values: the counts, the rates, how long it may still take.

Whoever draws it reads the run from another thread, and changes nothing there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from crawler.archiving.run import Run
from crawler.downloads import Waiting

_HORIZON = 20.0
"""Seconds over which rates are taken."""
_YOUNG = 3.0
"""Seconds in which a run is too young for a forecast."""
_ELECTION = 2.0
"""Seconds for which the rows stay as they are: who reads one must not lose it."""
_SHORTEST = 0.1
"""Seconds; a rate over less says nothing."""
_APART = 1.0
"""Seconds between two moments that are remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostView:
    """One host at a moment."""

    name: str
    wanted: int
    done: int
    rate: float
    """Images a second."""
    waiting: Waiting | None

    @property
    def left(self) -> int:
        """How many images are on their way."""
        return self.wanted - self.done

    @property
    def remaining(self) -> float:
        """Seconds until it is done; 0 where that cannot be told."""
        pause = (self.waiting.seconds or 0.0) if self.waiting else 0.0
        return pause + (self.left / self.rate if self.rate else 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a run had done at a moment, or does in a second."""

    images: float = 0.0
    received: float = 0.0
    """Bytes."""
    posts: float = 0.0
    hosts: Mapping[str, float] = field(default_factory=dict)
    """Images of each host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A run at a moment."""

    posts: int
    expected: int | None
    """About how many posts there are, if that is known."""
    archived: int
    missing: int
    received: int
    """Bytes."""
    seconds: float
    rates: Counts
    hosts: tuple[HostView, ...]
    """Those with most images on their way."""
    others: tuple[HostView, ...]
    """Those for which there was no row."""
    waiting: tuple[Waiting, ...]
    """All hosts that pause or are left alone."""
    stopping: bool

    @property
    def left(self) -> int:
        """How many images are on their way."""
        return sum(host.left for host in (*self.hosts, *self.others))

    @property
    def remaining(self) -> float | None:
        """Seconds until the last host is done and the last post is read, if that can be told."""
        times = [host.remaining for host in (*self.hosts, *self.others) if host.left]
        if self.expected is not None and self.rates.posts:
            times.append((self.expected - self.posts) / self.rates.posts)
        longest = max(times, default=0.0)
        return longest if longest and self.seconds >= _YOUNG else None


class Watch:
    """Looks at a run now and then."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._former = deque([(run.seconds, Counts())])
        self._elected: tuple[str, ...] = ()
        self._election = float("-inf")
        self.expected: int | None = None
        """About how many posts there are, as soon as somebody knows."""

    def look(self, rows: int) -> View:
        """Return the run as it is now, with not more than *rows* of its hosts."""
        run, now = self._run, self._run.seconds
        stats, waiting = run.stats, run.waiting
        # A copy: the run goes on meanwhile. Of many hosts, most are done.
        all_hosts = list(run.stats.hosts.items())
        busy = {n: host for n, host in all_hosts if host.left or n in self._elected}
        rates = self._rates(
            now,
            Counts(
                images=sum(host.done for _, host in all_hosts),
                received=run.received,
                posts=stats.posts,
                hosts={name: host.done for name, host in busy.items()},
            ),
        )
        causes = {each.host: each for each in waiting}
        hosts = {
            name: HostView(
                name=name,
                wanted=host.wanted,
                done=host.done,
                rate=rates.hosts.get(name, 0.0),
                waiting=causes.get(name),
            )
            for name, host in busy.items()
        }
        shown = self._elect(hosts, rows, now)
        known = self.expected is not None and self.expected > stats.posts
        return View(
            posts=stats.posts,
            expected=self.expected if known else None,
            archived=stats.states["archived"],
            missing=stats.states["failed"] + stats.states["suspect"],
            received=run.received,
            seconds=now,
            rates=rates,
            hosts=tuple(hosts[name] for name in shown),
            others=tuple(host for name, host in hosts.items() if name not in shown),
            waiting=waiting,
            stopping=run.stop.is_set(),
        )

    def _rates(self, now: float, counts: Counts) -> Counts:
        """Return what was done in a second lately."""
        if not self._former or now - self._former[-1][0] >= _APART:
            self._former.append((now, counts))
        while self._former[0][0] < now - _HORIZON and len(self._former) > 1:
            self._former.popleft()
        then, before = self._former[0]
        span = max(now - then, _SHORTEST)
        return Counts(
            images=(counts.images - before.images) / span,
            received=(counts.received - before.received) / span,
            posts=(counts.posts - before.posts) / span,
            hosts={
                name: (done - before.hosts.get(name, 0)) / span
                for name, done in counts.hosts.items()
            },
        )

    def _elect(self, hosts: Mapping[str, HostView], rows: int, now: float) -> tuple[str, ...]:
        """Return the names of the hosts with most left; for some seconds they are the same."""
        free = len(self._elected) < min(rows, sum(host.left > 0 for host in hosts.values()))
        if free or now - self._election >= _ELECTION:
            busy = sorted((h for h in hosts.values() if h.left), key=lambda h: (-h.left, h.name))
            self._elected = tuple(host.name for host in busy)
            self._election = now
        self._elected = self._elected[:rows]
        return self._elected

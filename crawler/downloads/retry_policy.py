"""How much is asked of servers, and how often."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from crawler.errors import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The limits of one run; seconds and bytes."""

    timeout: float = 60.0
    """For a whole attempt, however slowly the bytes come."""
    total: float = 300.0
    """For one image: its requests and the waits between them, wherever it is looked for."""
    max_bytes: int = 100_000_000
    """For one image, as announced, received and decompressed."""
    max_redirects: int = 10
    attempts: int = 3
    backoff: float = 1.0
    """The first wait is a random part of it; each further one of twice as much."""
    longest_backoff: float = 60.0
    patience: float = 120.0
    """The longest Retry-After that is waited for within the run."""
    per_host: int = 4
    delay: float = 0.0
    """Between the beginnings of two requests to a host; no image pays for it with its time."""
    window: int = 16
    """Images in memory at once, from the request until the files are on disk."""
    obey_robots: bool = True
    allow_private_addresses: bool = False
    user_agent: str = "image-archiver"
    referers: tuple[tuple[str, str], ...] = ()
    """Hosts with the Referer to try there when the others are refused."""
    insecure_hosts: frozenset[str] = frozenset()
    """Hosts whose TLS is not verified."""
    timegate: str | None = None
    """Where copies of dead images are looked for (RFC 7089); None: nowhere."""


_DOUBLINGS = 60
"""Beyond them any backoff is the longest."""


class Budget:
    """The seconds that one image may cost; the time in which others have their turn is free."""

    def __init__(self, total: float) -> None:
        self.total = total
        self.left = total

    @property
    def words(self) -> str:
        """What is said where they are used up."""
        return f"{self.total:g} s are all that one image may take"

    def spend(self, seconds: float) -> None:
        """Note that *seconds* were used."""
        self.left -= seconds


class Retries:
    """The attempts at one thing, and how long to wait between them."""

    def __init__(self, policy: Policy, budget: Budget) -> None:
        self._policy = policy
        self._budget = budget
        self._failed = 0
        self.wait: float | None = 0.0
        """Seconds until the next attempt; None: another one is of no use."""

    def judge(self, fault: Fault) -> Fault:
        """Set `wait` after an attempt that failed; return *fault* as it is if that was the last.

        What may pass is tried again, with full jitter (https://aws.amazon.com/blogs/architecture/
        exponential-backoff-and-jitter/) and at least as long as the server asked for, as often as
        the policy allows, and unless the budget does not outlast the wait.
        """
        policy, asked_for = self._policy, fault.retry_after or 0.0
        self._failed += 1
        self.wait = None
        may_pass = not (fault.permanent or fault.final) and asked_for <= policy.patience
        if not may_pass or self._failed >= policy.attempts:
            return fault
        longest = min(
            policy.longest_backoff, policy.backoff * 2.0 ** min(self._failed - 1, _DOUBLINGS)
        )
        wait = max(random.uniform(0, longest), asked_for)  # noqa: S311 - nobody's secret
        if wait < self._budget.left:
            self._budget.spend(wait)
            self.wait = wait
        elif self._budget.words not in fault.detail:
            return replace(fault, detail=f"{fault.detail}; given up: {self._budget.words}")
        return fault

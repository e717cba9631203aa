"""How much is asked of servers, and how often; the only place that knows tenacity."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)
from tenacity.stop import stop_base

from crawler.common.stop_signal import StopFlag
from crawler.errors import ArchiveError, HttpError

_Result = TypeVar("_Result")


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


async def with_retries(
    attempt: Callable[[], Awaitable[_Result]], policy: Policy, stop: StopFlag, budget: Budget
) -> _Result:
    """Return what *attempt* returns; try again while its error may pass.

    Waits with full jitter, growing exponentially, at least as long as the server asks for. There is
    no further attempt once *stop* is set, or if *budget* would not outlast the wait. Raises the
    last ArchiveError.
    """
    last: ArchiveError | None = None

    async def sleep(seconds: float) -> None:
        budget.spend(seconds)
        await stop.sleep(seconds)

    retrying = AsyncRetrying(
        stop=stop_after_attempt(policy.attempts) | _TooLate(budget),
        wait=_Wait(policy),
        retry=retry_if_exception(lambda error: not stop.is_set() and _may_pass(error, policy)),
        sleep=sleep,
        reraise=True,
    )
    async for state in retrying:
        with state:
            if last is not None and stop.is_set():
                raise last
            try:
                return await attempt()
            except ArchiveError as error:
                last = error
                raise
    raise AssertionError("tenacity returns or raises")


def _may_pass(error: BaseException, policy: Policy) -> bool:
    if not isinstance(error, ArchiveError) or error.permanent or error.final:
        return False
    return (_asked_for(error) or 0) <= policy.patience


def _asked_for(error: BaseException | None) -> float | None:
    return error.retry_after if isinstance(error, HttpError) else None


class _Wait(wait_random_exponential):
    """Full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)."""

    def __init__(self, policy: Policy) -> None:
        super().__init__(multiplier=policy.backoff, max=policy.longest_backoff)

    def __call__(self, retry_state: RetryCallState) -> float:
        outcome = retry_state.outcome
        asked_for = _asked_for(outcome.exception() if outcome else None)
        return max(super().__call__(retry_state), asked_for or 0.0)


class _TooLate(stop_base):
    """Stops before a wait that the budget does not outlast, and lets the error say so."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    def __call__(self, retry_state: RetryCallState) -> bool:
        if retry_state.upcoming_sleep < self._budget.left:
            return False
        outcome = retry_state.outcome
        error = outcome.exception() if outcome else None
        if isinstance(error, ArchiveError) and self._budget.words not in error.detail:
            error.detail += f"; given up: {self._budget.words}"
        return True
